"""This file holds scopes: generated from the API, and the one function by which they narrow what a person may.

`students.read` stands for the permission codes of the app `students` that only reading operations need, and
`students.write` for its others. What is about sign-in, accounts and the audit log is lent to nobody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from uuid import UUID

from django.apps import apps

from core.actor import Actor, Reach

OPENID, PROFILE, EMAIL, OFFLINE = "openid", "profile", "email", "offline_access"
OF_IDENTITY: Mapping[str, str] = {
    OPENID: "Know that it is you.",
    PROFILE: "See your name.",
    EMAIL: "See your e-mail address.",
    OFFLINE: "Go on doing so for 30 days, also while you are not signed in.",
}
LENT_TO_NOBODY = {"core", "users", "instauth"}
CURRENT = "api/v1/"


@cache
def codes_by_scope() -> dict[str, frozenset[str]]:
    """Each scope of the API, with the permission codes it stands for."""
    from core.http.routes import all_routes  # views import authentication, and that imports this file

    methods: dict[str, set[str]] = {}
    for route in all_routes():
        for method, need in (route.needs or {}).items() if route.path.startswith(CURRENT) else ():
            if need and "." in need and need.partition(".")[0] not in LENT_TO_NOBODY:
                methods.setdefault(need, set()).add(method)
    scopes: dict[str, set[str]] = {}
    for code, used_by in methods.items():
        kind = "read" if used_by == {"GET"} else "write"
        scopes.setdefault(f"{code.partition('.')[0]}.{kind}", set()).add(code)
    return {scope: frozenset(codes) for scope, codes in sorted(scopes.items())}


def all_scopes() -> list[str]:
    return [*OF_IDENTITY, *codes_by_scope()]


def meaning(scope: str) -> str:
    """A scope as the person who is asked reads it."""
    if scope in OF_IDENTITY:
        return OF_IDENTITY[scope]
    app, _, kind = scope.partition(".")
    deed = "See" if kind == "read" else "Change"
    return f"{deed} what you may {deed.lower()} of {apps.get_app_config(app).verbose_name.lower()}."


def codes_of(scopes: Iterable[str]) -> frozenset[str]:
    """The permission codes that some scopes stand for."""
    return frozenset[str]().union(*(codes_by_scope().get(scope, ()) for scope in scopes))


def narrowed(actor: Actor, codes: Collection[str], institution: UUID | None) -> Actor:
    """What is left of an actor's rights under some codes and, unless it is None, at one institution.

    Never more than the actor has. The second factor stays behind: no client does what asks for one.
    """
    inside = actor.within(institution) if institution else actor
    reaches = {code: reach for code, reach in inside.reaches.items() if code in codes}
    return replace(inside, reaches=reaches, strong_at=None)


def system_actor(name: str, codes: Collection[str], institution: UUID) -> Actor:
    """A system of an institution: it reaches that institution, by the codes it was approved for."""
    here = Reach(institutions=frozenset([institution]))
    return narrowed(Actor(name, reaches=dict.fromkeys(codes, here)), codes, institution)
