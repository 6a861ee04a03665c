"""This file holds the weeks of a term, Monday to Sunday, and which of them are teaching weeks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from uuid import UUID

from academic.calendar.models import Holiday, Term, TermException
from core.periods import overlapping

WEEK, WORKDAYS = timedelta(weeks=1), 5


@dataclass(frozen=True, slots=True)
class Week:
    """One week; `number` counts teaching weeks from 1, and is None in a break."""

    number: int | None
    starts_on: date
    holidays: tuple[Holiday, ...]

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Days:
    """When a term runs, and when it counts."""

    starts_on: date
    ends_on: date
    census_on: date | None


def days_of(term: Term, program: UUID | None = None) -> Days:
    """The days of a term; for a program that has an exception, its own."""
    there = TermException.objects.filter(institution_id=term.institution_id, term=term)
    own = there.filter(program_id=program).first() if program else None
    return Days(*(getattr(own or term, name) for name in ("starts_on", "ends_on", "census_on")))


def weeks_of(term: Term, program: UUID | None = None) -> list[Week]:
    """The weeks that a term lies in, with their numbers and holidays; for a program, those of its own days."""
    days = days_of(term, program)
    holidays = holidays_between(term.institution_id, days.starts_on, days.ends_on)
    weeks: list[Week] = []
    for week in weeks_from(monday_of(days.starts_on), holidays):
        if week.starts_on > days.ends_on:
            return weeks
        weeks.append(week)
    return weeks


def holidays_between(institution: UUID, starts_on: date, ends_on: date) -> list[Holiday]:
    """The holidays of the weeks that these days lie in, in order."""
    rows = Holiday.objects.filter(institution_id=institution, is_canceled=False)
    return list(rows.filter(overlapping(monday_of(starts_on), ends_on + WEEK)).order_by("starts_on", "id"))


def weeks_from(monday: date, holidays: Sequence[Holiday]) -> Iterator[Week]:
    """The weeks from a Monday on, without end."""
    taught = count(1)
    for place in count():
        starts_on = monday + place * WEEK
        own = tuple(one for one in holidays if one.starts_on < starts_on + WEEK and one.ends_on >= starts_on)
        yield Week(None if is_break(starts_on, own) else next(taught), starts_on, own)


def is_break(monday: date, holidays: Sequence[Holiday]) -> bool:
    """Whether Monday to Friday lie in breaks."""
    breaks = [one for one in holidays if one.is_break]
    days = [monday + timedelta(days=place) for place in range(WORKDAYS)]
    return all(any(one.starts_on <= day <= one.ends_on for one in breaks) for day in days)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
