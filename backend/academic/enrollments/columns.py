"""This file holds the columns of files about students, and what is worked out from them row by row."""

import re
from functools import lru_cache

from academic.programs.models import Program
from core.bulk.columns import Choice, Column, Year
from core.bulk.contracts import Derived
from core.bulk.persons import (
    ADDRESS,
    DATE_OF_BIRTH,
    EMAIL,
    FAMILY_NAME,
    GIVEN_NAMES,
    NATIONAL_ID,
    NATIONALITY,
    PHONE,
    derived_of,
    sex,
)  # fmt: skip
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


PERSON = (GIVEN_NAMES, FAMILY_NAME, NATIONAL_ID, sex(Student.Sex.values))
CONTACT = (
    DATE_OF_BIRTH,
    EMAIL,
    PHONE,
    ADDRESS,
    NATIONALITY,
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
    *derived_of(Student),
)
