"""This file holds how an institution of the demo country is built: units, programs, courses and terms."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from academic.demo.calendar import holidays_of, semesters_of, windows_of, years_of
from academic.demo.catalog import FACULTIES, Award, DepartmentPlan, Level
from academic.demo.courses import GENERAL, LONG_CREDITS, CoursePlan, courses_of
from academic.demo.register import Entry
from academic.models import Course, Holiday, Prerequisite, Program, ProgramCourse, ProgramVersion, Term, Window
from faculties.models import Department, Faculty, Institution

STUDENTS_PER_PROGRAM = 40
OPENED_IF_UNKNOWN = 2000
# Fields in which courses are passed by fewer: ISCED broad field -> points off the typical mark.
HARDER = {"05": 3, "06": 2, "07": 4, "09": 1}


@dataclass(frozen=True, slots=True)
class Offer:
    """A program that students choose: its versions by catalog year, its home, its length, how many choose it."""

    program: Program
    award: Award
    versions: dict[int, UUID]
    share: float

    def version_in(self, year: int) -> UUID:
        return self.versions[max(catalog for catalog in self.versions if catalog <= year)]


@dataclass(frozen=True, slots=True)
class Slot:
    """One course of one version, taken in one half of one year of study, and the mark that is typical there."""

    version: UUID
    course: Course
    half: int
    typical: int


@dataclass(slots=True)
class Structure:
    """What an institution teaches, as its students need to know it."""

    institution: Institution
    chance: Random
    offers: list[Offer] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    faculties: list[Faculty] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    years: list[Term] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    holidays: list[Holiday] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    versions: list[ProgramVersion] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    uses: list[ProgramCourse] = field(default_factory=list)
    prerequisites: list[Prerequisite] = field(default_factory=list)

    def save(self) -> None:
        """Write all of it."""
        parents_first: tuple[list[Any], ...] = (
            self.faculties,
            self.departments,
            self.years,
            self.terms,
            self.holidays,
            self.windows,
            [offer.program for offer in self.offers],
            self.versions,
            self.courses,
            self.uses,
            self.prerequisites,
        )
        for rows in filter(None, parents_first):
            type(rows[0]).objects.bulk_create(rows, batch_size=1000)


def build(institution: Institution, entry: Entry, students: int, chance: Random) -> Structure:
    """Plan an institution for so many students: all its units, and as many programs as they fill. Nothing is saved."""
    structure = Structure(institution, chance)
    years = years_of(institution)
    structure.years, structure.terms = list(years.values()), semesters_of(institution, years)
    structure.holidays = holidays_of(institution)
    structure.windows = windows_of(institution, structure.terms)
    homes = open_units(structure, entry)
    general: dict[tuple[UUID, str], Course] = {}
    for plan, award in programs_in_order(entry)[: max(1, students // STUDENTS_PER_PROGRAM)]:
        open_program(structure, homes[plan.code], plan, award, general)
    return structure


def open_units(structure: Structure, entry: Entry) -> dict[str, Department]:
    """The faculties and departments, the latter by code."""
    homes, institution, first = {}, structure.institution, entry.established or OPENED_IF_UNKNOWN
    for code in entry.faculties:
        plan = FACULTIES[code]
        faculty = Faculty(institution=institution, code=code, name=plan.name, opened_on=date(first, 1, 1))
        structure.faculties.append(faculty)
        for one in plan.departments:
            opened = date(structure.chance.randint(first, max(first, min(first + 25, 2019))), 1, 1)
            homes[one.code] = Department(
                institution=institution,
                faculty=faculty,
                code=one.code,
                name=f"Department of {one.name}",
                opened_on=opened,
            )
    structure.departments = list(homes.values())
    return homes


def programs_in_order(entry: Entry) -> list[tuple[DepartmentPlan, Award]]:
    """What is opened first: the first award of the first department of each faculty, then of the second, and so on."""
    ranked = [
        ((rank, place, number), department, award)
        for number, code in enumerate(entry.faculties)
        for place, department in enumerate(FACULTIES[code].departments)
        for rank, award in enumerate(department.awards)
    ]
    return [(department, award) for _, department, award in sorted(ranked, key=lambda one: one[0])]


def open_program(
    structure: Structure, home: Department, plan: DepartmentPlan, award: Award, general: dict[tuple[UUID, str], Course]
) -> None:
    """A program with its versions and courses. General courses belong to the first program of a faculty."""
    institution = structure.institution
    program = Program(
        institution=institution, department=home, code=f"{award.letter}{plan.code}",
        name=award.title.format(plan.name), level=award.level, field_of_study=plan.field, duration_years=award.years,
    )  # fmt: skip
    own: dict[tuple[UUID, str], Course] = {}
    codes = course_codes()
    ease = structure.chance.gauss(62, 2) - HARDER.get(plan.field[:2], 0) + (4 if award.level == Level.MASTER else 0)
    versions = {}
    for year in GENERAL:
        courses = courses_of(award, plan, year)
        version = ProgramVersion(
            institution=institution,
            program=program,
            catalog_year=year,
            credits_required=sum(one.credits for one in courses),
        )
        versions[year] = version.pk
        structure.versions.append(version)
        for one in courses:
            shelf = general if one.is_general else own
            key = (home.faculty_id, one.title)
            if key not in shelf:
                code = next(codes[one.year, one.half])
                shelf[key] = add_course(structure, program, one, f"{program.code}{one.year}{one.half}{code}")
                if one.requires:
                    before = own[home.faculty_id, one.requires]
                    structure.prerequisites.append(
                        Prerequisite(institution=institution, course=shelf[key], requires=before)
                    )
            use_course(structure, version, shelf[key], one, ease)
    structure.offers.append(Offer(program, award, versions, award.share * structure.chance.uniform(0.6, 1.6)))


def course_codes() -> dict[tuple[int, int], Iterator[int]]:
    """The next number of a course code in a year and half."""
    return defaultdict(lambda: iter(range(1, 100)))


def add_course(structure: Structure, program: Program, plan: CoursePlan, code: str) -> Course:
    course = Course(
        institution=structure.institution,
        program=program,
        code=code,
        title=plan.title,
        credits=plan.credits,
        level=plan.year,
    )
    structure.courses.append(course)
    return course


def use_course(structure: Structure, version: ProgramVersion, course: Course, plan: CoursePlan, ease: float) -> None:
    """Put a course into a version. Practice and dissertations are passed by nearly all."""
    typical = ease + structure.chance.gauss(0, 3) + (6 if plan.credits == LONG_CREDITS else 0)
    structure.uses.append(
        ProgramCourse(
            institution=structure.institution, program_version=version, course=course, year_of_study=plan.year
        )
    )
    structure.slots.append(Slot(version.pk, course, plan.half, round(typical)))
