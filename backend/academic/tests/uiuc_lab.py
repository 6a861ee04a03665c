"""This file holds what tests of the Illinois import begin with: a small catalog as it is published, and a run."""

import csv
import lzma
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from academic.models import (
    Course,
    Meeting,
    MeetingWaiver,
    Occurrence,
    Prerequisite,
    Program,
    Requisite,
    RequisiteCourse,
    Section,
    Teaching,
    Term,
)
from academic.uiuc.rules import NEEDS, Report, import_uiuc
from core.actor import Actor
from core.tenancy.scope import reaching
from faculties.models import Booking, Building, Department, Institution, Room

KEPT = (
    Department, Program, Course, Requisite, RequisiteCourse, Prerequisite, Building, Room, Term, Section, Teaching,
    Meeting, MeetingWaiver, Occurrence, Booking,
)  # fmt: skip
HEADER = (
    "Year", "Term", "YearTerm", "Subject", "Number", "Name", "Description", "Credit Hours", "Section Info",
    "Degree Attributes", "Schedule Information",
)  # fmt: skip


def course(code: str, name: str = "", hours: str = "3 hours.", says: str = "") -> dict[str, str]:
    """One row of a catalog; `says` is its description."""
    subject, number = code.split()
    said = {"Year": "2019", "Term": "Fall", "YearTerm": "2019-fa", "Subject": subject, "Number": number}
    return said | {"Name": name or f"On {code}", "Description": says, "Credit Hours": hours}


def needs(text: str) -> str:
    return f"About things. Prerequisite: {text}"


CATALOG = (
    course("CS 125", "Intro to &amp; into CS"),
    course("CS 173", "Discrete Structures", says=needs("CS 125.")),
    course("CS 225", "Data Structures", "4 hours.", needs("CS 125; one of CS 173 or MATH 213.")),
    course("CS 374", "Algorithms", "3 OR 4 hours.", needs("CS 225; credit or concurrent registration in MATH 213.")),
    course("CS 591", "Seminar", "0 TO 4 hours.", needs("CS 225 or equivalent.")),
    course("MATH 2", "Algebra", "1.5 hours."),
    course("MATH 213", "Discrete Math", says=needs("Credit or concurrent registration in CS 125.")),
)


SECTION_HEADER = (
    *HEADER, "CRN", "Section", "Status Code", "Part of Term", "Section Title", "Section Credit Hours", "Section Status",
    "Enrollment Status", "Type", "Type Code", "Start Time", "End Time", "Days of Week", "Room", "Building",
    "Instructors",
)  # fmt: skip


def section(crn: str, code: str, when: str = "ARRANGED", where: str = "", **more: str) -> dict[str, str]:
    """One row of sections. `when` is such as "MW 09:00 AM 09:50 AM", and `where` such as "106 Engineering Hall"."""
    days, _, hours = when.partition(" ") if when != "ARRANGED" else ("", "", "ARRANGED")
    room, _, building = where.partition(" ")
    return {
        **course(code),
        "YearTerm": "2025-su",
        "CRN": crn,
        "Section": "A",
        "Status Code": "A",
        "Part of Term": "S2",
        "Type": "Lecture",
        "Start Time": hours[:8],
        "End Time": hours[9:],
        "Days of Week": days,
        "Room": room,
        "Building": building,
        **more,
    }


def written(folder: Path, name: str, header: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Path:
    """A file as it is published, in its folder."""
    with lzma.open(folder / name, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, tuple(header), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def catalog(folder: Path, rows: Iterable[Mapping[str, str]] = CATALOG) -> Path:
    return written(folder, "catalogue_2019-fa.csv.xz", HEADER, rows)


def sections(folder: Path, *rows: Mapping[str, str]) -> Path:
    return written(catalog(folder), "sections_2025-su.csv.xz", SECTION_HEADER, rows)


def imported(folder: Path) -> Report:
    return import_uiuc(Actor.system("import_uiuc", *NEEDS), folder)


def run(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_uiuc", str(folder), *options, stdout=out)
    return out.getvalue()


def illinois() -> Institution:
    return Institution.objects.get(code="UIUC")


def stored() -> dict[str, list[tuple]]:
    """Every row that an import keeps, whole."""
    with reaching(*Institution.objects.values_list("pk", flat=True)):
        return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in (*KEPT, Institution)}


def counts(report: Report) -> dict[str, int]:
    return {oddity.kind: oddity.count for oddity in report.oddities}
