"""This file holds what others ask about second factors: who has one, and who must."""

from core.actor import Actor
from instauth.factors.models import Factor
from instauth.sessions.models import Session
from users.models import User
from users.roles.limits import limits_for, limits_of

TOTP, PASSKEY, RECOVERY = "totp", "passkey", "recovery"


def factors_of(user: User) -> list[Factor]:
    """The second factors by which a person can prove just now who they are."""
    return list(Factor.objects.ready().filter(user=user))


def methods_of(user: User) -> list[str]:
    """How a person can take the second step: none where they have no factor, whatever codes are left."""
    kinds = set(Factor.objects.ready().filter(user=user).values_list("kind", flat=True))
    if kinds and user.recovery_codes.filter(used_at=None).exists():
        kinds.add(RECOVERY)
    return [method for method in (PASSKEY, TOTP, RECOVERY) if method in kinds]


def lacks_factor(session: Session, actor: Actor | None = None) -> bool:
    """Whether what the person holds asks for a second factor, and this session was never given one.

    It is worked out and not kept: whoever is made registrar in the midst of a session is asked from then on.
    """
    if session.strong_at is not None:
        return False
    user = session.user
    limits = limits_for(actor, is_demo=user.is_demo) if actor else limits_of(user)
    return limits.needs_second_factor
