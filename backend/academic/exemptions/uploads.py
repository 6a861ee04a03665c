"""This file holds what a file of exemptions looks like: each row grants one, as the rule does it."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from academic.courses.models import Course
from academic.enrollments.models import Enrollment
from academic.exemptions.models import Exemption
from academic.exemptions.rules import GRANT, grant_exemption, withdraw_exemption
from core.actor import Actor
from core.bulk.columns import Choice, Column, Day, Number
from core.bulk.contracts import Check, Contract, Deed, declare
from students.students.columns import KNOWN_STUDENT, STUDENT_CHECKS, STUDENT_NUMBER

STATED = ("kind", "credits", "equivalent_mark", "reason", "evidence", "granted_on")
OPEN_ENROLLMENT = """
SELECT own.id FROM academic_enrollment own
JOIN academic_programversion version
  ON version.institution_id = own.institution_id AND version.id = own.program_version_id
JOIN academic_program program ON program.institution_id = own.institution_id AND program.id = version.program_id
WHERE own.institution_id = %(institution)s AND own.student_id = student.id AND own.ended_on IS NULL
  AND (program.code = staged.program OR lower(program.name) = lower(staged.program))
ORDER BY own.enrolled_on DESC, own.id LIMIT 1"""
KNOWN_COURSE = "academic_course course ON course.institution_id = %(institution)s AND course.code = staged.course"


def grant(actor: Actor, row: Mapping[str, Any]) -> Exemption:
    """Grant one exemption; what the row leaves out is usual."""
    stated = {name: row[name] for name in STATED if row[name] is not None}
    enrollment, course = Enrollment.objects.get(pk=row["enrollment_id"]), Course.objects.get(pk=row["course_id"])
    return grant_exemption(actor, enrollment=enrollment, course=course, **stated)


def take_back(actor: Actor, exemption: Exemption) -> Exemption:
    """What undoing an upload does with an exemption that it granted."""
    return withdraw_exemption(actor, exemption, reason="The upload that granted it was undone.")


declare(
    Contract(
        name="exemptions",
        title="Exemptions",
        means="One row for each course that counts as earned by a student who did not pass it here.",
        needs=(GRANT,),
        main=Exemption,
        key=("student_number", "course"),
        columns=(
            STUDENT_NUMBER,
            Column(
                name="program",
                means="The code or the name of the program for which it counts.",
                aliases=("programme", "program_code", "programme_code", "program_name"),
                required=True,
                examples=("BSC-SE", "BSc Software Engineering"),
            ),
            Column(
                name="course",
                means="The code of the course here that counts as earned.",
                aliases=("course_code", "module", "module_code", "course_id"),
                required=True,
                longest=20,
                examples=("CS101",),
            ),
            Choice(
                name="kind",
                means="Why it counts.",
                aliases=("type", "basis"),
                required=True,
                values=tuple(Exemption.Kind.values),
                also={
                    "transfer": ("credit_transfer", "transferred"),
                    "prior_learning": ("rpl", "recognition_of_prior_learning"),
                    "exemption": ("exempt", "exempted"),
                },
                examples=("transfer",),
            ),
            Number(
                name="credits",
                means="For how many credits, where it is fewer than those of the course.",
                aliases=("credit_hours", "credit", "units"),
                highest=Decimal("9999.9"),
                decimals=1,
                examples=("12",),
            ),
            Number(
                name="equivalent_mark",
                means="The mark that it counts as where a course asks for one.",
                aliases=("mark", "equivalent_grade"),
                highest=Decimal(100),
                decimals=2,
                examples=("64",),
            ),
            Column(
                name="reason", means="Why, in words.", required=True, longest=300, examples=("Passed MAT110 at NUST",)
            ),
            Column(
                name="evidence",
                means="Where the proof lies.",
                aliases=("document", "reference"),
                longest=300,
                examples=("Transcript 2024/117",),
            ),
            Day(
                name="granted_on",
                means="The day on which it was granted; today, where nothing is said.",
                aliases=("date", "approved_on"),
                examples=("2026-02-09",),
            ),
        ),
        deeds=(
            Deed(
                model=Exemption,
                wanted=f"""
                SELECT staged.number, enrollment.id AS enrollment_id, course.id AS course_id, kind, staged.credits,
                  equivalent_mark, reason, evidence, granted_on, (
                    SELECT own.id FROM academic_exemption own
                    WHERE own.institution_id = %(institution)s AND own.student_id = student.id
                      AND own.course_id = course.id AND own.withdrawn_on IS NULL) AS known
                FROM staged JOIN {KNOWN_STUDENT} JOIN {KNOWN_COURSE}
                JOIN LATERAL ({OPEN_ENROLLMENT}) enrollment ON true""",
                do=grant,
                undo=take_back,
            ),
        ),
        checks=(
            *STUDENT_CHECKS,
            Check(
                column="program",
                code="not_enrolled",
                found=f"""
                SELECT staged.number, staged.program FROM staged JOIN {KNOWN_STUDENT}
                WHERE NOT EXISTS ({OPEN_ENROLLMENT}) ORDER BY staged.number""",
                words="the code or the name of a program in which this student has an open enrollment",
            ),
            Check(
                column="course",
                code="not_known",
                found=f"""
                SELECT staged.number, staged.course FROM staged LEFT JOIN {KNOWN_COURSE}
                WHERE course.id IS NULL ORDER BY staged.number""",
                words="the code of a course of this institution",
                candidates="SELECT code FROM academic_course WHERE institution_id = %(institution)s",
            ),
        ),
    )
)
