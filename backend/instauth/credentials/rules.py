"""This file holds how people change their password, and get a new one when they forgot it.

Nobody else ever sees or sets it: staff may at most have the letter sent. A new password never stands in for a second
factor, which is asked for at the next sign-in as ever.
"""

from datetime import timedelta
from time import time

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.origin import origin
from core.audit.record import record
from core.errors import Conflict, RuleBroken, StepUpNeeded
from core.mail.posting import post
from core.outbox.events import announce
from core.rules import Refusal, database_refusals_named, rule
from instauth.attempts.rules import admit
from instauth.credentials.events import ResetAsked
from instauth.credentials.passwords import hashed
from instauth.factors.queries import factors_of
from instauth.proofs.models import Proof
from instauth.proofs.rules import ProofRefused, issue, spend, subject_of, withdraw
from instauth.proofs.sealing import sealed
from instauth.sessions.rules import end_sessions
from users.accounts.addresses import as_login
from users.accounts.rules import refuse_erased
from users.models import User

PURPOSE = Proof.Purpose.RESET
RESET_LASTS = timedelta(minutes=30)
FIRST_LASTS = timedelta(hours=72)
BETWEEN_LETTERS = timedelta(minutes=1)
PASSWORD_CHANGED = "password_changed"  # noqa: S105 (why sessions end)


class WrongPassword(RuleBroken):
    """The current password that somebody gave is not theirs."""

    def __init__(self, actor: Actor, user: User) -> None:
        super().__init__("wrong_password", "This is not your current password.", field="current_password")
        self.refusal = Refusal(actor, "instauth.password.changed", user, self.code)


def refuse_unproved(actor: Actor, user: User) -> None:
    """Ask for the second factor, of somebody who has one and did not show it a moment ago."""
    is_strong = actor.strong_at is not None and time() - actor.strong_at <= settings.STEP_UP_SECONDS
    if factors_of(user) and not is_strong:
        raise StepUpNeeded(settings.STEP_UP_SECONDS)


def change_password(actor: Actor, current_password: str, password: str) -> None:
    """Change one's own password, by the current one. Every other session ends, and the person is told."""
    user = User.objects.get(pk=str(actor.id))
    refuse_unproved(actor, user)
    if not user.has_usable_password():
        raise RuleBroken("no_password", "You have no password yet: ask for a letter to choose one.")
    with admit(user.email, origin.get().address, purpose="password") as attempt:
        if not check_password(current_password, user.password):
            attempt.failed(user)
            raise WrongPassword(actor, user)
        attempt.succeeded(user)
    if password == current_password:
        raise RuleBroken("same_password", "This is your password already: choose another one.", field="password")
    kept = hashed(password, user)
    with transaction.atomic():
        store(actor, user, kept)


def ask_for_reset(email: str) -> None:
    """Have a letter sent to whoever has this address, if anybody has. All of the work is done later, by a worker."""
    with admit(email, origin.get().address, purpose="reset") as attempt, transaction.atomic():
        attempt.failed()  # every letter counts
        announce(ResetAsked(*sealed({"email": email})))


def send_asked_reset(email: str) -> None:
    """Send the letter to the stored address of the account that is known by this one, and to nobody else.

    Whoever signs in only by an institution's provider gets no password by this: the letter says where to go.
    """
    user = User.objects.filter(email=as_login(email), is_active=True).first()
    if user is None or was_just_sent(user):
        return
    record(Actor("unknown"), "instauth.reset.asked", user)
    identity = user.federated_identities.select_related("provider").first()
    if identity and not user.has_usable_password():
        post("password-elsewhere", user.email, name=user.name, provider=identity.provider.name)
    else:
        send_reset_letter(user)


@rule("instauth.reset.sent", needs="users.change_user")
def send_reset(actor: Actor, user: User) -> User:
    """Have the letter sent to a person who forgot their password. Whoever asks for it never sees what it holds."""
    refuse_erased(user)
    if not user.is_active:
        raise RuleBroken("account_shut", "This account is shut: reactivate it first.", field="user")
    if was_just_sent(user):
        raise RuleBroken("just_sent", "A letter was sent within the last minute.", field="user")
    send_reset_letter(user)
    return user


def send_reset_letter(user: User, name: str = "password-reset", lasts: timedelta = RESET_LASTS) -> None:
    link = f"{settings.PUBLIC_URL}/account/reset/?token={issue(PURPOSE, user.pk, lasts)}"
    hours, minutes = lasts // timedelta(hours=1), lasts // timedelta(minutes=1)
    post(name, user.email, name=user.name, hours=hours, minutes=minutes, link=link)


def was_just_sent(user: User) -> bool:
    """Whether a letter is on its way: nobody's letter box is filled by this."""
    since = timezone.now() - BETWEEN_LETTERS
    return Proof.objects.filter(subject_id=user.pk, purpose=PURPOSE, created_at__gt=since).exists()


def confirm_reset(token: str, password: str) -> None:
    """Set a new password by the token of a letter. Every session ends; sign in anew, with the second factor."""
    user = User.objects.filter(pk=subject_of(PURPOSE, token), is_active=True).first()
    if user is None:
        raise ProofRefused()
    kept = hashed(password, user)
    with transaction.atomic():
        spend(PURPOSE, token)
        store(Actor(name=user.name, id=user.pk), user, kept)


def store(actor: Actor, user: User, kept: str) -> None:
    """Keep a new password, unless the account changed since it was looked at; end all sessions but the actor's."""
    with database_refusals_named():
        now = User.objects.select_for_update().get(pk=user.pk)
        if now.password != user.password or not now.is_active:
            raise Conflict("changed_meanwhile", "Your account was changed meanwhile. Try again.")
        now.change(password=kept)
    withdraw(user.pk, PURPOSE)
    end_sessions(now, PASSWORD_CHANGED, but=actor.session)
    record(actor, "instauth.password.changed", now)
    post("password-changed", now.email, name=now.name, link=f"{settings.PUBLIC_URL}/account/devices/")
