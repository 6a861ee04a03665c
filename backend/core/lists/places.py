"""This file holds how a reach becomes part of a statement without a second definition of who sees what.

The one definition is `visible_to` of each model. It is compiled for a stand-in actor whose reach has the same form as
the real one (how many institutions, units, related institutions) and whose ids are stand-ins; in the statement the
stand-ins become holes. Sets are filled up to a power of two by repeating an id, so that forms are few.
So `visible_to` may look at which of the sets are empty or hold one id, and otherwise only hand them to the database.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID, uuid4

from core.actor import Actor, Reach
from core.lists.statements import SCOPE
from core.tenancy.scope import as_setting

SETS = ("institutions", "units", "hosts", "related")
ACTOR_ID = uuid4()
NOBODY = UUID(int=0)  # where a program acts that is no person: no row is about this one


class Place(NamedTuple):
    """The form of a reach: the nation, or how many ids each set holds, filled up."""

    nation: bool = False
    institutions: int = 0
    units: int = 0
    hosts: int = 0
    related: int = 0

    @property
    def is_one_institution(self) -> bool:
        return self == ONE


ONE = Place(institutions=1)
NATION = Place(nation=True)


@lru_cache(maxsize=4096)
def opened_to(actor: UUID | None, reach: Reach) -> tuple[Place, Mapping[str, str]]:
    """The form of a reach and what goes into its holes. Remembered: the same people ask again and again."""
    place = place_of(actor, reach)
    return place, MappingProxyType(values_of(actor, reach, place))


def place_of(actor: UUID | None, reach: Reach) -> Place:
    if reach.nation:
        return NATION
    return Place(
        institutions=filled_up(len(reach.institutions)),
        units=filled_up(len(reach.units)),
        hosts=filled_up(len(reach.hosts)),
        related=filled_up(len(reach.related)) if actor else 0,  # without an account, nothing is about the actor
    )


def filled_up(count: int) -> int:
    """The next power of two; none stays none."""
    return 1 << (count - 1).bit_length() if count else 0


def values_of(actor: UUID | None, reach: Reach, place: Place) -> dict[str, str]:
    """What goes into the holes, and the scope that row security is told."""
    who = str(actor or NOBODY)
    if place.nation:
        return {"actor": who}
    values = {SCOPE: as_setting(reach.touched), "actor": who}
    for name, size in zip(SETS, place[1:], strict=True):
        if size:
            ids = [str(one) for one in getattr(reach, name)]
            values.update((f"{name} {slot}", ids[slot % len(ids)]) for slot in range(size))
    return values


@lru_cache(maxsize=256)
def stand_in(place: Place, permission: str) -> tuple[Actor, dict[UUID, str]]:
    """An actor of that form, and which id stands for which value."""
    names = {ACTOR_ID: "actor"}
    sets = {name: dict(named(name, size)) for name, size in zip(SETS, place[1:], strict=True)}
    for ids in sets.values():
        names.update(ids)
    reach = Reach(place.nation, **{name: frozenset(ids) for name, ids in sets.items()})
    return Actor("stand-in", id=ACTOR_ID, reaches={permission: reach}), names


def named(name: str, size: int) -> Iterator[tuple[UUID, str]]:
    return ((uuid4(), f"{name} {slot}") for slot in range(size))
