"""This file holds how files of other rooms write the history of students."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from core.bulk.contracts import Load
from students.statuses.models import StudentStatus


def history(steps: str) -> Load:
    """Steps in the history of students: `steps` selects them over `wanted_student`. Each is a new one."""
    return Load(
        model=StudentStatus,
        wanted=steps,
        key=("student_id", "status", "starts_on"),
        known="SELECT * FROM students_studentstatus WHERE false",
    )


def not_before_the_last(day: str) -> str:
    """A day, or that on which the last step of `student` began where that is later."""
    return f"""greatest({day}, (
      SELECT max(starts_on) FROM students_studentstatus last
      WHERE last.institution_id = %(institution)s AND last.student_id = student.id))"""
