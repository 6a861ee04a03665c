"""This file holds what others ask about second factors: who has one, and of which kinds."""

from functools import cache
from uuid import UUID

from django.db.models import Value

from core.lists.statements import Statement, compiled
from instauth.factors.models import Factor, RecoveryCode
from users.models import User

TOTP, PASSKEY, RECOVERY = "totp", "passkey", "recovery"


def factors_of(user: User) -> list[Factor]:
    """The second factors by which a person can prove just now who they are."""
    return list(Factor.objects.ready().filter(user=user))


def has_passkey(person: UUID | None) -> bool:
    return Factor.objects.ready().filter(user=person, kind=PASSKEY).exists()


def methods_of(user: User) -> list[str]:
    """How a person can take the second step: none where they have no factor, whatever codes are left."""
    kinds = {kind for (kind,) in statement_of_kinds().rows({"person": str(user.pk)})}
    return [method for method in (PASSKEY, TOTP, RECOVERY) if method in kinds] if kinds - {RECOVERY} else []


@cache
def statement_of_kinds() -> Statement:
    """What a person has to show, recovery codes among it. Each sign-in asks, so it is compiled once."""
    somebody = UUID(int=1)
    codes = RecoveryCode.objects.filter(user=somebody, used_at=None).values_list(Value(RECOVERY))
    kinds = Factor.objects.ready().filter(user=somebody).values_list("kind")
    return compiled(kinds.union(codes), {somebody: "person"})
