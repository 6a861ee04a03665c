"""This file holds the weeks of a term, Monday to Sunday, and which of them are teaching weeks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, takewhile
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


@dataclass
class Numbering:
    """The numbers of teaching weeks by term, program and Monday; without a program where it has no days of its own."""

    weeks: dict[tuple[UUID, UUID | None, date], int] = field(default_factory=dict)
    whose: set[tuple[UUID, UUID | None]] = field(default_factory=set)

    def week(self, term: UUID, program: UUID, day: date) -> int | None:
        """The number of the week of a day, and None in a break or outside the term."""
        whose = program if (term, program) in self.whose else None
        return self.weeks.get((term, whose, monday_of(day)))

    @property
    def as_columns(self) -> dict[str, list]:
        """As arrays for SQL, one for each column."""
        rows = [(*key, number) for key, number in self.weeks.items()]
        names = ("terms", "programs", "mondays", "weeks")
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def days_of(term: Term, program: UUID | None = None) -> Days:
    """The days of a term; for a program that has an exception, its own. An exception without a census date keeps that
    of the term, if it lies in its days.
    """
    there = TermException.objects.filter(institution_id=term.institution_id, term=term)
    own = there.filter(program_id=program).first() if program else None
    if own is None:
        return Days(term.starts_on, term.ends_on, term.census_on)
    kept = term.census_on if term.census_on and own.starts_on <= term.census_on <= own.ends_on else None
    return Days(own.starts_on, own.ends_on, own.census_on or kept)


def weeks_of(term: Term, program: UUID | None = None) -> list[Week]:
    """The weeks that a term lies in, with their numbers and holidays; for a program, those of its own days."""
    days = days_of(term, program)
    holidays = holidays_between(term.institution_id, days.starts_on, days.ends_on)
    return list(weeks_within(days.starts_on, days.ends_on, holidays))


def numbering_of_terms(institution: UUID, terms: Iterable[UUID]) -> Numbering:
    """The numbers of the teaching weeks of terms, and of every program that has days of its own in them."""
    wanted = set(terms)
    exceptions = TermException.objects.filter(institution_id=institution, term__in=wanted)
    return numbering_of(institution, {*((term, None) for term in wanted), *exceptions.values_list("term", "program")})


def numbering_of(institution: UUID, whose: Iterable[tuple[UUID, UUID | None]]) -> Numbering:
    """The numbers of the teaching weeks of these terms, each by the days of the term or of a program in it."""
    found = Numbering(whose=set(whose))
    if not found.whose:
        return found
    here = {"institution_id": institution}
    terms: dict[UUID, Term] = Term.objects.filter(**here).in_bulk({term for term, _ in found.whose})
    exceptions = {(one.term_id, one.program_id): one for one in TermException.objects.filter(**here, term__in=terms)}
    days: dict[tuple[UUID, UUID | None], Term | TermException] = {
        (term, program): exceptions[term, program] if program else terms[term] for term, program in found.whose
    }
    first, last = min(own.starts_on for own in days.values()), max(own.ends_on for own in days.values())
    holidays = holidays_between(institution, first, last)
    for (term, program), own in days.items():
        for week in weeks_within(own.starts_on, own.ends_on, holidays):
            if week.number is not None:
                found.weeks[term, program, week.starts_on] = week.number
    return found


def holidays_between(institution: UUID, starts_on: date, ends_on: date) -> list[Holiday]:
    """The holidays of the weeks that these days lie in, in order."""
    rows = Holiday.objects.filter(institution_id=institution, is_canceled=False)
    return list(rows.filter(overlapping(monday_of(starts_on), ends_on + WEEK)).order_by("starts_on", "id"))


def weeks_within(starts_on: date, ends_on: date, holidays: Sequence[Holiday]) -> Iterator[Week]:
    """The weeks that these days lie in."""
    return takewhile(lambda week: week.starts_on <= ends_on, weeks_from(monday_of(starts_on), holidays))


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
