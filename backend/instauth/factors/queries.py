"""This file holds what others ask about second factors: who has one, and of which kinds."""

from uuid import UUID

from instauth.factors.models import Factor
from users.models import User

TOTP, PASSKEY, RECOVERY = "totp", "passkey", "recovery"


def factors_of(user: User) -> list[Factor]:
    """The second factors by which a person can prove just now who they are."""
    return list(Factor.objects.ready().filter(user=user))


def has_passkey(person: UUID | None) -> bool:
    return Factor.objects.ready().filter(user=person, kind=PASSKEY).exists()


def methods_of(user: User) -> list[str]:
    """How a person can take the second step: none where they have no factor, whatever codes are left."""
    kinds = set(Factor.objects.ready().filter(user=user).values_list("kind", flat=True))
    if kinds and user.recovery_codes.filter(used_at=None).exists():
        kinds.add(RECOVERY)
    return [method for method in (PASSKEY, TOTP, RECOVERY) if method in kinds]
