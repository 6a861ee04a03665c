"""This file holds who follows the calendar, in the same transaction. Rooms above add themselves; none is known here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Follower:
    """What is called when the calendar of an institution changed; it may refuse the change.

    holidays   with the first and the last day that may be a holiday now, or none any more
    term       with the term whose weeks are others now, and the field that is to blame
    """

    holidays: Callable[[UUID, date, date], None]
    term: Callable[[UUID, UUID, str | None], None]


FOLLOWERS: list[Follower] = []


def follow_holidays(institution: UUID, starts_on: date, ends_on: date) -> None:
    for follower in FOLLOWERS:
        follower.holidays(institution, starts_on, ends_on)


def follow_term(institution: UUID, term: UUID, field: str | None) -> None:
    for follower in FOLLOWERS:
        follower.term(institution, term, field)
