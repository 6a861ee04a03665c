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

from core.freshness.watch import watch
from core.secrets.models import DataKey

KEYS_CHANGED = "data keys"  # what is told when an institution gets a new one
KEPT_SECONDS = 300
KEPT_KEYS = 1000
NONCE_BYTES = 12
KEY_BYTES = 32

NEW_KEY = """
INSERT INTO core_datakey (institution_id, generation, wrapped, wrapped_by, created_at) VALUES (%s, %s, %s, %s, now())
ON CONFLICT (institution_id, generation) DO NOTHING
"""


class CannotDecrypt(Exception):
    """A ciphertext, or a key, is not what it should be. It is never answered with plain text."""


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A data key in the clear, in memory."""

    id: int
    secret: bytes
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
        return self._open(latest_key(institution) or make_key(institution), is_latest=True)

    def _held(self, key_id: int) -> OpenKey | None:
        found = self.by_id.get(key_id)
        return found if found and monotonic() - found.opened_at < KEPT_SECONDS else None

    def _open(self, stored: DataKey | None, *, is_latest: bool = False) -> OpenKey:
        if stored is None:
            raise CannotDecrypt("The key that this value was encrypted under is not at hand.")
        secret = unwrap(bytes(stored.wrapped), stored.institution_id, stored.wrapped_by)
        opened = OpenKey(stored.pk, secret, AESGCM(secret), monotonic())
        with self.lock:
            if len(self.by_id) >= KEPT_KEYS:
                self.by_id.clear()
                self.by_institution.clear()
            self.by_id[opened.id] = opened
            if is_latest:
                self.by_institution[stored.institution_id] = opened.id
        return opened

    def forget(self) -> None:
        with self.lock:
            self.by_id.clear()
            self.by_institution.clear()

    def hear(self, keys: list[str]) -> None:
        if KEYS_CHANGED in keys:
            self.forget()


keyring = Keyring()
watch.on_change(keyring.hear, keyring.forget)


def latest_key(institution: UUID | None) -> DataKey | None:
    return DataKey.objects.filter(institution_id=institution).order_by("generation").last()


def make_key(institution: UUID | None, generation: int = 1) -> DataKey:
    """A fresh key, or the one that another process made at the same time.

    It is committed on a connection of its own: this process remembers it, so it must outlive a roll-back of the
    transaction that needed it first. Else values would be sealed under a key that exists nowhere.
    """
    values = [institution, generation, *wrap(os.urandom(KEY_BYTES), institution)]
    aside = connection.copy()
    try:
        with aside.cursor() as cursor:
            cursor.execute(NEW_KEY, values)
    finally:
        aside.close()
    return DataKey.objects.get(institution_id=institution, generation=generation)


def master_keys() -> dict[str, bytes]:
    """The key-encryption keys at hand, by their ids. The last one wraps: the next key, while there is one."""
    keys = (settings.ENCRYPTION_KEY, settings.ENCRYPTION_NEXT_KEY)
    return {master_key_id(key): key for key in keys if key}


def master_key_id(key: bytes) -> str:
    return hashlib.sha256(b"tesc master key" + key).hexdigest()[:16]


def wrap(key: bytes, institution: UUID | None) -> tuple[bytes, str]:
    """The key as it is stored, and the id of the key-encryption key that opens it."""
    wrapped_by, master = list(master_keys().items())[-1]
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(master).encrypt(nonce, key, str(institution).encode()), wrapped_by


def unwrap(wrapped: bytes, institution: UUID | None, wrapped_by: str) -> bytes:
    master = master_keys().get(wrapped_by)
    if master is None:
        raise CannotDecrypt("A data key was wrapped by an encryption key that is not at hand.")
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], str(institution).encode())
    except InvalidTag as error:
        raise CannotDecrypt("A data key does not open under the encryption key of this installation.") from error
