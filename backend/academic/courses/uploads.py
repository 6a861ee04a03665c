"""This file holds what a file of courses looks like, and what it becomes."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from decimal import Decimal

from academic.courses.models import Course
from academic.courses.versions.queries import following
from core.bulk.columns import Column, Number, Whole
from core.bulk.contracts import Check, Contract, Derived, Load, declare
from core.texts import folded

OWNER = """
SELECT own.id FROM academic_program own
WHERE own.institution_id = %(institution)s AND own.status <> 'closed'
  AND (own.code = staged.program OR lower(own.name) = lower(staged.program))"""

declare(
    Contract(
        name="courses",
        title="Courses",
        means="One row for each course, with the program that owns it.",
        needs=("academic.add_course", "academic.change_course"),
        main=Course,
        key=("code",),
        columns=(
            Column(
                name="code",
                means="The code of the course.",
                aliases=("course_code", "module_code", "course_id"),
                required=True,
                longest=20,
                examples=("CS101",),
            ),
            Column(
                name="title",
                means="The title of the course.",
                aliases=("course_title", "course_name", "course", "name", "module", "module_name"),
                required=True,
                sticky=True,
                examples=("Introduction to Programming",),
            ),
            Column(
                name="program",
                means="The code or the name of the program that owns it.",
                aliases=("programme", "program_name", "program_code", "programme_code"),
                required=True,
                examples=("BSC-SE", "BSc Software Engineering"),
            ),
            Number(
                name="credits",
                means="The credits that passing it earns.",
                aliases=("credit_hours", "credit", "units"),
                required=True,
                highest=Decimal("9999.9"),
                decimals=1,
                examples=("12",),
            ),
            Whole(
                name="level",
                means="The year of study that it is meant for.",
                aliases=("year_of_study", "year_level", "part"),
                lowest=1,
                highest=10,
                examples=("1",),
            ),
        ),
        derived=(Derived(name="search_text", work=lambda row, _: folded(f"{row['title']} {row['code']}")),),
        loads=(
            Load(
                model=Course,
                # One that is there keeps its program, as it does when changed by hand.
                wanted=f"""
                SELECT number, code, title, credits, level, search_text, program.id AS owner_id
                FROM staged LEFT JOIN LATERAL ({OWNER} LIMIT 1) program ON true""",
                key=("code",),
                stated={"title": "title", "search_text": "title", "credits": "credits", "level": "level"},
                given={"program_id": "wanted.owner_id"},
            ),
        ),
        after=(following("SELECT id FROM wanted_course"),),
        checks=(
            Check(
                column="program",
                code="not_known",
                found=f"SELECT number, program FROM staged WHERE NOT EXISTS ({OWNER})",
                words="the code or the name of a program of this institution that is not closed",
                candidates="""
                SELECT unnest(ARRAY[code, name]) FROM academic_program
                WHERE institution_id = %(institution)s AND status <> 'closed'""",
            ),
            Check(
                column="program",
                code="several_known",
                found=f"SELECT number, program FROM staged WHERE (SELECT count(*) FROM ({OWNER}) found) > 1",
                words="the code of the program: several have this name",
            ),
            Check(
                column="program",
                code="owned_by_another",
                found=f"""
                SELECT staged.number, staged.program FROM staged
                JOIN academic_course course ON course.institution_id = %(institution)s AND course.code = staged.code
                WHERE NOT EXISTS ({OWNER} AND own.id = course.program_id) ORDER BY staged.number""",
                words="Another program owns these courses here, and keeps them.",
                is_warning=True,
            ),
        ),
    )
)
