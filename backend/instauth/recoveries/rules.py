"""This file holds how a person who lost their second factor gets in again: slowly, and never by one other person.

The person is told of every step, at the address that is stored, and says no by the link of any of these letters.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.errors import RuleBroken
from core.mail.posting import post
from core.rules import rule
from faculties.models import Institution
from instauth.factors.models import Factor
from instauth.permissions import RECOVER
from instauth.proofs.models import Proof
from instauth.proofs.rules import issue, spend, withdraw
from instauth.recoveries.models import Recovery
from instauth.sessions.rules import end_sessions
from instauth.signin.rules import waiting
from users.models import User
from users.roles.actors import actor_of

LETTER_LASTS = timedelta(hours=1)
DELAY = timedelta(hours=24)
KEPT_OPEN = timedelta(days=30)
Status, Purpose = Recovery.Status, Proof.Purpose


# --- Asking ---
@transaction.atomic
def ask(challenge: str, device: str = "", institution: UUID | None = None) -> None:
    """Say by a sign-in that waits for its second step, so after the password, that the second factor is lost. The
    letter that follows must be answered within an hour.
    """
    user = waiting(challenge, device).user
    place = place_of(user, institution)
    recovery = Recovery.objects.select_for_update().going_on().filter(user=user).first()
    if recovery is None:
        recovery = Recovery(user=user, institution_id=place, status=Status.ASKED).save_checked()
        record(Actor(name=user.name, id=user.pk), "instauth.recovery.asked", recovery)
    elif recovery.status != Status.ASKED:
        raise RuleBroken("already_asked", "This was asked for before, and is not decided yet.")
    token = issue(Purpose.RECOVERY, recovery.pk, LETTER_LASTS)
    post("recovery-asked", user.email, name=user.name, link=f"{settings.PUBLIC_URL}/account/recover/?token={token}")


@transaction.atomic
def prove(token: str) -> Recovery:
    """Answer the letter: the request lies before the staff from now on."""
    recovery = locked(spend(Purpose.RECOVERY, token))
    if recovery.status != Status.ASKED:
        raise over()
    recovery.change(status=Status.OPEN)
    record(Actor(name=recovery.user.name, id=recovery.user_id), "instauth.recovery.opened", recovery)
    tell(recovery, "Your request lies before the staff. Two of them approve it, and a day later you may sign in.")
    return recovery


@rule("instauth.recovery.opened_at_desk", needs=RECOVER, step_up=True)
def open_at_desk(actor: Actor, *, user: User, reason: str) -> Recovery:
    """Open the request of a person who came to the desk, and say how they showed who they are."""
    if not user.is_active or not Factor.objects.ready().filter(user=user).exists():
        raise RuleBroken("no_factor", "This person has no second factor that could be lost.", field="user")
    place = place_of(user, actor.home)
    recovery = Recovery(user=user, institution_id=place, reason=reason, opened_by_id=actor.id).save_checked()
    tell(recovery, f"{actor.name} says that you lost your second factor. Two of the staff approve that, or refuse it.")
    return recovery


def place_of(user: User, wanted: UUID | None) -> UUID | None:
    """Where the staff decides: at an institution of the person's; for those who reach the nation, at the nation."""
    actor = actor_of(user)
    if actor.is_national or not actor.institutions:
        return None
    if wanted in actor.institutions:
        return wanted
    if wanted is None and actor.home:
        return actor.home
    raise RuleBroken("institution_needed", "Say at which of your institutions.", field="institution")


def places_to_choose(challenge: str, device: str = "") -> list[Institution]:
    """The institutions of whom a sign-in waits for, where they must say at which the staff decides."""
    actor = actor_of(waiting(challenge, device).user)
    if actor.is_national or actor.home or not actor.institutions:
        return []
    return list(Institution.objects.filter(pk__in=actor.institutions).order_by("name"))


