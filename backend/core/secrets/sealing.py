"""This file holds how a value is sealed: AES-256-GCM, bound to its table, column, row and institution.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`: 33 bytes more than the plain one. One
that is copied to another row, column or institution does not open.
"""

import os
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag

from core.secrets.keyring import NONCE_BYTES, CannotDecrypt, keyring

VERSION = b"\x01"
HEAD = 1 + 4
BODY = HEAD + NONCE_BYTES


def seal(plain: bytes, column: str, row: UUID, institution: UUID | None) -> bytes:
    """Encrypt one value. `column` is "table.column"."""
    return sealer(column, institution)(plain, row)


def sealer(column: str, institution: UUID | None) -> Callable[[bytes, UUID], bytes]:
    """`(plain, row id) -> sealed` for many values of one column and institution: what a bulk load calls."""
    key = keyring.key_for(institution)
    head, encrypt = VERSION + key.id.to_bytes(4, "big"), key.cipher.encrypt
    place = place_of(column, institution)

    def seal_one(plain: bytes, row: UUID) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + encrypt(nonce, plain, place + row.bytes)

    return seal_one


def unseal(sealed: bytes, column: str, row: UUID, institution: UUID | None) -> bytes:
    """Decrypt one value, or raise CannotDecrypt."""
    if len(sealed) <= BODY or sealed[:1] != VERSION:
        raise CannotDecrypt(f"A value of {column} is not a sealed value.")
    cipher = keyring.key(int.from_bytes(sealed[1:HEAD], "big")).cipher
    try:
        return cipher.decrypt(sealed[HEAD:BODY], sealed[BODY:], place_of(column, institution) + row.bytes)
    except InvalidTag as error:
        raise CannotDecrypt(f"A value of {column} was changed, or belongs to another row.") from error


def place_of(column: str, institution: UUID | None) -> bytes:
    return f"{column}\x1f{institution or 'nation'}\x1f".encode()
