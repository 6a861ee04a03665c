"""This file holds the keys that are open in this process: unwrapped when first needed, forgotten after five minutes."""

import hashlib
import os
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from core.secrets.models import DataKey

KEPT_SECONDS = 300
KEPT_KEYS = 1000
NONCE_BYTES = 12
KEY_BYTES = 32

NEW_KEY = """
INSERT INTO core_datakey (institution_id, wrapped, wrapped_by, created_at) VALUES (%s, %s, %s, now())
ON CONFLICT (institution_id) DO NOTHING
"""


class CannotDecrypt(Exception):
    """A ciphertext, or a key, is not what it should be. It is never answered with plain text."""


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A data key in the clear, in memory."""

    id: int
    cipher: AESGCM
    opened_at: float


class Keyring:
    """The open keys of this process, by id and by institution."""

    def __init__(self) -> None:
        self.lock, self.by_id, self.by_institution = Lock(), dict[int, OpenKey](), dict[UUID | None, int]()

    def key(self, key_id: int) -> OpenKey:
        """The key that a ciphertext names."""
        return self._held(key_id) or self._open(DataKey.objects.filter(pk=key_id).first())

    def key_for(self, institution: UUID | None) -> OpenKey:
        """The key under which new values of an institution are sealed; made when it is first needed."""
        held = self.by_institution.get(institution)
        if found := held and self._held(held):
            return found
        return self._open(DataKey.objects.filter(institution_id=institution).first() or make_key(institution))

    def _held(self, key_id: int) -> OpenKey | None:
        found = self.by_id.get(key_id)
        return found if found and monotonic() - found.opened_at < KEPT_SECONDS else None

    def _open(self, stored: DataKey | None) -> OpenKey:
        if stored is None or stored.wrapped_by != master_key_id():
            raise CannotDecrypt("The key that this value was encrypted under is not at hand.")
        cipher = AESGCM(unwrap(bytes(stored.wrapped), stored.institution_id))
        opened = OpenKey(stored.pk, cipher, monotonic())
        with self.lock:
            if len(self.by_id) >= KEPT_KEYS:
                self.by_id.clear()
                self.by_institution.clear()
            self.by_id[opened.id] = opened
            self.by_institution[stored.institution_id] = opened.id
        return opened

    def forget(self) -> None:
        with self.lock:
            self.by_id.clear()
            self.by_institution.clear()


keyring = Keyring()


def make_key(institution: UUID | None) -> DataKey:
    """A fresh key, or the one that another process made at the same time.

    It is committed on a connection of its own: this process remembers it, so it must outlive a roll-back of the
    transaction that needed it first. Else values would be sealed under a key that exists nowhere.
    """
    values = [institution, wrap(os.urandom(KEY_BYTES), institution), master_key_id()]
    aside = connection.copy()
    try:
        with aside.cursor() as cursor:
            cursor.execute(NEW_KEY, values)
    finally:
        aside.close()
    return DataKey.objects.get(institution_id=institution)


def master_key_id() -> str:
    return hashlib.sha256(b"tesc master key" + settings.ENCRYPTION_KEY).hexdigest()[:16]


def wrap(key: bytes, institution: UUID | None) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(settings.ENCRYPTION_KEY).encrypt(nonce, key, str(institution).encode())


def unwrap(wrapped: bytes, institution: UUID | None) -> bytes:
    try:
        return AESGCM(settings.ENCRYPTION_KEY).decrypt(
            wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], str(institution).encode()
        )
    except InvalidTag as error:
        raise CannotDecrypt("A data key does not open under the encryption key of this installation.") from error
