"""This file holds how a value is sealed: AES-256-GCM, bound to its table, column, row and institution.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`: 33 bytes more than the plain one. One
that is copied to another row, column or institution does not open. Version 1 is sealed under the data key itself,
version 2 under the key that a person has below it (`core.secrets.persons`).
"""

import os
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag

from core.secrets.keyring import NONCE_BYTES, CannotDecrypt, keyring
from core.secrets.persons import cipher_for_reading, cipher_for_writing, derived, new_salt

OF_INSTITUTION, OF_PERSON = b"\x01", b"\x02"
HEAD = 1 + 4
BODY = HEAD + NONCE_BYTES


def seal(plain: bytes, column: str, row: UUID, institution: UUID | None) -> bytes:
    """Encrypt one value. `column` is "table.column"."""
    return sealer(column, institution)(plain, row)


def sealer(column: str, institution: UUID | None) -> Callable[[bytes, UUID], bytes]:
    """`(plain, row id) -> sealed` for many values of one column and institution: what a bulk load calls."""
    key = keyring.key_for(institution)
    head, encrypt = OF_INSTITUTION + key.id.to_bytes(4, "big"), key.cipher.encrypt
    place = place_of(column, institution)

    def seal_one(plain: bytes, row: UUID) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + encrypt(nonce, plain, place + row.bytes)

    return seal_one


def seal_for_person(plain: bytes, column: str, row: UUID, institution: UUID | None, person: UUID) -> bytes:
    """Encrypt one value under the key of the person whom it is about."""
    key, nonce = keyring.key_for(institution), os.urandom(NONCE_BYTES)
    place = place_of(column, institution) + row.bytes
    return head_of(key.id) + nonce + cipher_for_writing(key, person).encrypt(nonce, plain, place)


def new_person_sealer(
    columns: tuple[str, ...], institution: UUID | None
) -> Callable[[UUID, tuple[bytes, ...]], tuple[bytes, list[bytes]]]:
    """`(new person, one value for each column) -> (salt, sealed values)`: for a load of new rows that are persons.

    Nothing is written: the caller brings the salts to core_personkey in the same transaction, set by set.
    """
    key = keyring.key_for(institution)
    head, places = head_of(key.id), [place_of(column, institution) for column in columns]

    def seal_all(person: UUID, plains: tuple[bytes, ...]) -> tuple[bytes, list[bytes]]:
        salt, values = new_salt(), []
        encrypt = derived(key, person, salt).encrypt
        for place, plain in zip(places, plains, strict=True):
            nonce = os.urandom(NONCE_BYTES)
            values.append(head + nonce + encrypt(nonce, plain, place + person.bytes))
        return salt, values

    return seal_all


def person_opener(column: str, institution: UUID | None) -> Callable[[bytes, UUID, UUID, bytes | None], bytes]:
    """`(sealed, row, person, salt of the person) -> plain`, for many rows whose salts were read together."""
    place = place_of(column, institution)

    def open_one(sealed: bytes, row: UUID, person: UUID, salt: bytes | None) -> bytes:
        if salt is None:
            raise CannotDecrypt(f"A value of {column} belongs to nobody, or to a person who was erased.")
        key = keyring.key(int.from_bytes(sealed[1:HEAD], "big"))
        try:
            return derived(key, person, salt).decrypt(sealed[HEAD:BODY], sealed[BODY:], place + row.bytes)
        except InvalidTag as error:
            raise CannotDecrypt(f"A value of {column} was changed, or belongs to another row.") from error

    return open_one


def unseal(sealed: bytes, column: str, row: UUID, institution: UUID | None, person: UUID | None = None) -> bytes:
    """Decrypt one value, or raise CannotDecrypt; Erased, where the person's key was destroyed."""
    version = sealed[:1]
    if len(sealed) <= BODY or version not in (OF_INSTITUTION, OF_PERSON) or (version == OF_PERSON and person is None):
        raise CannotDecrypt(f"A value of {column} is not a sealed value.")
    key = keyring.key(int.from_bytes(sealed[1:HEAD], "big"))
    nonce, body, place = sealed[HEAD:BODY], sealed[BODY:], place_of(column, institution) + row.bytes
    try:
        if version == OF_INSTITUTION or person is None:
            return key.cipher.decrypt(nonce, body, place)
        try:
            return cipher_for_reading(key, person).decrypt(nonce, body, place)
        except InvalidTag:
            # The salt that is remembered may come from a transaction that was rolled back.
            return cipher_for_reading(key, person, afresh=True).decrypt(nonce, body, place)
    except InvalidTag as error:
        raise CannotDecrypt(f"A value of {column} was changed, or belongs to another row.") from error


def head_of(key_id: int) -> bytes:
    return OF_PERSON + key_id.to_bytes(4, "big")


def place_of(column: str, institution: UUID | None) -> bytes:
    return f"{column}\x1f{institution or 'nation'}\x1f".encode()
