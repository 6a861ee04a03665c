"""This file holds scopes, and the one function by which they narrow what a person may.

Each permission code of the API is a scope of the same name, but for those about sign-in, accounts and the audit log:
these are lent to nobody. Besides there are the scopes of OpenID Connect.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from uuid import UUID

from core.actor import Actor, Reach
from users.roles.shipped import all_permissions

OPENID, PROFILE, EMAIL, OFFLINE = "openid", "profile", "email", "offline_access"
OF_IDENTITY: Mapping[str, str] = {
    OPENID: "Know that it is you.",
    PROFILE: "See your name.",
    EMAIL: "See your e-mail address.",
    OFFLINE: "Go on for 30 days, also while you are not signed in.",
}
LENT_TO_NOBODY = {"core", "users", "instauth"}


@cache
def all_scopes() -> dict[str, str]:
    """Every scope, with its meaning as the person who is asked reads it."""
    lent = {code: told for code, told in all_permissions().items() if code.partition(".")[0] not in LENT_TO_NOBODY}
    return {**OF_IDENTITY, **dict(sorted(lent.items()))}


def meanings_of(scopes: Iterable[str]) -> list[str]:
    """What some scopes mean. One that is gone since means nothing."""
    return [all_scopes()[scope] for scope in scopes if scope in all_scopes()]


def codes_of(scopes: Iterable[str]) -> frozenset[str]:
    """The permission codes among some scopes."""
    return frozenset(scope for scope in scopes if scope in all_scopes() and scope not in OF_IDENTITY)


def narrowed(actor: Actor, codes: Collection[str], institution: UUID | None) -> Actor:
    """What is left of an actor's rights under some codes and, unless it is None, at one institution.

    Never more than the actor has. The second factor stays behind: no client does what asks for one.
    """
    inside = actor.within(institution) if institution else actor
    reaches = {code: reach for code, reach in inside.reaches.items() if code in codes}
    return replace(inside, reaches=reaches, strong_at=None)


def system_actor(name: str, codes: Collection[str], institution: UUID | None) -> Actor:
    """A system of an institution: it reaches that institution, by the codes it was approved for."""
    here = Reach(institutions=frozenset([institution] if institution else ()))
    return narrowed(Actor(name, reaches=dict.fromkeys(codes, here)), codes, institution)