# --- Deciding ---
@rule("instauth.recovery.approved", needs=RECOVER, step_up=True)
def approve_recovery(actor: Actor, recovery: Recovery) -> Recovery:
    """Approve, one of two who do. With the second approval the day begins, after which the factors go."""
    if recovery.status != Status.OPEN:
        raise over()
    if recovery.user_id == actor.id:
        raise RuleBroken("own_request", "Nobody approves their own recovery.")
    if recovery.first_by_id is None:
        recovery.change(first_by_id=actor.id)
        tell(recovery, f"{actor.name} approved that your second factor is lost. One more of the staff must.")
        return recovery
    due_at = timezone.now() + DELAY
    recovery.change(second_by_id=actor.id, status=Status.APPROVED, due_at=due_at)
    when = f"{due_at:%Y-%m-%d %H:%M} UTC"
    tell(recovery, f"Two of the staff approved that your second factor is lost. It goes at {when}; then add another.")
    return recovery


@rule("instauth.recovery.refused", needs=RECOVER)
def refuse_recovery(actor: Actor, recovery: Recovery) -> Recovery:
    """Refuse, also what was approved and is not done yet."""
    if recovery.status not in (Status.OPEN, Status.APPROVED):
        raise over()
    recovery.change(status=Status.REFUSED)
    withdraw(recovery.pk, Purpose.KEEP_FACTOR)
    return recovery


# --- Saying no ---
@transaction.atomic
def cancel_by_letter(token: str) -> Recovery:
    """Say no by the link of a letter."""
    recovery = locked(spend(Purpose.KEEP_FACTOR, token))
    return canceled(recovery, Actor(name=recovery.user.name, id=recovery.user_id))


@transaction.atomic
def cancel_own(actor: Actor) -> Recovery:
    """Say no in a session."""
    recovery = Recovery.objects.select_for_update().going_on().filter(user=actor.id).first()
    if recovery is None:
        raise over()
    return canceled(recovery, actor)


def canceled(recovery: Recovery, actor: Actor) -> Recovery:
    if recovery.status not in Recovery.GOING_ON:
        raise over()
    recovery.change(status=Status.CANCELED)
    withdraw(recovery.pk, Purpose.RECOVERY, Purpose.KEEP_FACTOR)
    record(actor, "instauth.recovery.canceled", recovery)
    return recovery


# --- Being done ---
@rule("instauth.recovery.done", needs=RECOVER)
def complete_recovery(actor: Actor, recovery: Recovery) -> Recovery:
    """Take away the factors and the recovery codes of the person, whose day is over, and end every session."""
    if recovery.status != Status.APPROVED or recovery.due_at is None or recovery.due_at > timezone.now():
        raise RuleBroken("not_due", "This is not due yet.")
    user = recovery.user
    user.factors.all().delete()
    user.recovery_codes.all().delete()
    end_sessions(user, "factor_lost")
    withdraw(recovery.pk, Purpose.KEEP_FACTOR)
    link = f"{settings.PUBLIC_URL}/account/factors/"
    post("factor-changed", user.email, name=user.name, what="Your second factors were taken away, as lost.", link=link)
    return recovery.change(status=Status.DONE)


def complete_due() -> int:
    """Complete what is due; how many."""
    system = Actor.system("recoveries", RECOVER)
    due = Recovery.objects.filter(status=Status.APPROVED, due_at__lte=timezone.now())
    return len([complete_recovery(system, recovery) for recovery in due])


def locked(key: UUID) -> Recovery:
    return Recovery.objects.select_for_update(of=("self",)).select_related("user").get(pk=key)


def tell(recovery: Recovery, what: str) -> None:
    """Write to the person at the address that is stored; the link says no."""
    token = issue(Purpose.KEEP_FACTOR, recovery.pk, KEPT_OPEN)
    link = f"{settings.PUBLIC_URL}/account/keep-factor/?token={token}"
    post("recovery-goes-on", recovery.user.email, name=recovery.user.name, what=what, link=link)


def over() -> RuleBroken:
    return RuleBroken("recovery_over", "There is no recovery going on to which this could be said.")
