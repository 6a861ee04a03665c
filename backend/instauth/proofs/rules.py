"""This file holds how proofs are issued and spent. One statement spends a token, so of many at once one succeeds."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.forgetting import forget
from core.rules import Refusal
from instauth.proofs.models import Proof
from instauth.tokens.refresh import digest_of

LONGEST_TOKEN = 100


class ProofRefused(RuleBroken):
    """One answer for a token that is forged, spent, withdrawn, too old, or meant for something else."""

    def __init__(self) -> None:
        super().__init__("link_not_valid", "This link is not valid any more. Ask for a new one.", field="token")
        self.refusal = Refusal(Actor("unknown"), "instauth.proof.spent", None, self.code)


def issue(purpose: Proof.Purpose, subject: UUID, lasts: timedelta) -> str:
    """A new token, 256 random bits; it takes the place of those sent before for the same."""
    withdraw(subject, purpose)
    token = secrets.token_urlsafe(32)
    Proof.objects.create(
        digest=digest_of(token), purpose=purpose, subject_id=subject, expires_at=timezone.now() + lasts
    )
    return token


def subject_of(purpose: Proof.Purpose, token: str) -> UUID:
    """What a token is about. It stays unspent."""
    found = Proof.objects.filter(digest=digest_of(token), purpose=purpose, spent_at=None, expires_at__gt=timezone.now())
    subject = found.values_list("subject_id", flat=True).first()
    if subject is None:
        raise ProofRefused()
    return subject


def spend(purpose: Proof.Purpose, token: str) -> UUID:
    """Use a token up and say what it is about. In a transaction that is rolled back, it was not used."""
    now, digest = timezone.now(), digest_of(token)
    live = Proof.objects.filter(digest=digest, purpose=purpose, spent_at=None, expires_at__gt=now)
    if not live.update(spent_at=now):
        raise ProofRefused()
    return Proof.objects.values_list("subject_id", flat=True).get(digest=digest)


def withdraw(subject: UUID, *purposes: Proof.Purpose) -> None:
    """Make the tokens about something worthless."""
    Proof.objects.filter(subject_id=subject, purpose__in=purposes, spent_at=None).delete()


def forget_expired() -> int:
    """Delete what is of no more use."""
    return forget(Proof.objects.filter(expires_at__lt=timezone.now()))
