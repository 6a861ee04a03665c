"""This file holds what is asked about a session besides whether it counts."""

from core.actor import Actor
from instauth.sessions.models import Session
from users.roles.limits import limits_for, limits_of


def lacks_factor(session: Session, actor: Actor | None = None) -> bool:
    """Whether what the person holds asks for a second factor, and this session was never given one.

    It is worked out and not kept: whoever is made registrar in the midst of a session is asked from then on.
    """
    if session.strong_at is not None:
        return False
    user = session.user
    limits = limits_for(actor, is_demo=user.is_demo) if actor else limits_of(user)
    return limits.needs_second_factor
