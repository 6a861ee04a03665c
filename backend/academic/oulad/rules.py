"""This file holds the import of the Open University Learning Analytics Dataset.

A module is a course, a presentation a section in a term, an enrollment in a module a registration, an assessment an
assessment, and a score a mark. The source names only the month in which a presentation starts, 2013B February and
2013J October: here it starts on the first of that month. It ends after its length, and every other date is counted
in days from its start.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction

from academic.imports.loads import BadSource
from academic.imports.merging import Merged, begin, clear, merge
from academic.imports.oddities import Oddity
from academic.models import Program, ProgramVersion
from academic.oulad import loading, staging
from academic.oulad.files import CLICKS, LOADED, MATERIALS
from academic.oulad.loading import Place
from academic.oulad.oddities import all_oddities
from academic.oulad.rows import LOADS
from academic.oulad.source import Archive, opened
from academic.programs.rules import add_program_version, open_program
from core.actor import Actor
from core.audit.record import record
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from faculties.departments.rules import open_department
from faculties.faculties.rules import open_faculty
from faculties.institutions.rules import enter_institution
from faculties.models import Department, Faculty, Institution

CREDIT = "Kuzilek J., Hlosta M., Zdrahal Z. (2017) Open University Learning Analytics dataset. CC BY 4.0."
NEEDS = (
    "faculties.add_institution",
    "faculties.add_faculty",
    "faculties.add_department",
    "students.add_student",
    "students.change_student",
    "academic.add_term",
    "academic.change_term",
    "academic.add_program",
    "academic.add_course",
    "academic.add_section",
    "academic.change_section",
    "academic.add_enrollment",
    "academic.change_enrollment",
    "academic.add_registration",
    "academic.change_registration",
    "academic.change_result",
    "academic.add_assessment",
    "academic.change_assessment",
    "academic.add_mark",
    "academic.change_mark",
)
OPEN_UNIVERSITY = {
    "code": "OU",
    "name": "The Open University",
    "type": Institution.Type.UNIVERSITY,
    "time_zone": "Europe/London",
}
MODULES = {"code": "MODULES", "name": "Module study"}
STEPS = len(LOADED) + 1 + len(LOADS) + 1


@dataclass(frozen=True, slots=True)
class Report:
    """What an import found and did. `unused` are the rows of files that have no room here."""

    institution: str
    files: dict[str, int]
    unused: dict[str, int]
    tables: dict[str, Merged]
    oddities: list[Oddity]

    @property
    def inserted(self) -> int:
        return sum(merged.inserted for merged in self.tables.values())

    @property
    def updated(self) -> int:
        return sum(merged.updated for merged in self.tables.values())

    def as_dict(self) -> dict[str, Any]:
        return {"source": CREDIT, **asdict(self)}


def import_oulad(
    actor: Actor, path: Path, *, code: str | None = None, told: Callable[[str], object] = lambda _: None
) -> Report:
    """Load the dataset into one institution: all of it, or nothing. `told` hears what is done next.

    Without a code it is The Open University, which is entered in the register if it is not there. Rows that are there
    are found by their keys: what differs is changed, what is the same is not touched, nothing is removed. Each run
    leaves one entry in the audit log, a run that changes nothing too.
    """
    for permission in NEEDS:
        if not actor.may(permission):
            raise NotAllowed(permission)
    try:
        with opened(path) as archive, transaction.atomic():
            institution = institution_for(actor, code)
            with reaching(institution.pk):
                return load(actor.within(institution.pk), institution, archive, told)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        raise BadSource(f"The database refused a row ({name}). Mend what is there, then import again.") from error


def load(actor: Actor, institution: Institution, archive: Archive, told: Callable[[str], object]) -> Report:
    files = {}
    begin(LOADS)
    for file in LOADED:
        told(file.name)
        files[file.name] = staging.stage(archive, file)
    staging.bring_together()
    told(MATERIALS)
    unused = {name: archive.lines(name) for name in (MATERIALS, CLICKS) if name in archive.members}
    program, version = module_study(actor, institution)
    place = Place(institution.pk, program.department_id, program.pk, version.pk)
    tables = {}
    for rows in LOADS:
        told(rows.name)
        tables[rows.name] = merge(rows, place.known)
    told("oddities")
    loading.settle(place)
    report = Report(institution.code, files, unused, tables, all_oddities())
    clear(LOADS)
    staging.clear()
    record(
        actor,
        "academic.oulad.imported",
        program,
        changes={name: asdict(merged) for name, merged in tables.items() if merged.inserted or merged.updated},
        count=report.inserted + report.updated,
    )
    return report


def institution_for(actor: Actor, code: str | None) -> Institution:
    """The institution that the dataset goes into, held against another import until this one is done."""
    wanted = code or OPEN_UNIVERSITY["code"]
    if not Institution.objects.filter(code=wanted).exists():
        if code is not None:
            raise BadSource(f"There is no institution with the code {code}: enter it, or leave --institution out.")
        enter_institution(actor, **OPEN_UNIVERSITY)
    # Not FOR UPDATE, which would hold up everybody who adds a row to this institution.
    institution = Institution.objects.select_for_update(no_key=True).get(code=wanted)
    if institution.status != Institution.Status.OPEN:
        raise BadSource(f"{institution.name} is {institution.status}: choose an institution that is open.")
    return institution


def module_study(actor: Actor, institution: Institution) -> tuple[Program, ProgramVersion]:
    """The program of those who study single modules, with its first version; opened where there is none."""
    program = Program.objects.filter(institution=institution, code=MODULES["code"]).first()
    if program is None:
        faculty = Faculty.objects.filter(institution=institution, code=MODULES["code"]).first()
        department = Department.objects.filter(institution=institution, code=MODULES["code"]).first()
        if department is None:
            department = open_department(actor, faculty=faculty or open_faculty(actor, **MODULES), **MODULES)
        program = open_program(actor, department=department, **MODULES, level=Program.Level.MODULE_STUDY)
    if program.level != Program.Level.MODULE_STUDY or program.status != Program.Status.ACTIVE:
        raise BadSource(f"The program {program.code} of {institution.name} is not an active one of single modules.")
    active = ProgramVersion.Status.ACTIVE
    version = ProgramVersion.objects.filter(program=program, status=active).order_by("catalog_year").first()
    return program, version or add_program_version(actor, program=program, catalog_year=first_year(), status=active)


def first_year() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(year) FROM oulad_courses")
        year = cursor.fetchone()[0]
    if year is None:
        raise BadSource("courses.csv has no rows: there is nothing to import.")
    return year
