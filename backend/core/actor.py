"""This file holds who is acting, and for each permission which places of the tree they reach.

The tree is nation > institution > unit > unit. Core knows institutions and units only as ids; which ids lie below a
unit is worked out when the grants of a person are read, so that a reach is a plain set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from uuid import UUID

from core.errors import RuleBroken

NOBODY_MAY: Mapping[str, "Reach"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reach:
    """Where one permission holds.

    nation        every row of every institution; such reading goes through the national, read-only database role
    institutions  every row of these institutions
    units         rows at these units (each with all units below it) ...
    related       ... and rows that are about the actor, in these institutions
    hosts         the institutions in which `units` lie
    """

    nation: bool = False
    institutions: frozenset[UUID] = frozenset()
    units: frozenset[UUID] = frozenset()
    hosts: frozenset[UUID] = frozenset()
    related: frozenset[UUID] = frozenset()

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            self.nation or other.nation,
            self.institutions | other.institutions,
            self.units | other.units,
            self.hosts | other.hosts,
            self.related | other.related,
        )

    @property
    def touched(self) -> frozenset[UUID]:
        """Every institution in which this reach can hold a row; meaningless for the nation."""
        return self.institutions | self.hosts | self.related

    def within(self, institution: UUID) -> "Reach":
        """The part of this reach that lies in one institution."""
        one = frozenset([institution])
        return Reach(
            institutions=one if self.nation else self.institutions & one,
            units=self.units if institution in self.hosts else frozenset(),
            hosts=self.hosts & one,
            related=self.related & one,
        )

    def __bool__(self) -> bool:
        return self.nation or bool(self.touched)


NOWHERE = Reach()


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or job behind a change. Rules take one and never see a request.

    `strong_at` is when a person last proved with a second factor who they are, in seconds since the epoch.
    `lacks_factor` says that what they hold asks for a second factor, which this session was never given.
    `behind` is who really acts, where support staff acts as a person. `client` is the third-party program that
    acts, for a person or as itself.
    """

    name: str
    id: UUID | None = None
    reaches: Mapping[str, Reach] = field(default_factory=lambda: NOBODY_MAY)
    session: UUID | None = None
    strong_at: float | None = None
    lacks_factor: bool = False
    behind: UUID | None = None
    client: UUID | None = None
    institutions: frozenset[UUID] = field(init=False)
    is_national: bool = field(init=False)

    def __post_init__(self) -> None:
        reaches = set(self.reaches.values())  # hundreds of permissions reach the same few places
        object.__setattr__(self, "institutions", frozenset().union(*(reach.touched for reach in reaches)))
        object.__setattr__(self, "is_national", any(reach.nation for reach in reaches))

    @classmethod
    def system(cls, name: str, *permissions: str) -> "Actor":
        """A job with no person behind it. Grant it only what the job needs."""
        return cls(name=name, reaches={permission: Reach(nation=True) for permission in permissions})

    def reach(self, permission: str) -> Reach:
        return self.reaches.get(permission, NOWHERE)

    def may(self, permission: str) -> bool:
        """Whether the actor holds the permission anywhere at all."""
        return bool(self.reach(permission))

    def within(self, institution: UUID) -> "Actor":
        """The same actor, reaching no further than one institution. It narrows and never widens."""
        narrowed = {permission: reach.within(institution) for permission, reach in self.reaches.items()}
        return replace(self, reaches={permission: reach for permission, reach in narrowed.items() if reach})

    def at_home(self) -> UUID:
        """The institution in which a new row of the actor's lies."""
        if self.home is None:
            raise RuleBroken("institution_needed", "Say in which institution: act in one of those you reach.")
        return self.home

    @property
    def home(self) -> UUID | None:
        """The one institution in which the actor acts; None where there are several, or the nation."""
        return next(iter(self.institutions)) if len(self.institutions) == 1 and not self.is_national else None
