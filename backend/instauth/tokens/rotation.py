"""This file holds how signing keys follow each other: published before they sign, trusted until nothing needs them."""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.freshness.changes import changed
from instauth.tokens.keys import KEYS_CHANGED, NEW_KEY, first_keys, row_of
from instauth.tokens.models import SigningKey

PUBLISHED_FIRST = timedelta(hours=1)  # far longer than anybody may remember the key set
MARGIN = timedelta(minutes=2)  # for clocks that differ, and processes that sign a moment longer
ROTATOR = Actor("rotate_signing_keys")
State = SigningKey.State


def rotate_signing_keys(*, at_once: bool = False) -> list[SigningKey]:
    """Take each algorithm one step further; the keys that changed.

    Without a pending key one is published. A pending key that has been published for an hour signs from now on, and
    the one before it is retired. `at_once` is for a key that was stolen: the next one signs immediately, and nothing
    that the old one signed is trusted any longer.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('instauth.signing_keys'))")
        moved = [key for algorithm in NEW_KEY for key in rotated(algorithm, at_once)]
        if moved:
            changed(KEYS_CHANGED)
    return moved


def rotated(algorithm: str, at_once: bool) -> list[SigningKey]:
    now = timezone.now()
    active = find(algorithm, State.ACTIVE) or adopted(algorithm)
    pending = find(algorithm, State.PENDING)
    if pending is None and not at_once:
        return [published(algorithm)]
    if pending and not at_once and pending.created_at > now - PUBLISHED_FIRST:
        return []
    pending = pending or published(algorithm)
    trusted = timedelta() if at_once else timedelta(minutes=settings.ACCESS_TOKEN_MINUTES) + MARGIN
    active.change(state=State.RETIRED, retired_at=now, trusted_until=now + trusted, private_key=None)
    noted("retired", active)
    pending.change(state=State.ACTIVE, active_at=now)
    noted("activated", pending)
    return [active, pending]


def find(algorithm: str, state: str) -> SigningKey | None:
    return SigningKey.objects.filter(algorithm=algorithm, state=state).first()


def adopted(algorithm: str) -> SigningKey:
    """The key of the installation's files as the first row, so that its tokens stay good."""
    signer = first_keys(settings.TOKEN_SIGNING_KEY).signers[algorithm]
    key = row_of(signer.key, algorithm, state=State.ACTIVE, active_at=timezone.now()).save_checked()
    noted("adopted", key)
    return key


def published(algorithm: str) -> SigningKey:
    key = row_of(NEW_KEY[algorithm](), algorithm).save_checked()
    noted("published", key)
    return key


def noted(what: str, key: SigningKey) -> None:
    record(ROTATOR, f"instauth.signing_key.{what}", key, changes={"kid": ["", key.kid]})
