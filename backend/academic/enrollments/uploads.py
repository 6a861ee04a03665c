"""This file holds what files of students and of graduates look like, and what they become."""

from academic.enrollments import intake
from academic.enrollments.columns import CONTACT, DERIVED, NUMBER, PERSON, STUDY
from academic.enrollments.intake import (
    BEFORE,
    CHECKS,
    NEEDS,
    PROGRAMS,
    VERSIONS,
)
from core.bulk.columns import Choice, Column, Year
from core.bulk.contracts import Check, Contract, declare
from faculties.departments.intake import DEPARTMENTS, FACULTIES
from students.models import Student

declare(
    Contract(
        name="students",
        title="Students",
        means="One row for each student of an intake, with the program that they enter.",
        needs=NEEDS,
        main=Student,
        key=("student_number",),
        tells=("tree",),
        columns=(NUMBER, *PERSON, *STUDY, *CONTACT),
        derived=DERIVED,
        before=BEFORE,
        checks=CHECKS,
        loads=(
            FACULTIES,
            DEPARTMENTS,
            PROGRAMS,
            VERSIONS,
            intake.students("active", stated_by="program"),
            # One that ended is not begun again: who comes back is enrolled by hand.
            intake.enrollments("0 AS nothing", {}, {"status": "'active'"}),
            intake.history(
                "SELECT number, id AS enrollment_id, 'active'::text AS status, enrolled_on AS starts_on"
                " FROM wanted_enrollment WHERE is_new"
            ),
            intake.student_history("active", intake.ENTERED),
        ),
    )
)

# A year is known and no day: the last of the year says that it was within it.
ENDED = "make_date(staged.graduation_year::int, 12, 31)"
declare(
    Contract(
        name="graduates",
        title="Graduates",
        means="One row for each student who completed a program, with the year and the class of the award.",
        needs=NEEDS,
        main=Student,
        key=("student_number",),
        tells=("tree",),
        columns=(
            NUMBER,
            *PERSON,
            *STUDY,
            Choice(
                name="status",
                means="Graduated: the file holds no others.",
                values=("completed",),
                also={"completed": ("graduated", "graduate", "awarded")},
                examples=("Graduated",),
            ),
            Year(
                name="graduation_year",
                means="The year in which the program was completed.",
                aliases=("year_of_graduation", "completion_year", "year_completed"),
                required=True,
                examples=("2024",),
            ),
            Column(
                name="final_grade",
                means="The class of the award, as the institution names it.",
                aliases=("classification", "award_class", "degree_class", "final_result"),
                longest=30,
                examples=("Distinction", "Upper second"),
            ),
            *CONTACT,
        ),
        derived=DERIVED,
        before=BEFORE,
        checks=(
            *CHECKS,
            Check(
                column="graduation_year",
                code="graduated_before_entry",
                found="SELECT number, graduation_year FROM staged WHERE graduation_year < entry_year",
                words="a year that is not before the year of entry",
            ),
        ),
        loads=(
            FACULTIES,
            DEPARTMENTS,
            PROGRAMS,
            VERSIONS,
            intake.students("graduated", stated_by="graduation_year"),
            intake.enrollments(
                f"'completed'::text AS status, {ENDED} AS ended_on, final_grade AS classification",
                {"status": "graduation_year", "ended_on": "graduation_year", "classification": "final_grade"},
                {},
            ),
            intake.history(
                """
                SELECT number, id AS enrollment_id, 'active'::text AS status, enrolled_on AS starts_on
                FROM wanted_enrollment WHERE is_new
                UNION ALL
                SELECT number, id, 'completed', ended_on FROM wanted_enrollment WHERE is_new OR is_changed"""
            ),
            intake.student_history("graduated", ENDED),
        ),
    )
)
