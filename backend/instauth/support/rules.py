"""This file holds how somebody of the staff acts as a person for a while: with a reason, told, and never alone."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core.actor import Actor, Reach
from core.audit.origin import origin
from core.errors import NotAllowed, RuleBroken
from core.mail.posting import post
from core.rules import rule
from instauth.permissions import SUPPORT
from instauth.sessions.models import Session
from instauth.sessions.rules import add_refresh_token, end_session
from instauth.support.models import SupportAccess
from instauth.tokens.signing import issue_access_token
from users.models import User
from users.roles.actors import actor_of

USUAL_MINUTES = 15
LONGEST_MINUTES = 60


@rule("instauth.support.begun", needs=SUPPORT, step_up=True)
def begin_support(actor: Actor, *, person: User, reason: str, minutes: int = USUAL_MINUTES) -> SupportAccess:
    """Act as a person at one institution, to help them; the person is told at once.

    Nobody supports themselves, an account that is shut, or a person of another institution. Nobody gains by it: who
    may do more there than oneself is not supported. It ends after an hour at the latest.
    """
    institution = actor.at_home()
    if person.pk == actor.id:
        raise RuleBroken("own_account", "Nobody supports themselves.", field="person")
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise RuleBroken("too_long", f"A support access lasts 1 to {LONGEST_MINUTES} minutes.", field="minutes")
    theirs = actor_of(person).within(institution)
    if not person.is_active or not theirs.reaches:
        raise RuleBroken("not_here", "This person can do nothing at this institution just now.", field="person")
    if more := sorted(code for code, reach in theirs.reaches.items() if not covers(actor.reach(code), reach)):
        names = ", ".join(more[:5])
        raise RuleBroken("lacks_permission", f"This person may do what you may not: {names}.", field="person")
    ends_at = timezone.now() + timedelta(minutes=minutes)
    session = Session.objects.create(
        user=person,
        idle_until=ends_at,
        absolute_until=ends_at,
        address=origin.get().address,
        device=f"Support by {actor.name}",
    )
    access = SupportAccess(
        institution_id=institution,
        staff_id=str(actor.id),
        person=person,
        session=session,
        reason=reason,
        ends_at=ends_at,
    ).save_checked()
    access.access_token = issue_access_token(person.pk, session.pk)
    access.refresh_token = add_refresh_token(session)
    link = f"{settings.PUBLIC_URL}/account/devices/"
    post("support-begun", person.email, name=person.name, staff=actor.name, reason=reason, minutes=minutes, link=link)
    return access


@rule("instauth.support.ended", needs=SUPPORT)
def end_support(actor: Actor, access: SupportAccess) -> SupportAccess:
    """End a support access before its time. Only whoever began it does; the person ends it as any session."""
    if access.staff_id != actor.id:
        raise NotAllowed(SUPPORT)
    if access.session:
        end_session(access.session, because="support_ended")
    return access.change()


def covers(mine: Reach, theirs: Reach) -> bool:
    """Whether one may oneself what the other may; what holds only over rows about the other doesn't count."""
    if mine.nation:
        return True
    return theirs.institutions <= mine.institutions and (
        theirs.units <= mine.units or theirs.hosts <= mine.institutions
    )
