"""This file holds the keys of single persons: derived with a salt, so that without the salt what they sealed is gone.

A person's key is HKDF-Expand (RFC 5869) of a data key with the person and 32 random bytes. The bytes stand in one row
of one table; destroying them destroys the key in every copy of the database that forgets them.
"""

import hmac
import os
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from threading import Lock
from time import monotonic
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models.functions import Now

from core.freshness.changes import changed
from core.freshness.watch import watch
from core.secrets.keyring import KEPT_SECONDS, CannotDecrypt, OpenKey
from core.secrets.models import PersonKey

KEPT_PERSONS = 10_000
SALT_BYTES = 32
PURPOSE = b"tesc key of a person\x1f"


class Erased(Exception):
    """The person's key was destroyed on purpose: what it sealed reads as nothing, and nothing new is sealed."""


class Salts:
    """The salts this process has read, by person; the longest unused go first. None is one that was destroyed."""

    def __init__(self) -> None:
        self.lock, self.by_person = Lock(), OrderedDict[UUID, tuple[bytes | None, float]]()

    def get(self, person: UUID) -> bytes | None:
        """The salt of a person; raises CannotDecrypt where there never was one."""
        moment = watch.refresh()
        with self.lock:
            salt, read_at = self.by_person.get(person, (None, float("-inf")))
            if monotonic() - read_at < KEPT_SECONDS:
                self.by_person.move_to_end(person)
                return salt
        salt = stored_salt(person)
        watch.keep(moment, partial(self.put, person, salt))
        return salt

    def put(self, person: UUID, salt: bytes | None) -> None:
        with self.lock:
            self.by_person[person] = salt, monotonic()
            if len(self.by_person) > KEPT_PERSONS:
                self.by_person.popitem(last=False)

    def hear(self, keys: Iterable[str]) -> None:
        with self.lock:
            for key in keys:
                kind, _, person = key.partition(":")
                if kind == "shred":
                    self.by_person.pop(UUID(person), None)

    def forget(self) -> None:
        with self.lock:
            self.by_person.clear()


salts = Salts()
watch.on_change(salts.hear, salts.forget)


def stored_salt(person: UUID) -> bytes | None:
    found = PersonKey.objects.filter(person=person).values_list("salt", flat=True).first()
    if found is None and not PersonKey.objects.filter(person=person).exists():
        raise CannotDecrypt("The key of this person is missing, and was not destroyed.")
    return None if found is None else bytes(found)


def stored_salts(persons: Iterable[UUID]) -> dict[UUID, bytes | None]:
    """The salts of many persons, in one query; None is one that was destroyed."""
    found = PersonKey.objects.filter(person__in=list(persons)).values_list("person", "salt")
    return {person: None if salt is None else bytes(salt) for person, salt in found}


def cipher_for_reading(key: OpenKey, person: UUID, *, afresh: bool = False) -> AESGCM:
    """The person's key under a data key; `afresh` trusts nothing that this process remembers."""
    if afresh:
        salts.hear([shred_key(person)])
    salt = stored_salt(person) if afresh else salts.get(person)
    if salt is None:
        raise Erased()
    return derived(key, person, salt)


def cipher_for_writing(key: OpenKey, person: UUID) -> AESGCM:
    """The person's key, made when it is first needed. The database is asked each time: a remembered salt may have been
    rolled back, or destroyed a moment ago.
    """
    PersonKey.objects.bulk_create([PersonKey(person=person, salt=new_salt())], ignore_conflicts=True)
    salt = PersonKey.objects.values_list("salt", flat=True).get(person=person)
    if salt is None:
        raise Erased()
    return derived(key, person, bytes(salt))


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def derived(key: OpenKey, person: UUID, salt: bytes) -> AESGCM:
    # The data key is uniformly random, so the extracting half of HKDF adds nothing; one block of 32 bytes is expanded.
    return AESGCM(hmac.digest(key.secret, PURPOSE + person.bytes + salt + b"\x01", "sha256"))


def destroy_keys(persons: Iterable[UUID]) -> int:
    """Destroy the keys of persons for good, and keep new ones from being made. Only erasure calls this."""
    persons = list(persons)
    PersonKey.objects.bulk_create(
        [PersonKey(person=person, salt=new_salt()) for person in persons], ignore_conflicts=True
    )
    destroyed = PersonKey.objects.filter(person__in=persons, salt__isnull=False)
    count = destroyed.update(salt=None, destroyed_at=Now())
    changed(*map(shred_key, persons))
    return count


def is_erased(person: UUID) -> bool:
    """Whether what a person's key sealed reads as nothing because the key was destroyed."""
    return PersonKey.objects.filter(person=person, salt__isnull=True).exists()


def shred_key(person: UUID) -> str:
    return f"shred:{person}"
