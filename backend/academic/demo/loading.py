"""This file holds how one institution of the demo country is loaded: staged by COPY, then inserted set by set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db import connection

from academic.demo import staging
from academic.demo.people import Population
from academic.demo.structure import Structure
from academic.demo.terms import LAST_YEAR, TERMS
from core.planner import tell_planner

LINES_AT_ONCE = 1000
FILLED = (
    "students_student",
    "academic_enrollment",
    "academic_section",
    "academic_registration",
    "academic_assessment",
    "academic_mark",
)
# Marks of every course up to so many students in the country; of every second, third, ... course above.
STUDENTS_WITH_ALL_MARKS = 100_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows an institution got."""

    students: int = 0
    registrations: int = 0
    marks: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.students + other.students, self.registrations + other.registrations, self.marks + other.marks
        )


def load(
    structure: Structure,
    people: Population,
    count: int,
    *,
    seed: str,
    one_course_in: int,
    told: Callable[[int], object],
) -> Loaded:
    """Save an institution with so many students and all that they did. `told` hears of students as they are made."""
    structure.save()
    stage_structure(structure, one_course_in)
    stage("demo_student", people.rows(count), told)
    known: dict[str, Any] = {
        "institution": structure.institution.pk,
        "seed": crc32(seed.encode()),
        "marked_year": LAST_YEAR,
    }
    with connection.cursor() as cursor:

        def run(*statements: str) -> int:
            for statement in statements:
                cursor.execute(statement, known)
            return cursor.rowcount

        # Without figures about them, the planner sorts what it could join as it comes.
        run("ANALYZE demo_student, demo_term, demo_course, demo_slot")
        students = run(staging.STUDENTS)
        run(staging.PERSON_KEYS, staging.STUDENT_HISTORY, staging.ENROLLMENTS, staging.HISTORY)
        run(staging.FIRST_ATTEMPTS, staging.SECOND_ATTEMPTS)
        run("ANALYZE demo_registration", staging.STAGED_SECTIONS, "ANALYZE demo_section", staging.SECTIONS)
        registrations = run(staging.REGISTRATIONS)
        run(staging.STAGED_ASSESSMENTS, "ANALYZE demo_assessment", staging.ASSESSMENTS)
        marks = run(staging.MARKS)
    tell_planner(*FILLED)
    return Loaded(students, registrations, marks)


def prepare() -> None:
    """The staging tables, for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(staging.CREATE)
        cursor.execute(staging.CHECK_AT_ONCE)


def stage_structure(structure: Structure, one_course_in: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(staging.EMPTY)
    places: dict[UUID, int] = {course.pk: place for place, course in enumerate(structure.courses, 1)}
    stage(
        "demo_course",
        ({"place": place, "id": key, "has_marks": place % one_course_in == 0} for key, place in places.items()),
    )
    stage(
        "demo_term",
        (
            {"place": plan.place, "id": term.pk, "year": plan.year, "half": plan.half,
             "starts_on": plan.starts_on, "ends_on": plan.ends_on}
            for plan, term in zip(TERMS, structure.terms, strict=True)
        ),
    )  # fmt: skip
    stage(
        "demo_slot",
        (
            {"version_id": slot.version, "course": places[slot.course.pk], "year": slot.course.level,
             "half": slot.half, "typical": slot.typical, "credits": slot.course.credits}
            for slot in structure.slots
        ),
    )  # fmt: skip


def stage(table: str, rows: Iterable[dict], told: Callable[[int], object] = lambda _: None) -> None:
    """Fill a staging table with rows of text, none of which holds a tab."""
    rows = iter(rows)
    first = next(rows)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy:
        copy.write(line(first))
        told(1)
        while batch := [line(row) for row in islice(rows, LINES_AT_ONCE)]:
            copy.write("".join(batch))
            told(len(batch))


def line(row: dict) -> str:
    return "\t".join(map(str, row.values())) + "\n"
