"""This file holds how files of other rooms name a student, and when they may not."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from core.bulk.columns import Column
from core.bulk.contracts import Check

STUDENT_NUMBER = Column(
    name="student_number",
    means="The student number.",
    aliases=("student_id", "student_no", "number", "reg_number", "registration_number"),
    required=True,
    longest=30,
    examples=("R261234A",),
)
KNOWN_STUDENT = """
students_student student ON student.institution_id = %(institution)s AND student.number = staged.student_number"""
STUDENT_CHECKS = (
    Check(
        column="student_number",
        code="not_known",
        found=f"""
        SELECT staged.number, student_number FROM staged LEFT JOIN {KNOWN_STUDENT}
        WHERE student.id IS NULL ORDER BY staged.number""",
        words="the number of a student of this institution",
        candidates="SELECT number FROM students_student WHERE institution_id = %(institution)s",
    ),
    Check(
        column="student_number",
        code="not_among_us",
        found=f"""
        SELECT staged.number, student_number FROM staged JOIN {KNOWN_STUDENT}
        WHERE student.erased_at IS NOT NULL OR student.status = 'deceased' ORDER BY staged.number""",
        words="somebody who was not erased and did not die: nothing is entered about them again",
    ),
)
