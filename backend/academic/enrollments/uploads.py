"""This file holds what files of students, of graduates and of enrollments look like, and what they become."""

from academic.enrollments import enrolling, intake
from academic.enrollments.columns import CONTACT, DERIVED, PERSON, STUDY
from academic.enrollments.intake import (
    BEFORE,
    CHECKS,
    ENROLLED_ANEW,
    NEEDS,
    PROGRAMS,
    VERSIONS,
    checks_of_new,
    version_check,
)
from academic.enrollments.models import Enrollment
from core.bulk.columns import Choice, Column, Day, Whole, Year
from core.bulk.contracts import Check, Contract, declare
from faculties.departments.intake import DEPARTMENTS, FACULTIES
from students.models import Student
from students.students.columns import STUDENT_NUMBER

declare(
    Contract(
        name="students",
        title="Students",
        means="One row for each student of an intake, with the program that they enter.",
        needs=NEEDS,
        main=Student,
        key=("student_number",),
        tells=("tree",),
        columns=(STUDENT_NUMBER, *PERSON, *STUDY, *CONTACT),
        derived=DERIVED,
        before=BEFORE,
        checks=(*CHECKS, version_check("active"), *checks_of_new(ENROLLED_ANEW)),
        loads=(
            FACULTIES,
            DEPARTMENTS,
            PROGRAMS,
            VERSIONS,
            intake.students("active", stated_by="program"),
            # One that ended is not begun again: who comes back is enrolled by hand.
            intake.enrollments("active", "0 AS nothing", {}, {"status": "'active'"}),
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
            STUDENT_NUMBER,
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
            version_check("graduated"),
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
                "graduated",
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

declare(
    Contract(
        name="enrollments",
        title="Enrollments",
        means="One row for each program in which a student who is known is enrolled.",
        needs=("academic.add_enrollment", "academic.change_enrollment"),
        main=Enrollment,
        key=("student_number", "program"),
        columns=(
            STUDENT_NUMBER,
            Column(
                name="program",
                means="The code or the name of the program.",
                aliases=("programme", "program_code", "programme_code", "program_name", "course_of_study"),
                required=True,
                examples=("BSC-SE", "BSc Software Engineering"),
            ),
            Day(
                name="enrolled_on",
                means="The day from which the student is enrolled.",
                aliases=("enrollment_date", "enrolment_date", "date_enrolled", "start_date"),
                required=True,
                examples=("2026-02-09",),
            ),
            Year(
                name="catalog_year",
                means="The catalog year of the version; that of the year of enrolling where it is blank.",
                aliases=("regulations", "catalogue_year", "version"),
                examples=("2026",),
            ),
            Whole(
                name="year_of_study",
                means="The year of study; the first for a new enrollment where it is blank.",
                aliases=("year", "part", "level"),
                lowest=1,
                highest=10,
                examples=("1",),
            ),
        ),
        checks=enrolling.CHECKS,
        loads=(
            enrolling.STUDENTS,
            enrolling.ENROLLMENTS,
            intake.history(
                "SELECT number, id AS enrollment_id, 'active'::text AS status, enrolled_on AS starts_on"
                " FROM wanted_enrollment WHERE is_new"
            ),
            intake.student_history("active", "staged.enrolled_on"),
        ),
    )
)
