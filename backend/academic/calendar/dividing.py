"""This file holds how the terms of a year are made from a structure: semesters, trimesters, quarters, or blocks."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

from academic.calendar.models import Term
from academic.calendar.rules import settled
from academic.calendar.weeks import WEEK, holidays_between, monday_of, weeks_from
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule

MOST_PARTS, MOST_WEEKS = 12, 52
BLOCKS = "block_release"
LONGEST_CODE = Term._meta.get_field("code").max_length or 0


@dataclass(frozen=True, slots=True)
class Structure:
    """How a year is divided; `weeks` are the teaching weeks of each part, and `gap_weeks` lie between two."""

    word: str
    parts: int
    weeks: int
    gap_weeks: int
    census_week: int


STRUCTURES = {
    "semesters": Structure("Semester", parts=2, weeks=16, gap_weeks=6, census_week=6),
    "trimesters": Structure("Trimester", parts=3, weeks=13, gap_weeks=3, census_week=4),
    "quarters": Structure("Quarter", parts=4, weeks=10, gap_weeks=2, census_week=3),
    BLOCKS: Structure("Block", parts=4, weeks=6, gap_weeks=6, census_week=2),
}


@rule("academic.year.divided", needs="academic.add_term", bulk=True)
def divide_year(
    actor: Actor,
    year: Term,
    *,
    structure: str,
    parts: int | None = None,
    weeks: int | None = None,
    gap_weeks: int | None = None,
    census_week: int | None = None,
) -> list[Term]:
    """Make the terms of a year, in whole weeks from its first Monday on; what is not said is usual for the structure.

    Weeks in a break are passed over: a term has its teaching weeks, whatever holidays lie in it.
    """
    if year.kind != Term.Kind.YEAR:
        raise RuleBroken("not_a_year", f"{year.code} is no year: only a year is divided.")
    if year.parts.exists():
        raise RuleBroken("already_divided", f"{year.code} has terms: it is divided once.")
    if len(year.code) > LONGEST_CODE - len(f"-{MOST_PARTS}"):
        words = f"The terms are called {year.code}-1 and so on, which is too long: give the year a shorter code first."
        raise RuleBroken("code_too_long", words)
    if parts and structure != BLOCKS:
        words = f"A year has {STRUCTURES[structure].parts} {structure}: say how many for {BLOCKS} only."
        raise RuleBroken("parts_are_fixed", words, field="parts")
    said: dict[str, Any] = {"parts": parts, "weeks": weeks, "gap_weeks": gap_weeks, "census_week": census_week}
    plan = replace(STRUCTURES[structure], **{name: value for name, value in said.items() if value is not None})
    if plan.census_week > plan.weeks:
        raise RuleBroken("census_outside", f"The census lies in one of the {plan.weeks} weeks.", field="census_week")
    return [settled(term) for term in planned(year, plan)]


def planned(year: Term, plan: Structure) -> list[Term]:
    """The terms, not saved yet, all of them within the year."""
    holidays = holidays_between(year.institution_id, year.starts_on, year.ends_on)
    terms, monday = [], monday_of(year.starts_on + timedelta(days=6))
    for number in range(1, plan.parts + 1):
        taught = list(islice((week for week in weeks_from(monday, holidays) if week.number), plan.weeks))
        ends_on = taught[-1].ends_on
        terms.append(
            Term(
                institution_id=year.institution_id,
                parent=year,
                track=year.track,
                code=f"{year.code}-{number}",
                name=f"{plan.word} {number} of {year.academic_year}",
                academic_year=year.academic_year,
                starts_on=taught[0].starts_on,
                ends_on=ends_on,
                census_on=taught[plan.census_week - 1].starts_on,
            )
        )
        monday = ends_on + timedelta(days=1) + plan.gap_weeks * WEEK
    refuse_too_long(year, plan, terms[-1].ends_on)
    return terms


def refuse_too_long(year: Term, plan: Structure, ends_on: date) -> None:
    if ends_on > year.ends_on:
        words = (
            f"{plan.parts} times {plan.weeks} teaching weeks with {plan.gap_weeks} weeks between them last until"
            f" {ends_on}; the year ends on {year.ends_on}."
        )
        raise RuleBroken("longer_than_the_year", words, field="weeks")
