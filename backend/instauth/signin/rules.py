"""This file holds how a person signs in: by a first factor, and by a second one where they have one.

Nobody acts yet, so these are plain functions that write their own audit entries; what a refusal leaves behind is kept
on it as its `refusal`. They open their own transactions: a password is hashed, and a wrong code counted, outside of
the one that begins the session.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.origin import origin
from core.audit.record import record
from core.errors import RuleBroken
from instauth.attempts.rules import admit
from instauth.factors import passkeys
from instauth.factors.models import Question
from instauth.factors.passkeys import REFUSED, NotProved
from instauth.factors.proofs import is_right
from instauth.factors.queries import methods_of
from instauth.sessions.rules import (
    BY_CODE,
    BY_KEY,
    BY_MORE,
    BY_PASSWORD,
    LONGEST_DEVICE,
    STRONG_METHODS,
    SignInRefused,
    Tokens,
    begin_session,
)
from instauth.signin.models import Challenge
from instauth.tokens.refresh import digest_of
from users.accounts.addresses import as_login
from users.accounts.passwords import is_password_of
from users.models import User

CHALLENGE_LASTS = timedelta(minutes=5)
TRIES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """The first step is done: the second one is asked for, by one of these methods."""

    token: str
    methods: list[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FailedSignIn:
    """What a failed attempt leaves behind: the account if there is one, never what was typed."""

    user: User | None
    code: str = "bad_credentials"

    def record(self) -> None:
        actor = Actor(name=self.user.name if self.user else "unknown", id=self.user.pk if self.user else None)
        record(actor, "instauth.session.begun", self.user, decision=AuditEntry.Decision.REFUSED, code=self.code)


def sign_in(email: str, password: str, device: str = "", known_device: str | None = None) -> Tokens | Asked:
    """Begin a session, or ask for the second factor. Known and unknown addresses cost the same: a password is hashed
    either way, after it was decided whether this attempt may be made at all.
    """
    with admit(email, origin.get().address, known_device) as attempt:
        user = User.objects.filter(email=as_login(email)).first()
        is_right_password = is_password_of(user, password)  # first: it costs the same for nobody
        if user and user.is_active and is_right_password:
            attempt.succeeded(user)
            return proceed(user, device, {BY_PASSWORD})
        attempt.failed(user)
    refusal = SignInRefused("bad_credentials", "The e-mail address or the password is wrong.")
    refusal.refusal = FailedSignIn(user)
    raise refusal


@transaction.atomic
def proceed(user: User, device: str, methods: Collection[str]) -> Tokens | Asked:
    """What comes after the first step: a session, unless the person has a second factor that was not shown yet."""
    ways = methods_of(user)
    if not ways or STRONG_METHODS & set(methods):
        return begin_session(user, device, methods)
    now, token = timezone.now(), secrets.token_urlsafe(32)
    challenge = Challenge.objects.create(
        digest=digest_of(token),
        user=user,
        methods=sorted(methods),
        address=origin.get().address,
        device=device[:LONGEST_DEVICE],
        expires_at=now + CHALLENGE_LASTS,
    )
    return Asked(token, ways, challenge.expires_at)


def answer(token: str, method: str, code: str, device: str = "") -> Tokens:
    """Take the second step by a code. A challenge takes five answers within five minutes, and gives one session."""
    challenge = tried(token, device)
    if not is_right(challenge.user, method, code):
        refusal = SignInRefused("wrong_code", "This code is wrong, or was used before.")
        refusal.refusal = FailedSignIn(challenge.user, "wrong_code")
        raise refusal
    return complete(challenge, {BY_CODE, BY_MORE})


def how_to_answer(token: str, device: str = "") -> dict[str, Any]:
    """What the browser is given to ask a passkey with, for the second step."""
    return passkeys.how_to_show(Question.Purpose.SECOND, waiting(token, device).user)


def answer_by_passkey(token: str, credential: Mapping[str, Any], device: str = "") -> Tokens:
    """Take the second step by a passkey."""
    challenge = tried(token, device)
    try:
        passkeys.shown(Question.Purpose.SECOND, credential, challenge.user)
    except NotProved as failed:
        raise passkey_refused(failed) from failed
    return complete(challenge, {BY_KEY, BY_MORE})


def how_to_sign_in() -> dict[str, Any]:
    """What the browser is given to ask for any passkey of this site; nobody is named."""
    return passkeys.how_to_show(Question.Purpose.SIGN_IN)


def sign_in_by_passkey(credential: Mapping[str, Any], device: str = "") -> Tokens:
    """Begin a session by a passkey alone: its device verified the person, so that it is two factors in one step."""
    try:
        user = passkeys.shown(Question.Purpose.SIGN_IN, credential).user
        if not user.is_active:
            raise NotProved("shut", user)
    except NotProved as failed:
        raise passkey_refused(failed) from failed
    return begin_session(user, device, {BY_KEY, BY_MORE})


def passkey_refused(failed: NotProved) -> SignInRefused:
    refusal = SignInRefused(REFUSED, "This passkey signs nobody in here. Begin again, or sign in by your password.")
    refusal.refusal = FailedSignIn(failed.user, failed.code)
    return refusal


def tried(token: str, device: str) -> Challenge:
    """The challenge, with one try fewer: one statement takes it, so that of many at once no more than five get one.

    It is taken by the device that began it. The address is kept and not compared: a phone changes it as it likes.
    """
    challenge = waiting(token, device)
    if not Challenge.objects.filter(pk=challenge.pk, spent_at=None, tries__lt=TRIES).update(tries=F("tries") + 1):
        raise run_out(challenge.user)
    return challenge


def waiting(token: str, device: str) -> Challenge:
    """The challenge that waits for its second step on this device."""
    challenge = found(token, device)
    if challenge is None:
        raise run_out(None)
    return challenge


def ways_left(token: str, device: str = "") -> list[str]:
    """The methods by which a sign-in may be completed; none once it has run out."""
    challenge = found(token, device)
    return methods_of(challenge.user) if challenge else []


def found(token: str, device: str) -> Challenge | None:
    waits = Challenge.objects.filter(
        digest=digest_of(token), device=device[:LONGEST_DEVICE], spent_at=None, expires_at__gt=timezone.now()
    )
    return waits.select_related("user").first()


@transaction.atomic
def complete(challenge: Challenge, shown: Collection[str]) -> Tokens:
    """Begin the session that the challenge stood before; one statement spends it, so that it begins one only."""
    user = challenge.user
    spent = Challenge.objects.filter(pk=challenge.pk, spent_at=None).update(spent_at=timezone.now())
    was_signed_out = user.signed_out_at is not None and user.signed_out_at >= challenge.created_at
    if not spent or was_signed_out or not user.is_active:
        raise run_out(user)
    return begin_session(user, challenge.device, {*challenge.methods, *shown})


def run_out(user: User | None) -> RuleBroken:
    refusal = SignInRefused("challenge_over", "This sign-in has run out. Begin it again.")
    refusal.refusal = FailedSignIn(user, "challenge_over")
    return refusal
