"""This file holds what each file of the dataset must be: its columns, its key, and where its rows are staged.

What is declared here becomes constraints of a temporary table, so that PostgreSQL judges each line while it reads it.
"""

from dataclasses import dataclass

LONGEST_WAIT = 3660  # days: ten years


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its type and limit in SQL, and the same in words."""

    name: str
    type: str
    words: str
    limit: str = ""
    is_required: bool = True

    @property
    def definition(self) -> str:
        limit = f" CONSTRAINT {self.name} CHECK ({self.limit})" if self.limit else ""
        return f"{self.name} {self.type}{' NOT NULL' if self.is_required else ''}{limit}"

    @property
    def must_be(self) -> str:
        return f"{self.name} must be {self.words}" + ("" if self.is_required else ", or empty")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that is loaded. `derived` columns are worked out from the others."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    derived: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def definition(self) -> str:
        """The staging table. No valid row has a line break inside, so `line` is that of the file; 1 is its header."""
        columns = ", ".join(
            [
                "line bigint GENERATED ALWAYS AS IDENTITY (START 2)",
                *(column.definition for column in self.columns),
                *self.derived,
                f"UNIQUE ({', '.join(self.key)})",
            ]
        )
        return f"CREATE TEMP TABLE {self.table} ({columns}) ON COMMIT DROP"


def text(name: str, longest: int = 60) -> Column:
    return Column(name, "text", f"a text of 1 to {longest} characters", f"{name} ~ '^[^[:cntrl:]]{{1,{longest}}}$'")


def choice(name: str, *values: str) -> Column:
    listed = ", ".join(f"'{value}'" for value in values)
    return Column(name, "text", f"one of {', '.join(values)}", f"{name} IN ({listed})")


def whole(name: str, lowest: int, highest: int, *, is_required: bool = True) -> Column:
    words = f"a whole number from {lowest:,} to {highest:,}"
    return Column(name, "bigint", words, f"{name} BETWEEN {lowest} AND {highest}", is_required)


def number(name: str, highest: int, digits: int, *, is_required: bool = True) -> Column:
    """A number from 0 up. Digits that could not be kept are refused, never rounded away."""
    words = f"a number from 0 to {highest:,} with at most {digits} decimals"
    limit = f"{name} BETWEEN 0 AND {highest} AND {name} = round({name}, {digits})"
    return Column(name, "numeric", words, limit, is_required)


def days(name: str) -> Column:
    """A date, as days from the start of the presentation; negative before it."""
    return whole(name, -LONGEST_WAIT, LONGEST_WAIT, is_required=False)


def key_of(table: str) -> tuple[Column, Column]:
    """Module and presentation where courses.csv says which there are."""
    words = f"a {{}} of {table}"
    return (
        Column("code_module", "text", words.format("module")),
        Column("code_presentation", "text", words.format("presentation")),
    )


PRESENTATION = ("code_module", "code_presentation")
STUDENT = whole("id_student", 0, 10**15)
ASSESSMENT = whole("id_assessment", 0, 10**15)
FEBRUARY, OCTOBER = 2, 10

COURSES = SourceFile(
    "courses.csv",
    "oulad_courses",
    PRESENTATION,
    (
        Column("code_module", "text", "1 to 14 letters, digits or hyphens", "code_module ~ '^[A-Za-z0-9-]{1,14}$'"),
        Column(
            "code_presentation",
            "text",
            "a year, then B (February) or J (October), such as 2013J",
            "code_presentation ~ '^(19|20|21)[0-9]{2}[BJ]$'",
        ),
        whole("module_presentation_length", 1, LONGEST_WAIT),
    ),
    (
        "year int GENERATED ALWAYS AS (left(code_presentation, 4)::int) STORED",
        "starts_on date GENERATED ALWAYS AS (make_date(left(code_presentation, 4)::int,"
        f" CASE right(code_presentation, 1) WHEN 'B' THEN {FEBRUARY} ELSE {OCTOBER} END, 1)) STORED",
    ),
)
ASSESSMENTS = SourceFile(
    "assessments.csv",
    "oulad_assessments",
    ("id_assessment",),
    (
        *key_of(COURSES.name),
        ASSESSMENT,
        choice("assessment_type", "TMA", "CMA", "Exam"),
        days("date"),
        number("weight", 100, 2),
    ),
)
INFO = SourceFile(
    "studentInfo.csv",
    "oulad_info",
    (*PRESENTATION, "id_student"),
    (
        *key_of(COURSES.name),
        STUDENT,
        choice("gender", "F", "M"),
        text("region"),
        text("highest_education"),
        Column(
            "imd_band", "text", "a band such as 20-30%", "imd_band ~ '^[0-9]{1,2}-[0-9]{1,3}%?$'", is_required=False
        ),
        choice("age_band", "0-35", "35-55", "55<="),
        whole("num_of_prev_attempts", 0, 1000),
        number("studied_credits", 9999, 1),
        choice("disability", "Y", "N"),
        choice("final_result", "Distinction", "Pass", "Fail", "Withdrawn"),
    ),
)
REGISTRATIONS = SourceFile(
    "studentRegistration.csv",
    "oulad_registrations",
    (*PRESENTATION, "id_student"),
    (*key_of(COURSES.name), STUDENT, days("date_registration"), days("date_unregistration")),
)
MARKS = SourceFile(
    "studentAssessment.csv",
    "oulad_marks",
    ("id_assessment", "id_student"),
    (
        ASSESSMENT,
        STUDENT,
        days("date_submitted"),
        Column("is_banked", "boolean", "0 or 1"),
        number("score", 100, 2, is_required=False),
    ),
)
LOADED = (COURSES, ASSESSMENTS, INFO, REGISTRATIONS, MARKS)

# Materials of the online course and the clicks on them: there is no room here for either. The clicks may be left out.
MATERIALS, CLICKS = "vle.csv", "studentVle.csv"
