"""This file holds which teaching week of its term a day lies in, for many terms at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from academic.calendar.models import Term, TermException
from academic.calendar.weeks import monday_of, weeks_of


@dataclass
class Numbering:
    """The numbers of teaching weeks by term, program and Monday; without a program where it has no days of its own."""

    weeks: dict[tuple[UUID, UUID | None, date], int] = field(default_factory=dict)
    own: set[tuple[UUID, UUID]] = field(default_factory=set)

    def week(self, term: UUID, program: UUID, day: date) -> int | None:
        """The number of the week of a day, and None in a break or outside the term."""
        whose = program if (term, program) in self.own else None
        return self.weeks.get((term, whose, monday_of(day)))

    @property
    def as_columns(self) -> dict[str, list]:
        """As arrays for SQL, one for each column."""
        rows = [(*key, number) for key, number in self.weeks.items()]
        names = ("terms", "programs", "mondays", "weeks")
        return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def numbering_of(institution: UUID, terms: Iterable[UUID]) -> Numbering:
    found = Numbering()
    rows = Term.objects.filter(institution=institution, pk__in=set(terms))
    exceptions = TermException.objects.filter(institution=institution, term__in=rows)
    found.own = set(exceptions.values_list("term_id", "program_id"))
    for term in rows:
        for program in (None, *(program for there, program in found.own if there == term.pk)):
            for week in weeks_of(term, program):
                if week.number is not None:
                    found.weeks[term.pk, program, week.starts_on] = week.number
    return found
