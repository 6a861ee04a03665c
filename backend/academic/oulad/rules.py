"""This file holds the import as one change: who may do it, in which institution, and what the audit log keeps of it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

from django.db import connection

from academic.calendar.models import Term
from academic.calendar.rules import add_term, change_term
from academic.courses.models import Course
from academic.courses.rules import add_course
from academic.oulad.loading import Count, load
from academic.oulad.oddities import Oddity, list_oddities
from academic.oulad.references import refuse_unknown_keys
from academic.oulad.source import COURSES, LOADED, Source
from academic.oulad.staging import stage
from academic.programs.models import Program, ProgramVersion
from academic.programs.rules import add_program_version, open_program
from academic.sections.models import Section
from academic.sections.rules import change_section, offer_section
from core.actor import Actor
from core.audit.record import record
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from faculties.departments.rules import open_department
from faculties.faculties.rules import open_faculty
from faculties.models import Department, Faculty, Institution

NEEDS = "academic.import_records"
# What importing makes, through the same rules as anybody: the actor needs these as well.
MAKES = (
    "faculties.add_faculty",
    "faculties.add_department",
    "academic.add_term",
    "academic.change_term",
    "academic.add_program",
    "academic.add_course",
    "academic.add_section",
    "academic.change_section",
)
FIRST_DAY = {"B": (2, 1), "J": (10, 1)}  # the source gives the month a presentation starts in: the first of it is taken
MODULE_STUDY = "MODULES"


def import_oulad(
    actor: Actor, institution: Institution, source: Source, tell: Callable[[int], object]
) -> tuple[dict[str, Count], list[Oddity]]:
    """Bring the dataset into an institution: all of it, or nothing. What changed, by kind of row, and what is odd.

    `tell` hears how many bytes were read. SourceProblem says what in the source can't be imported.
    """
    actor = actor.within(institution.pk)
    if not actor.may(NEEDS):
        raise NotAllowed(NEEDS)
    with reaching(institution.pk):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
        for file in LOADED:
            stage(source, file, tell)
        refuse_unknown_keys()
        oddities = list_oddities(source)
        version = module_study(actor)
        sections, made = offered(actor, version.program)
        counts = {"courses and sections": made, **load(sections, version)}
        changes = {name: asdict(count) for name, count in counts.items() if count != Count()}
        if changes:
            total = sum(sum(change.values()) for change in changes.values())
            record(actor, "academic.oulad.imported", institution, changes=changes, count=total)
    return counts, oddities


def module_study(actor: Actor) -> ProgramVersion:
    """The program of those who study single modules, with the units above it; opened if it is not there."""
    faculty = Faculty.objects.filter(institution=actor.home, code=MODULE_STUDY).first() or open_faculty(
        actor, code=MODULE_STUDY, name="Module study"
    )
    department = Department.objects.filter(institution=actor.home, code=MODULE_STUDY).first() or open_department(
        actor, faculty=faculty, code=MODULE_STUDY, name="Module study"
    )
    program = Program.objects.filter(institution=actor.home, code=MODULE_STUDY).first() or open_program(
        actor, department=department, code=MODULE_STUDY, name="Module study", level=Program.Level.MODULE_STUDY
    )
    return program.versions.first() or add_program_version(actor, program=program, catalog_year=2013)


def offered(actor: Actor, program: Program) -> tuple[list[tuple], Count]:
    """The section of each presentation, as (module, presentation, id, first day), and how many rows were made or changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code_module, code_presentation, module_presentation_length FROM {COURSES.table} ORDER BY 1, 2"
        )
        presentations = [(module, code, *days_of(code, length)) for module, code, length in cursor.fetchall()]
    inserted = updated = 0
    sections = []
    terms = {}
    for code in sorted({code for _, code, _, _ in presentations}):
        first = min(starts for _, other, starts, _ in presentations if other == code)
        last = max(ends for _, other, _, ends in presentations if other == code)
        terms[code], new, changed = term_of(actor, code, first, last)
        inserted, updated = inserted + new, updated + changed
    for module, code, starts_on, ends_on in presentations:
        course = Course.objects.filter(institution=actor.home, code=module).first()
        if course is None:
            course = add_course(actor, program=program, code=module, title=f"Module {module}")
            inserted += 1
        days = {"starts_on": starts_on, "ends_on": ends_on}
        section = Section.objects.filter(institution=actor.home, course=course, term=terms[code], code="1").first()
        if section is None:
            section = offer_section(
                actor, course=course, term=terms[code], code="1", status=Section.Status.FINISHED, **days
            )
            inserted += 1
        elif (section.starts_on, section.ends_on) != (starts_on, ends_on):
            section = change_section(actor, section, **days)
            updated += 1
        sections.append((module, code, section.pk, starts_on))
    return sections, Count(inserted, updated)


def term_of(actor: Actor, code: str, starts_on: date, ends_on: date) -> tuple[Term, int, int]:
    term = Term.objects.filter(institution=actor.home, code=code).first()
    if term is None:
        month = f"{starts_on:%B %Y}"
        term = add_term(
            actor, code=code, name=f"Start {month}", academic_year=starts_on.year, starts_on=starts_on, ends_on=ends_on
        )
        return term, 1, 0
    if (term.starts_on, term.ends_on) != (starts_on, ends_on):
        return change_term(actor, term, starts_on=starts_on, ends_on=ends_on), 0, 1
    return term, 0, 0


def days_of(presentation: str, length: int) -> tuple[date, date]:
    """The first and last day of a presentation such as 2013J that lasts some days."""
    month, day = FIRST_DAY[presentation[-1]]
    starts_on = date(int(presentation[:-1]), month, day)
    return starts_on, starts_on + timedelta(days=length)
