"""This file holds how sections are locked before what hangs on their seats: in the order that verdict.sql states."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.db import connection

from academic.sections.models import Section
from core.records import Record
from students.models import Student

TEXT = Path(__file__).with_name("seats.sql")
END_DUE = "SELECT academic_end_due(%s, %s)"
LET_GO = "SELECT academic_let_go(%s, ARRAY[%s::uuid])"


def hold_sections(institution: UUID, *sections: UUID) -> None:
    """Lock sections with all that meet together with them, and end what is due of their seats."""
    met = Section.objects.filter(institution=institution, pk__in=sections).values("meets_as")
    rows = Section.objects.filter(institution=institution, meets_as__in=met).order_by("pk")
    held = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(END_DUE, [institution, held])


def hold_student_of(row: Record) -> None:
    """Lock the student of a row before the row itself."""
    hold_students(row.institution_id, row.student_id)  # type: ignore[attr-defined]  # rows of a student


def hold_students(institution: UUID, *students: UUID) -> None:
    """Lock students: whatever becomes of one's registrations comes one after the other."""
    rows = Student.objects.filter(institution=institution, pk__in=students).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def hold(institution: UUID, student: UUID, *sections: UUID) -> None:
    """Lock a student, and then sections."""
    hold_students(institution, student)
    hold_sections(institution, *sections)


def hold_section_of(row: Record) -> None:
    """Lock the section of a row before the row itself."""
    hold_sections(row.institution_id, row.section_id)  # type: ignore[attr-defined]  # rows of a section


def hold_whole_of(row: Record) -> None:
    """Lock the section of a row, with its parts, before the row itself."""
    hold_sections(row.institution_id, *with_parts(row.institution_id, row.section_id))  # type: ignore[attr-defined]


def with_parts(institution: UUID, *sections: UUID) -> list[UUID]:
    parts = Section.objects.filter(institution=institution, whole__in=sections).values_list("pk", flat=True)
    return [*sections, *parts]


def hold_together(section: Section) -> None:
    """Lock a section with those that meet together with it, and with the whole that it is a part of."""
    if section.meets_together or section.whole_id:
        hold_sections(section.institution_id, section.pk, *filter(None, [section.whole_id]))


@contextmanager
def offers_put_off() -> Iterator[None]:
    """What is freed inside is offered at the end of it, after what is taken inside."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS section_offers_seats DEFERRED")
        yield
        cursor.execute("SET CONSTRAINTS section_offers_seats IMMEDIATE")


def let_go(section: Section) -> None:
    """Free the seats of parts that were offered with a section, where that offer is over."""
    with connection.cursor() as cursor:
        cursor.execute(LET_GO, [section.institution_id, section.pk])


def held(section: Section) -> Section:
    """A section, locked, with its seats as they are now."""
    hold_sections(section.institution_id, section.pk)
    return Section.objects.get(pk=section.pk)
