"""This file holds what a file of faculties looks like, and what it becomes."""

from core.bulk.columns import Column, Day
from core.bulk.contracts import Check, Contract, Derived, Ending, Load, declare
from core.texts import folded
from faculties.faculties.models import Faculty
from faculties.institutions.days import TODAY

declare(
    Contract(
        name="faculties",
        title="Faculties",
        means="One row for each faculty (school, division) of the institution.",
        needs=("faculties.add_faculty", "faculties.change_faculty"),
        main=Faculty,
        key=("code",),
        tells=("tree",),
        columns=(
            Column(
                name="code",
                means="The short name by which the faculty is known.",
                aliases=("faculty_code", "short_name"),
                required=True,
                longest=20,
                examples=("SCI",),
            ),
            Column(
                name="name",
                means="The name of the faculty.",
                aliases=("faculty_name", "faculty", "school"),
                required=True,
                sticky=True,
                examples=("Faculty of Science",),
            ),
            Day(
                name="opened_on",
                means="The day on which it opened.",
                aliases=("opened", "established_on"),
                examples=("1990-01-01",),
            ),
        ),
        derived=(Derived(name="search_text", work=lambda row, _: folded(f"{row['name']} {row['code']}")),),
        loads=(
            Load(
                model=Faculty,
                wanted="SELECT number, code, name, opened_on, search_text FROM staged",
                key=("code",),
                stated={"name": "name", "opened_on": "opened_on", "search_text": "name"},
            ),
        ),
        checks=(
            Check(
                column="code",
                code="unit_closed",
                found="""
                SELECT number, staged.code FROM staged JOIN faculties_faculty own USING (code)
                WHERE own.institution_id = %(institution)s AND own.closed_on IS NOT NULL""",
                words="a faculty that is open, or a new one: a closed one stays as it was",
            ),
        ),
        # A faculty closes when its departments have.
        ending=Ending(
            model=Faculty,
            found="""
            SELECT own.id FROM faculties_faculty own
            WHERE own.institution_id = %(institution)s AND own.closed_on IS NULL
              AND NOT EXISTS (SELECT FROM staged WHERE staged.code = own.code)
              AND NOT EXISTS (
                SELECT FROM faculties_department below WHERE below.institution_id = own.institution_id
                  AND below.faculty_id = own.id AND below.closed_on IS NULL)""",
            change={"closed_on": TODAY},
        ),
    )
)
