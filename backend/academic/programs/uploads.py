"""This file holds what a file of programs looks like, and what it becomes."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from decimal import Decimal

from academic.programs.models import Program
from core.bulk.columns import Choice, Column, Number
from core.bulk.contracts import Check, Contract, Derived, Load, declare
from core.texts import folded

IS_IT = "(own.code = staged.department OR lower(own.name) = lower(staged.department))"
OPEN_DEPARTMENT = f"""
SELECT own.id FROM faculties_department own
WHERE own.institution_id = %(institution)s AND own.closed_on IS NULL AND {IS_IT}"""

declare(
    Contract(
        name="programs",
        title="Programs",
        means="One row for each program of study.",
        needs=("academic.add_program", "academic.change_program"),
        main=Program,
        key=("code",),
        columns=(
            Column(
                name="code",
                means="The short name by which the program is known.",
                aliases=("program_code", "programme_code"),
                required=True,
                longest=20,
                examples=("BSC-SE",),
            ),
            Column(
                name="name",
                means="The name of the program.",
                aliases=("program_name", "programme_name", "program", "programme", "title"),
                required=True,
                sticky=True,
                examples=("BSc Software Engineering",),
            ),
            Column(
                name="department",
                means="The code or the name of the department that owns it.",
                aliases=("department_name", "department_code", "dept"),
                required=True,
                examples=("CS", "Computer Science"),
            ),
            Choice(
                name="level",
                means="What the program ends in.",
                aliases=("award", "program_level", "qualification"),
                required=True,
                values=Program.Level.values,
                also={
                    "bachelor": ("degree", "undergraduate", "bachelor's degree", "honours degree"),
                    "master": ("masters", "master's degree"),
                    "doctorate": ("phd", "dphil", "doctoral"),
                    "higher_diploma": ("hnd", "higher national diploma"),
                    "postgraduate_diploma": ("pgd",),
                },
                examples=("bachelor",),
            ),
            Column(
                name="field_of_study",
                means="The field of study, as a code of ISCED-F 2013.",
                aliases=("isced", "isced_f", "isced_code"),
                longest=4,
                pattern=r"\d{2,4}",
                pattern_means="an ISCED-F 2013 code of 2 to 4 digits, such as 0613",
                examples=("0613",),
            ),
            Choice(
                name="category",
                means="What kind of study it is, whatever its level.",
                aliases=("program_category", "programme_category"),
                values=Program.Category.values,
                also={"technical": ("vocational", "tvet"), "teacher_education": ("teaching",)},
                examples=("academic",),
            ),
            Number(
                name="duration_years",
                means="How many years it takes at full time.",
                aliases=("duration", "years"),
                lowest=Decimal("0.1"),
                highest=Decimal(10),
                decimals=1,
                examples=("4",),
            ),
            Column(
                name="award_title",
                means="What it leads to, as it stands on the certificate.",
                aliases=("title_of_award", "award_name", "certificate_title"),
                longest=200,
                examples=("Bachelor of Science Honours in Software Engineering",),
            ),
            Choice(
                name="mode_of_study",
                means="How it is studied.",
                aliases=("mode", "study_mode"),
                values=Program.Mode.values,
                also={"full_time": ("ft", "conventional"), "part_time": ("pt",), "distance": ("odl", "online")},
                examples=("full_time",),
            ),
        ),
        derived=(Derived(name="search_text", work=lambda row, _: folded(f"{row['name']} {row['code']}")),),
        loads=(
            Load(
                model=Program,
                # One that is there keeps its department: moving a program is no matter of a file.
                wanted=f"""
                SELECT number, code, name, level, field_of_study, category, duration_years,
                  award_title, mode_of_study, search_text, department.id AS home_id
                FROM staged LEFT JOIN LATERAL ({OPEN_DEPARTMENT} LIMIT 1) department ON true""",
                key=("code",),
                stated={
                    "name": "name",
                    "search_text": "name",
                    "level": "level",
                    "field_of_study": "field_of_study",
                    "category": "category",
                    "duration_years": "duration_years",
                    "award_title": "award_title",
                    "mode_of_study": "mode_of_study",
                },
                given={"department_id": "wanted.home_id"},
            ),
        ),
        checks=(
            Check(
                column="department",
                code="not_known",
                found=f"SELECT number, department FROM staged WHERE NOT EXISTS ({OPEN_DEPARTMENT})",
                words="the code or the name of an open department of this institution",
                candidates="""
                SELECT unnest(ARRAY[code, name]) FROM faculties_department
                WHERE institution_id = %(institution)s AND closed_on IS NULL""",
            ),
            Check(
                column="department",
                code="several_known",
                found=f"""
                SELECT number, department FROM staged WHERE (SELECT count(*) FROM ({OPEN_DEPARTMENT}) found) > 1""",
                words="the code of the department: several have this name",
            ),
            Check(
                column="department",
                code="owned_by_another",
                found=f"""
                SELECT staged.number, staged.department FROM staged
                JOIN academic_program program ON program.institution_id = %(institution)s AND program.code = staged.code
                WHERE NOT EXISTS ({OPEN_DEPARTMENT} AND own.id = program.department_id) ORDER BY staged.number""",
                words="Another department owns these programs here, and keeps them.",
                is_warning=True,
            ),
            Check(
                column="field_of_study",
                code="unknown_field_of_study",
                found="""
                SELECT number, field_of_study FROM staged WHERE field_of_study IS NOT NULL
                  AND NOT EXISTS (SELECT FROM academic_fieldofstudy known WHERE known.code = staged.field_of_study)""",
                words="a code of ISCED-F 2013, such as 0613",
            ),
            Check(
                column="code",
                code="program_closed",
                found="""
                SELECT staged.number, staged.code FROM staged JOIN academic_program own USING (code)
                WHERE own.institution_id = %(institution)s AND own.status = 'closed'""",
                words="a program that is not closed, or a new one: a closed one stays as it was",
            ),
        ),
    )
)
