"""This file holds how people add, name and remove their second factors, and show one in the midst of a session.

Whatever changes them ends the person's other sessions, and is told to the person by letter.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken, StepUpNeeded
from core.mail.posting import post
from core.personal.oneself import OWN
from core.rules import Refusal, rule
from instauth.factors import passkeys
from instauth.factors.models import Factor, Question, RecoveryCode
from instauth.factors.passkeys import REFUSED, NotProved
from instauth.factors.proofs import account_link, digest_of_code, is_right, new_code, spend_step
from instauth.factors.queries import methods_of
from instauth.policies.rules import asked_of
from instauth.sessions.models import Session
from instauth.sessions.rules import BY_CODE, BY_KEY, end_sessions, step_up
from users.models import User

RECOVERY_CODES = 10
MOST_FACTORS = 10
FACTOR_CHANGED = "factor_changed"
STEPPED_UP = "instauth.session.stepped_up"
PASSKEY_REFUSED = "This passkey did not prove that it is you. Begin again, on this site, with a passkey of yours."


class SignInAnew(StepUpNeeded):
    """Whoever has no second factor yet shows the first one again."""

    def __init__(self) -> None:
        super().__init__(settings.STEP_UP_SECONDS)
        RuleBroken.__init__(self, "sign_in_anew", "Sign in anew, then add your second factor within five minutes.")


@rule("instauth.factor.begun", needs=OWN)
def begin_totp(actor: Actor, *, name: str) -> Factor:
    """Begin to add an authenticator app. It counts once a code of it was shown; until then it can be begun anew."""
    user = person_who_may_add(actor)
    Factor.objects.filter(user=user, kind=Factor.Kind.TOTP, confirmed_at=None).delete()
    refuse_taken(user, name)
    return Factor(user=user, kind=Factor.Kind.TOTP, name=name, secret=pyotp.random_base32()).save_checked()


@rule("instauth.factor.confirmed", needs=OWN)
def confirm_totp(actor: Actor, factor: Factor, *, code: str) -> Factor:
    """Add an authenticator app by a code that it shows. The session is one of two factors from now on."""
    if factor.confirmed_at is not None:
        raise RuleBroken("already_confirmed", "This factor is in use already.")
    if not spend_step(factor, code):
        message = "This is not the code of now. Is the clock of your device right? Give the next code it shows."
        raise RuleBroken("wrong_code", message, field="code")
    factor.refresh_from_db(fields=["last_step", "last_used_at"])
    factor.change(confirmed_at=timezone.now())
    factors_changed(actor, factor.user, f"An authenticator app was added: {factor.name}.")
    prove_session(actor, BY_CODE)
    return factor


def how_to_add_passkey(actor: Actor) -> dict[str, Any]:
    """What the browser is given to make a passkey with, for whoever may add a factor just now."""
    return passkeys.how_to_add(person_who_may_add(actor))


@rule("instauth.passkey.added", needs=OWN)
def add_passkey(actor: Actor, *, name: str, credential: Mapping[str, Any]) -> Factor:
    """Add a passkey that answered the question it was asked. The session is one of two factors from now on."""
    user = person_who_may_add(actor)
    refuse_taken(user, name)
    try:
        columns = passkeys.added(user, credential)
    except NotProved as failed:
        raise RuleBroken(REFUSED, PASSKEY_REFUSED, field="credential") from failed
    factor = Factor(user=user, kind=Factor.Kind.PASSKEY, name=name, confirmed_at=timezone.now(), **columns)
    factor.save_checked()
    factors_changed(actor, user, f"A passkey was added: {name}.")
    prove_session(actor, BY_KEY)
    return factor


@rule("instauth.factor.named", needs=OWN)
def name_factor(actor: Actor, factor: Factor, *, name: str) -> Factor:
    """Call a factor by another name."""
    return factor.change(name=name)


@rule("instauth.factor.removed", needs=OWN)
def remove_factor(actor: Actor, factor: Factor) -> None:
    """Remove a factor. The last one of somebody whose role asks for one stays; with the last go the recovery codes."""
    user = factor.user
    others = Factor.objects.ready().filter(user=user).exclude(pk=factor.pk)
    if factor.confirmed_at and not others.exists():
        if asked_of(user).needs_second_factor:
            raise RuleBroken("last_factor", "Your role asks for a second factor: add another one before this one goes.")
        user.recovery_codes.all().delete()
    name, was_ready = factor.name, factor.confirmed_at
    factor.delete()
    if was_ready:
        factors_changed(actor, user, f"A second factor was removed: {name}.")


@rule("instauth.recovery_codes.made", needs=OWN, bulk=True)
def make_recovery_codes(actor: Actor) -> list[RecoveryCode]:
    """Ten new codes in place of all older ones. Each row knows its `code`, now and never again."""
    user = User.objects.get(pk=str(actor.id))
    if not Factor.objects.ready().filter(user=user).exists():
        raise RuleBroken("no_factor", "You have no second factor yet: add one at /auth/factors/ first.")
    had_codes = user.recovery_codes.all().delete()[0]
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    rows = RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=digest_of_code(code)) for code in codes)
    for row, code in zip(rows, codes, strict=True):
        row.code = code
    if had_codes:
        factors_changed(actor, user, "New recovery codes were made; the older ones are void.")
    return rows


def person_who_may_add(actor: Actor) -> User:
    """The person, locked, who proved a moment ago who they are: by a factor, or by signing in where there is none."""
    user = User.objects.select_for_update().get(pk=str(actor.id))
    count = Factor.objects.ready().filter(user=user).count()
    if count >= MOST_FACTORS:
        raise RuleBroken("too_many_factors", f"You have {MOST_FACTORS} factors: remove one that you don't use.")
    moment_ago = timezone.now() - timedelta(seconds=settings.STEP_UP_SECONDS)
    session = session_of(actor)
    proved_at = (session.strong_at if count else session.proved_at) if session else None
    if proved_at is None or proved_at < moment_ago:
        raise StepUpNeeded(settings.STEP_UP_SECONDS) if count else SignInAnew()
    return user


def refuse_taken(user: User, name: str) -> None:
    if Factor.objects.ready().filter(user=user, name=name).exists():
        raise RuleBroken("name_taken", "You have a factor of this name: give this one another.", field="name")


def factors_changed(actor: Actor, user: User, what: str) -> None:
    """End the person's other sessions and tell them, at the address that is stored."""
    end_sessions(user, FACTOR_CHANGED, but=actor.session)
    post("factor-changed", user.email, name=user.name, what=what, link=account_link())


