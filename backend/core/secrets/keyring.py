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

from core.secrets.models import DataKey

KEPT_SECONDS = 300
KEPT_KEYS = 1000
NONCE_BYTES = 12


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
        return (self._held(held) if held else None) or self._open(self._stored(institution))

    def _held(self, key_id: int) -> OpenKey | None:
        found = self.by_id.get(key_id)
        return found if found and monotonic() - found.opened_at < KEPT_SECONDS else None

    def _stored(self, institution: UUID | None) -> DataKey:
        found = DataKey.objects.filter(institution_id=institution).first()
        if found is not None:
            return found
        fresh = DataKey(institution_id=institution, wrapped=wrap(os.urandom(32), institution), wrapped_by=master_key_id())
        # Of two processes at once, one inserts and both read what stands.
        DataKey.objects.bulk_create([fresh], ignore_conflicts=True)
        return DataKey.objects.get(institution_id=institution)

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
