"""This file holds the calendar of an institution of the demo country: years, semesters, holidays and windows."""

from collections.abc import Iterator
from datetime import date, timedelta

from academic.demo.terms import CURRENT, FIRST_YEAR, LAST_YEAR, TERM_DAYS, TERMS, first_monday_from
from academic.models import Holiday, Term, Window
from faculties.models import Institution

DAY, SUNDAY = timedelta(days=1), 6
EASTER = {2023: date(2023, 4, 9), 2024: date(2024, 3, 31), 2025: date(2025, 4, 20), 2026: date(2026, 4, 5)}
FIXED = (
    ("New Year's Day", 1, 1),
    ("National Youth Day", 2, 21),
    ("Independence Day", 4, 18),
    ("Workers' Day", 5, 1),
    ("Africa Day", 5, 25),
    ("Unity Day", 12, 22),
    ("Christmas Day", 12, 25),
    ("Boxing Day", 12, 26),
)
# Days from the first of a section, both included; who comes late may still register as long as a semester lasts.
WINDOWS = {
    Window.Kind.REGISTER: (-28, TERM_DAYS),
    Window.Kind.ADD: (-28, TERM_DAYS),
    Window.Kind.DROP: (-28, 6 * 7),
    Window.Kind.WITHDRAW: (6 * 7 + 1, TERM_DAYS),
    Window.Kind.RESULTS: (TERM_DAYS - 14, TERM_DAYS + 21),
}


def years_of(institution: Institution) -> dict[int, Term]:
    """The academic years by number: those of the calendar."""
    return {
        year: Term(
            institution=institution, kind=Term.Kind.YEAR, code=str(year), name=f"Year {year}", academic_year=year,
            starts_on=date(year, 1, 1), ends_on=date(year, 12, 31),
        )
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
    }  # fmt: skip


def semesters_of(institution: Institution, years: dict[int, Term]) -> list[Term]:
    """The semesters, in the order of TERMS."""
    return [
        Term(
            institution=institution, parent=years[plan.year], code=plan.code, name=plan.name, academic_year=plan.year,
            starts_on=plan.starts_on, ends_on=plan.ends_on, census_on=plan.census_on,
        )
        for plan in TERMS
    ]  # fmt: skip


def holidays_of(institution: Institution) -> list[Holiday]:
    """The public holidays of Zimbabwe."""
    return [
        Holiday(institution=institution, name=name, starts_on=day, ends_on=day)
        for year in EASTER
        for name, day in public_holidays(year)
    ]


def windows_of(institution: Institution, semesters: list[Term]) -> list[Window]:
    """Those of the semester that runs: registration is open in it."""
    running = semesters[CURRENT.place]
    return [
        Window(institution=institution, term=running, kind=kind, opens_after=opens, closes_after=closes)
        for kind, (opens, closes) in WINDOWS.items()
    ]


def public_holidays(year: int) -> Iterator[tuple[str, date]]:
    """The days by name, as the law has them: where one is a Sunday, the Monday is one too."""
    for name, month, number in FIXED:
        day = date(year, month, number)
        yield name, day
        if day.weekday() == SUNDAY:
            yield f"{name} (observed)", day + DAY
    for name, after in (("Good Friday", -2), ("Easter Saturday", -1), ("Easter Monday", 1)):
        yield name, EASTER[year] + after * DAY
    heroes = first_monday_from(date(year, 8, 8))  # the second of the month
    yield "Heroes' Day", heroes
    yield "Defence Forces Day", heroes + DAY
