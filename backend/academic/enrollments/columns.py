"""This file holds the columns of files about students, and what is worked out from them row by row."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from academic.programs.models import Program
from core.bulk.columns import Choice, Column, Day, Email, Phone, Year
from core.bulk.contracts import Derived
from core.texts import folded
from faculties.departments.intake import DEPARTMENT, FACULTY, named
from students.models import Student

# How the levels of programs begin in their names, the first that fits.
LEVELS = (
    (r"(dphil|phd|doctor)", Program.Level.DOCTORATE),
    (r"(m(sc|a|ba|com|eng|ed|phil|tech|pa|ph)\b|master)", Program.Level.MASTER),
    (r"(pgd|postgraduate diploma)", Program.Level.POSTGRADUATE_DIPLOMA),
    (
        r"(b[a-z]{1,4}\b|bachelor|llb|mbchb)",
        Program.Level.BACHELOR,
    ),
    (r"(hnd|higher national diploma|higher diploma)", Program.Level.HIGHER_DIPLOMA),
    (r"(nd\b|diploma|dip\b)", Program.Level.DIPLOMA),
    (r"(cert|nc\b)", Program.Level.CERTIFICATE),
)


@lru_cache(4096)
def level_of(program: str) -> Program.Level | None:
    """The level that the name of a program begins with; None where it tells none."""
    name = folded(program)
    return next((level for begin, level in LEVELS if re.match(begin, name)), None)


def national_id_index(row: Mapping[str, Any], institution: UUID) -> bytes | None:
    index: Any = Student._meta.get_field("national_id_index")
    return index.digest(row.get("national_id"), institution)


PERSON = (
    Column(
        name="given_names",
        means="Given names, all of them.",
        aliases=("first_name", "first_names", "forenames", "given_name"),
        longest=100,
        sticky=True,
        examples=("Rudo",),
    ),
    Column(
        name="family_name",
        means="The family name.",
        aliases=("last_name", "surname"),
        required=True,
        longest=100,
        sticky=True,
        examples=("Ncube",),
    ),
    Column(
        name="national_id",
        means="The national id, however it is spaced.",
        aliases=("national_id_number", "id_number", "nid"),
        longest=30,
        examples=("63-123456A42",),
    ),
    Choice(
        name="sex",
        means="Female or male, as the student states it.",
        aliases=("gender",),
        values=Student.Sex.values,
        also={"female": ("f", "woman", "girl"), "male": ("m", "man", "boy"), "not_stated": ("unknown", "not stated")},
        examples=("female",),
    ),
)
CONTACT = (
    Day(name="date_of_birth", means="The date of birth.", aliases=("dob", "birth_date"), examples=("2006-05-17",)),
    Email(name="email", means="The e-mail address.", aliases=("email_address",), sticky=True),
    Phone(name="phone", means="The telephone number.", aliases=("mobile", "cell", "phone_number"), sticky=True),
    Column(name="address", means="The home address.", aliases=("home_address",), longest=300, sticky=True),
    Column(
        name="nationality",
        means="The nationality, as two letters of ISO 3166-1.",
        longest=2,
        pattern="[A-Z]{2}",
        pattern_means="two capitals, such as ZW",
        examples=("ZW",),
    ),
    Column(
        name="region",
        means="The home province, as ISO 3166-2 or as its source has it.",
        aliases=("province",),
        longest=60,
    ),
    Column(name="prior_education", means="The highest education before entry.", longest=60, examples=("A level",)),
)
STUDY = (
    FACULTY,
    DEPARTMENT,
    Column(
        name="program",
        means="The name or the code of the program.",
        aliases=("programme", "program_name", "course_of_study", "degree"),
        required=True,
        examples=("BSc Software Engineering",),
    ),
    Choice(
        name="category",
        means="What kind of program it is.",
        aliases=("program_category",),
        values=(
            "stem",
            "humanities",
            "business",
            "education",
            "health",
            "law",
            "social_sciences",
            "agriculture",
            "services",
        ),
        also={"business": ("commerce",), "humanities": ("arts",)},
        unused="The category is not kept: the field of study of the program says it.",
    ),
    Year(
        name="entry_year",
        means="The year in which the student entered.",
        aliases=("enrollment_year", "enrolment_year", "year_of_entry", "intake", "intake_year"),
        required=True,
        examples=("2026",),
    ),
)
DERIVED = (
    *named("faculty"),
    *named("department"),
    *named("program"),
    Derived(name="program_level", work=lambda row, _: level_of(row["program"])),
    Derived(name="national_id_index", work=national_id_index, sql="bytea"),
    Derived(
        name="birth_year",
        work=lambda row, _: row["date_of_birth"].year if row.get("date_of_birth") else None,
        sql="smallint",
    ),
    Derived(name="search_text", work=lambda row, _: folded(f"{row['family_name']} {row.get('given_names') or ''}")),
)
