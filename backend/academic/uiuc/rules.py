"""This file holds the import of what the University of Illinois publishes: its catalog, and the sections of a term."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, transaction

from academic.imports.loads import BadSource, Load
from academic.imports.merging import Merged, begin, clear, merge
from academic.imports.oddities import Oddity
from academic.models import Course
from academic.uiuc import prerequisites
from academic.uiuc.oddities import oddities_of, oddities_of_sections, waived
from academic.uiuc.places import accounts_of, stage_term
from academic.uiuc.rows import COPY_COURSES, STAGE_COURSES, TREES, UNITS_AND_COURSES
from academic.uiuc.sections import FATES, Calendar, SectionRow, sections_of
from academic.uiuc.source import SECTIONS, CourseRow, catalog_in, courses_of, found_in
from academic.uiuc.term import MEETINGS, PLACES, TAUGHT, TERM_LOADS, known_of, let_meet_together
from academic.uiuc.timetable import take_time
from core.actor import Actor
from core.audit.record import record
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from faculties.faculties.rules import open_faculty
from faculties.institutions.rules import enter_institution
from faculties.models import Faculty, Institution

CREDIT = "University of Illinois Urbana-Champaign: public records, no licence stated. Do not hand them on."
NEEDS = (
    "faculties.add_institution",
    "faculties.add_faculty",
    "faculties.add_department",
    "academic.add_program",
    "academic.add_course",
    "academic.change_course",
    "faculties.add_campus",
    "faculties.add_room",
    "users.add_user",
    "academic.add_term",
    "academic.change_term",
    "academic.add_section",
    "academic.change_section",
    "academic.change_meeting",
    "academic.waive_clash",
)
UNIVERSITY = {
    "code": "UIUC",
    "name": "University of Illinois Urbana-Champaign",
    "type": Institution.Type.UNIVERSITY,
    "time_zone": "America/Chicago",
}
CATALOG = {"code": "CATALOG", "name": "Subjects of the catalog"}
LOADS = (*UNITS_AND_COURSES, *TREES)
STEPS = 1 + len(LOADS) + 2 + len(TERM_LOADS) + 2


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: the courses of the catalog, those that only the sections name, and the sections of a term."""

    catalog: Sequence[CourseRow]
    more_courses: Sequence[CourseRow]
    calendar: Calendar | None
    sections_file: str
    sections: Sequence[SectionRow]

    @property
    def courses(self) -> list[CourseRow]:
        return [*self.catalog, *self.more_courses]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import found and did. `files` counts rows, and `rows_of_sections` what became of those of the sections.
    Of the `sentences` that speak of prerequisites, `trees` say all of it, by file.
    """

    institution: str
    files: dict[str, int]
    rows_of_sections: dict[str, int]
    sentences: dict[str, int]
    trees: dict[str, int]
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


def import_uiuc(
    actor: Actor, folder: Path, *, code: str | None = None, told: Callable[[str], object] = lambda _: None
) -> Report:
    """Load the published files into one institution: all of them, or nothing. `told` hears what is done next.

    Without a code it is the University of Illinois, which is entered in the register if it is not there. Rows that are
    there are found by their keys: what differs is changed, what is the same is not touched, nothing is removed. Each
    run leaves one entry in the audit log, a run that changes nothing too.
    """
    for permission in NEEDS:
        if not actor.may(permission):
            raise NotAllowed(permission)
    told("files")
    source = source_in(folder)
    try:
        with transaction.atomic():
            institution = institution_for(actor, code)
            with reaching(institution.pk):
                return load(actor.within(institution.pk), institution, source, told)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        raise BadSource(f"The database refused a row ({name}). Mend what is there, then import again.") from error


def source_in(folder: Path) -> Source:
    """The files of a folder, read and judged: a catalog, and the sections of one term if they are there."""
    path = catalog_in(folder)
    catalog = courses_of(path)
    if not catalog:
        raise BadSource(f"{path.name} has no rows: there is nothing to import.")
    published = found_in(folder, SECTIONS)
    if published is None:
        return Source(catalog, (), None, "", ())
    known = {course.code for course in catalog}
    more = [course for course in courses_of(published) if course.code not in known]
    calendar, sections = sections_of(published)
    return Source(catalog, more, calendar, published.name, sections)


def load(actor: Actor, institution: Institution, source: Source, told: Callable[[str], object]) -> Report:
    known: dict[str, Any] = {"institution": institution.pk, "faculty": faculty_for(actor, institution).pk}
    tables: dict[str, Merged] = {}

    def merge_all(loads: Sequence[Load]) -> None:
        for rows in loads:
            told(rows.name)
            tables[rows.name] = merge(rows, known)

    begin((*LOADS, *TERM_LOADS))
    stage(source.courses)
    merge_all(UNITS_AND_COURSES)
    told("prerequisites")
    codes = set(Course.objects.filter(institution=institution).values_list("code", flat=True))
    understood, kept = prerequisites.read(source.courses, codes)
    understood, circles = prerequisites.without_circles(institution.pk, understood)
    kept += circles
    prerequisites.stage(institution.pk, understood)
    merge_all(TREES)
    if source.calendar:
        known |= known_of(source.calendar)
        accounts, tables["accounts"] = accounts_of(name for one in source.sections for name in one.lecturers)
        stage_term(source.calendar, source.sections, accounts)
        merge_all((*PLACES, *TAUGHT))
        let_meet_together(known)
        merge_all((MEETINGS,))
        told("timetable")
        waivers = take_time(institution.pk)
        tables["waivers"] = Merged(waivers, waivers, 0)

    told("oddities")
    fates = Counter(fate for one in source.sections for fate in one.fates)
    report = Report(
        institution.code,
        files={source.catalog[0].file: len(source.catalog)} | ({source.sections_file: fates.total()} if fates else {}),
        rows_of_sections={fate: fates[fate] for fate in FATES if fates[fate]},
        sentences=dict(Counter(one.file for one in source.courses if one.prerequisite)),
        trees=dict(Counter(one.course.file for one in understood)),
        tables=tables,
        oddities=[
            *oddities_of(source.courses),
            *prerequisites.told(kept),
            *prerequisites.different(institution.pk),
            *oddities_of_sections(source.sections_file, source.more_courses, source.calendar, source.sections),
            *(waived(institution.pk, source.sections_file) if source.calendar else ()),
        ],
    )
    clear((*LOADS, *(TERM_LOADS if source.calendar else ())))
    record(
        actor,
        "academic.uiuc.imported",
        institution,
        changes={name: asdict(merged) for name, merged in tables.items() if merged.inserted or merged.updated},
        count=report.inserted + report.updated,
    )
    return report


def stage(courses: Sequence[CourseRow]) -> None:
    """The courses where the loads find them."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.uiuc_courses")
        cursor.execute(STAGE_COURSES)
        with cursor.copy(COPY_COURSES) as copy:
            for one in courses:
                copy.write_row(
                    (
                        one.file, one.line, one.subject, one.code, one.title, one.credits, one.credits_up_to, one.level,
                        one.description, one.prerequisite, one.search_text,
                    )
                )  # fmt: skip
        cursor.execute("ANALYZE uiuc_courses")


def institution_for(actor: Actor, code: str | None) -> Institution:
    """The institution that the files go into, held against another import until this one is done."""
    wanted = code or UNIVERSITY["code"]
    if not Institution.objects.filter(code=wanted).exists():
        if code is not None:
            raise BadSource(f"There is no institution with the code {code}: enter it, or leave --institution out.")
        enter_institution(actor, **UNIVERSITY)
    # Not FOR UPDATE, which would hold up everybody who adds a row to this institution.
    institution = Institution.objects.select_for_update(no_key=True).get(code=wanted)
    if institution.status != Institution.Status.OPEN:
        raise BadSource(f"{institution.name} is {institution.status}: choose an institution that is open.")
    return institution


def faculty_for(actor: Actor, institution: Institution) -> Faculty:
    """The faculty of the departments that are new: the source does not say which college a subject belongs to."""
    known = Faculty.objects.filter(institution=institution, code=CATALOG["code"]).first()
    return known or open_faculty(actor, **CATALOG)
