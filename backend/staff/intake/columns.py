"""This file holds the columns of files about staff, and what is worked out from them row by row."""

import re
from decimal import Decimal
from functools import lru_cache

from core.bulk.columns import Choice, Column, Day, Number
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
from staff.contracts.models import Activity, ContractKind
from staff.members.models import Member
from staff.qualifications.models import Qualification

Level = Qualification.Level
# How awards begin, the first that fits; and what is employed to do who holds a post of such a name.
LEVELS = (
    (r"(dphil|phd|ph\.d|doctor|dsc|edd)", Level.DOCTORATE),
    (r"(m(sc|a|ba|com|eng|ed|phil|tech|pa|ph)\b|master|postgraduate|pgd|pgce)", Level.MASTER),
    (r"(honours|b[a-z]{1,4}\b|bachelor|degree|llb|mbchb)", Level.BACHELOR),
    (r"(hnd|nd\b|higher|national|diploma|dip\b)", Level.SHORT_CYCLE),
    (r"(cert|nc\b)", Level.POST_SECONDARY),
)
ACTIVITIES = (
    (r"(.*research)", Activity.RESEARCH),
    (r"(tutor|teaching|instructor|demonstrator)", Activity.TEACHING),
    (r"(.*lecturer|.*professor|dean\b)", Activity.TEACHING_AND_RESEARCH),
    (r"(admin|clerk|secretary|bursar|registrar|librarian|technician|accountant|driver|other)", Activity.OTHER),
)


@lru_cache(4096)
def level_of(award: str) -> int | None:
    """The level of ISCED 2011 that an award begins with; None where it tells none."""
    name = folded(award)
    return next((level.value for begin, level in LEVELS if re.match(begin, name)), None)


@lru_cache(4096)
def activity_of(position: str) -> str | None:
    """What somebody in a position is employed to do; None where its name leaves that open, as "Assistant" does."""
    name = folded(position)
    return next((activity.value for begin, activity in ACTIVITIES if re.match(begin, name)), None)


COLUMNS = (
    Column(
        name="employee_number",
        means="The employee number.",
        aliases=("employee_id", "employee_no", "staff_number", "staff_id", "staff_no", "number", "ec_number"),
        required=True,
        longest=30,
        examples=("STF-2024-1855",),
    ),
    Column(name="title", means="How the person is addressed.", longest=30, examples=("Dr",)),
    GIVEN_NAMES,
    FAMILY_NAME,
    sex(Member.Sex.values),
    EMAIL,
    PHONE,
    NATIONAL_ID,
    DATE_OF_BIRTH,
    ADDRESS,
    NATIONALITY,
    FACULTY,
    DEPARTMENT,
    Column(
        name="position",
        means="The post, as the institution calls it.",
        aliases=("job_title", "post", "rank"),
        longest=60,
        sticky=True,
        examples=("Senior Lecturer",),
    ),
    Choice(
        name="contract_kind",
        means="How the person is employed, by the first contract; permanent unless it says otherwise.",
        aliases=("contract", "contract_type", "employment_type"),
        values=[kind.value for kind in ContractKind if kind != ContractKind.FIXED_TERM],
        also={"permanent": ("full time", "tenured"), "visiting": ("guest",)},
        examples=("permanent",),
    ),
    Number(
        name="fte",
        means="The share of a full post, by the first contract; a full one unless it says otherwise.",
        aliases=("share", "full_time_equivalent"),
        lowest=Decimal("0.01"),
        highest=Decimal(1),
        examples=("1", "0.5"),
    ),
    Column(
        name="qualification",
        means="The highest award that the person holds.",
        aliases=("highest_qualification", "award"),
        longest=120,
        examples=("PhD", "MSc Physics"),
    ),
    Column(
        name="specialization",
        means="What the person is an expert in.",
        aliases=("specialisation", "expertise", "field"),
        sticky=True,
        examples=("Analytical chemistry",),
    ),
    Day(
        name="joined_on",
        means="The day on which the person joined.",
        aliases=("date_joined", "joined", "start_date", "date_of_appointment"),
        required=True,
        examples=("2024-01-08",),
    ),
)
DERIVED = (
    *named("faculty"),
    *named("department"),
    Derived(name="activity", work=lambda row, _: activity_of(row["position"]) if row.get("position") else None),
    Derived(
        name="qualification_level",
        work=lambda row, _: level_of(row["qualification"]) if row.get("qualification") else None,
        sql="smallint",
    ),
    *derived_of(Member),
)
