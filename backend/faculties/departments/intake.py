"""This file holds how files of people name a faculty and a department: by name or code, and one not known is opened.

Other data sets are made of these parts: a contract that takes the columns takes the loads and the checks, too.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from core.bulk.columns import Column
from core.bulk.contracts import Check, Derived, Load
from core.texts import folded
from faculties.departments.models import Department
from faculties.faculties.models import Faculty

LONGEST_CODE = 20
NOT_IN_CODES = {"faculty", "school", "department", "of", "and", "the", "for"}


@lru_cache(4096)
def code_of(name: str) -> str:
    """A code for what has only a name: `Faculty of Engineering` is ENGINEERING."""
    words = [word for word in re.findall(r"[a-z0-9]+", folded(name)) if word not in NOT_IN_CODES]
    code = "-".join(words).upper() or "X"
    if len(code) <= LONGEST_CODE:
        return code
    return f"{code[: LONGEST_CODE - 5]}-{hashlib.sha256(name.encode()).hexdigest()[:4]}"


@lru_cache(4096)
def search_of(name: str) -> str:
    return folded(f"{name} {code_of(name)}")


def named(column: str) -> tuple[Derived, Derived]:
    """The code and the search text of something that a column names."""

    def code(row: Mapping[str, Any], _: UUID) -> str | None:
        return code_of(row[column]) if row.get(column) else None

    def search(row: Mapping[str, Any], _: UUID) -> str | None:
        return search_of(row[column]) if row.get(column) else None

    return Derived(name=f"{column}_code", work=code), Derived(name=f"{column}_search", work=search)


FACULTY = Column(
    name="faculty",
    means="The name or the code of the faculty.",
    aliases=("faculty_name", "school"),
    examples=("Faculty of Science",),
)
DEPARTMENT = Column(
    name="department",
    means="The name or the code of the department.",
    aliases=("department_name", "dept"),
    examples=("Computer Science",),
)


def name_for_code(column: str, table: str) -> str:
    """SQL that puts the name where a file has the code."""
    return f"""
    UPDATE staged SET {column} = own.name FROM {table} own
    WHERE own.institution_id = %(institution)s AND own.code = staged.{column}
      AND lower(own.name) <> lower(staged.{column})"""


UNIT_NAMES = (name_for_code("faculty", "faculties_faculty"), name_for_code("department", "faculties_department"))

FACULTIES = Load(
    model=Faculty,
    wanted="""
    SELECT number, faculty AS name, faculty_code, faculty_search FROM staged JOIN (
      SELECT min(number) AS number FROM staged WHERE faculty IS NOT NULL GROUP BY lower(faculty)
    ) first USING (number)""",
    key=(),
    match="lower(own.name) = lower(wanted.name)",
    known="""
    SELECT DISTINCT ON (lower(name)) * FROM faculties_faculty
    WHERE institution_id = %(institution)s AND closed_on IS NULL ORDER BY lower(name), id""",
    given={"name": "wanted.name", "code": "faculty_code", "search_text": "faculty_search"},
)
DEPARTMENTS = Load(
    model=Department,
    wanted="""
    SELECT staged.number, department AS name, department_code, department_search, faculty.id AS faculty_id
    FROM staged JOIN (
      SELECT min(number) AS number FROM staged WHERE department IS NOT NULL GROUP BY lower(faculty), lower(department)
    ) first USING (number) JOIN wanted_faculty faculty ON lower(faculty.name) = lower(staged.faculty)""",
    key=(),
    match="lower(own.name) = lower(wanted.name) AND own.faculty_id = wanted.faculty_id",
    known="""
    SELECT DISTINCT ON (faculty_id, lower(name)) * FROM faculties_department
    WHERE institution_id = %(institution)s AND closed_on IS NULL ORDER BY faculty_id, lower(name), id""",
    given={
        "name": "wanted.name",
        "code": "department_code",
        "search_text": "department_search",
        "faculty_id": "wanted.faculty_id",
    },
)

KNOWN_FACULTY = """
SELECT FROM faculties_faculty own WHERE own.institution_id = %(institution)s AND own.closed_on IS NULL
  AND lower(own.name) = lower(staged.faculty)"""
KNOWN_DEPARTMENT = """
SELECT FROM faculties_department own
JOIN faculties_faculty parent ON parent.institution_id = own.institution_id AND parent.id = own.faculty_id
WHERE own.institution_id = %(institution)s AND own.closed_on IS NULL
  AND lower(own.name) = lower(staged.department) AND lower(parent.name) = lower(staged.faculty)"""


def code_taken(column: str, table: str, known: str) -> Check:
    """Of those that would be opened, those whose code another one has: one that closed, or of another faculty."""
    return Check(
        column=column,
        code="code_taken",
        found=f"""
        WITH new AS (
          SELECT lower(staged.faculty) AS faculty, lower(staged.{column}) AS name, min({column}_code) AS code,
            min(number) AS first
          FROM staged WHERE staged.faculty IS NOT NULL AND staged.{column} IS NOT NULL AND NOT EXISTS ({known})
          GROUP BY 1, 2
        ), taken AS (
          SELECT faculty, name FROM (
            SELECT new.*, row_number() OVER (PARTITION BY code ORDER BY first) AS place FROM new) counted
          WHERE place > 1 OR EXISTS (
            SELECT FROM {table} own WHERE own.institution_id = %(institution)s AND own.code = counted.code)
        )
        SELECT number, staged.{column} FROM staged
        JOIN taken ON taken.faculty = lower(staged.faculty) AND taken.name = lower(staged.{column}) ORDER BY number""",
        words=f"a {column} as it is named here: one of this name is closed, or stands elsewhere",
    )


UNIT_CHECKS = (
    code_taken("faculty", "faculties_faculty", KNOWN_FACULTY),
    code_taken("department", "faculties_department", KNOWN_DEPARTMENT),
    Check(
        column="faculty",
        code="will_be_opened",
        found="""
        SELECT number, faculty FROM staged WHERE faculty IS NOT NULL AND NOT EXISTS (
          SELECT FROM faculties_faculty own WHERE own.institution_id = %(institution)s AND closed_on IS NULL
            AND lower(own.name) = lower(faculty)) ORDER BY number""",
        words="These faculties are not known here, and will be opened. If one is misspelled, correct its rows.",
        is_warning=True,
    ),
    Check(
        column="department",
        code="will_be_opened",
        found="""
        SELECT number, department FROM staged WHERE department IS NOT NULL AND NOT EXISTS (
          SELECT FROM faculties_department own WHERE own.institution_id = %(institution)s AND closed_on IS NULL
            AND lower(own.name) = lower(department)) ORDER BY number""",
        words="These departments are not known here, and will be opened. If one is misspelled, correct its rows.",
        is_warning=True,
    ),
)