def prove_session(actor: Actor, method: str) -> None:
    """The session in which a factor was just added has shown it."""
    if session := session_of(actor):
        step_up(session, method)


def session_of(actor: Actor) -> Session | None:
    return Session.objects.select_related("user").filter(pk=actor.session).first() if actor.session else None


# --- Showing a factor in the midst of a session ---
def step_up_by_code(actor: Actor, method: str, code: str) -> Session:
    """Show a code of one's app, or a recovery code, for the operations that ask for a factor shown a moment ago."""
    session = session_with_factor(actor)
    if not is_right(session.user, method, code):
        raise refused_step(actor, session, "wrong_code", "This code is wrong, or was used before.", "code")
    return stepped_up(session, BY_CODE)


def how_to_step_up(actor: Actor) -> dict[str, Any]:
    """What the browser is given to ask one of the person's passkeys with."""
    return passkeys.how_to_show(Question.Purpose.STEP_UP, session_with_factor(actor).user)


def step_up_by_passkey(actor: Actor, credential: Mapping[str, Any]) -> Session:
    """Show one of one's passkeys."""
    session = session_with_factor(actor)
    try:
        passkeys.shown(Question.Purpose.STEP_UP, credential, session.user)
    except NotProved as failed:
        raise refused_step(actor, session, failed.code, PASSKEY_REFUSED, "credential") from failed
    return stepped_up(session, BY_KEY)


def session_with_factor(actor: Actor) -> Session:
    """The session of somebody who has a factor to show."""
    session = session_of(actor)
    if session is None:
        raise RuleBroken("no_session", "You are not signed in by a session: sign in, then show your factor.")
    if not methods_of(session.user):
        raise RuleBroken("no_factor", "You have no second factor yet: add one at /auth/factors/ first.")
    return session


@transaction.atomic
def stepped_up(session: Session, method: str) -> Session:
    step_up(session, method)
    return session


def refused_step(actor: Actor, session: Session, code: str, message: str, field: str) -> RuleBroken:
    refusal = RuleBroken(code, message, field=field)
    refusal.refusal = Refusal(actor, STEPPED_UP, session, code)
    return refusal
