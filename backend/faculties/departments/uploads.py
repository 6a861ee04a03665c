"""This file holds what a file of departments looks like, and what it becomes."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from core.bulk.columns import Column, Day
from core.bulk.contracts import Check, Contract, Derived, Ending, Load, declare
from core.texts import folded
from faculties.departments.models import Department
from faculties.institutions.days import TODAY

FACULTY = """
JOIN faculties_faculty faculty ON faculty.institution_id = %(institution)s
  AND (faculty.code = staged.faculty OR lower(faculty.name) = lower(staged.faculty))"""

declare(
    Contract(
        name="departments",
        title="Departments",
        means="One row for each department of a faculty.",
        needs=("faculties.add_department", "faculties.change_department"),
        main=Department,
        key=("code",),
        tells=("tree",),
        columns=(
            Column(
                name="code",
                means="The short name by which the department is known.",
                aliases=("department_code", "short_name"),
                required=True,
                longest=20,
                examples=("CS",),
            ),
            Column(
                name="name",
                means="The name of the department.",
                aliases=("department_name", "department"),
                required=True,
                sticky=True,
                examples=("Computer Science",),
            ),
            Column(
                name="faculty",
                means="The code or the name of its faculty.",
                aliases=("faculty_name", "faculty_code", "school"),
                required=True,
                examples=("SCI", "Faculty of Science"),
            ),
            Day(name="opened_on", means="The day on which it opened.", aliases=("opened",), examples=("1990-01-01",)),
        ),
        derived=(Derived(name="search_text", work=lambda row, _: folded(f"{row['name']} {row['code']}")),),
        loads=(
            Load(
                model=Department,
                wanted=f"""
                SELECT number, staged.code, staged.name, staged.opened_on, staged.search_text, faculty.id AS faculty_id
                FROM staged {FACULTY} AND faculty.closed_on IS NULL""",
                key=("code",),
                stated={"name": "name", "opened_on": "opened_on", "search_text": "name", "faculty_id": "faculty"},
            ),
        ),
        checks=(
            Check(
                column="faculty",
                code="not_known",
                found="""
                SELECT number, faculty FROM staged WHERE NOT EXISTS (
                  SELECT FROM faculties_faculty own WHERE own.institution_id = %(institution)s AND closed_on IS NULL
                    AND (own.code = staged.faculty OR lower(own.name) = lower(staged.faculty)))""",
                words="the code or the name of an open faculty of this institution",
                candidates="""
                SELECT unnest(ARRAY[code, name]) FROM faculties_faculty
                WHERE institution_id = %(institution)s AND closed_on IS NULL""",
            ),
            Check(
                column="code",
                code="unit_closed",
                found="""
                SELECT number, staged.code FROM staged JOIN faculties_department own USING (code)
                WHERE own.institution_id = %(institution)s AND own.closed_on IS NOT NULL""",
                words="a department that is open, or a new one: a closed one stays as it was",
            ),
        ),
        ending=Ending(
            model=Department,
            found="""
            SELECT own.id FROM faculties_department own
            WHERE own.institution_id = %(institution)s AND own.closed_on IS NULL
              AND NOT EXISTS (SELECT FROM staged WHERE staged.code = own.code)""",
            change={"closed_on": TODAY},
        ),
    )
)
