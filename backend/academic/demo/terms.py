"""This file holds the calendar of the demo country. Its day stands still, so that every run makes the same country."""

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2023, 2026
TODAY = date(2026, 9, 28)
TERM_DAYS = 18 * 7 - 3


@dataclass(frozen=True, slots=True)
class TermPlan:
    """Half an academic year; `place` counts from 0 over all years."""

    place: int
    year: int
    half: int
    starts_on: date

    @property
    def code(self) -> str:
        return f"{self.year}-{self.half}"

    @property
    def name(self) -> str:
        return f"{'First' if self.half == 1 else 'Second'} Semester {self.year}"

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=TERM_DAYS)

    @property
    def census_on(self) -> date:
        return self.starts_on + timedelta(weeks=6)


def first_monday_from(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


TERMS = tuple(
    TermPlan(2 * (year - FIRST_YEAR) + half - 1, year, half, first_monday_from(date(year, 2 if half == 1 else 8, 5)))
    for year in range(FIRST_YEAR, LAST_YEAR + 1)
    for half in (1, 2)
)
# The second half of the last year is running.
CURRENT = TERMS[-1]
