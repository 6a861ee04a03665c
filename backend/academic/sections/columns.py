"""This file holds how files of other rooms name a section: its course, its code and its term."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from core.bulk.columns import Column
from core.bulk.contracts import Check

SECTION_COLUMNS = (
    Column(
        name="course",
        means="The code of the course.",
        aliases=("course_code", "module", "module_code", "course_id"),
        required=True,
        longest=20,
        examples=("CS101",),
    ),
    Column(
        name="section",
        means="The code of the section of this course.",
        aliases=("section_code", "section_number", "class", "stream"),
        required=True,
        longest=20,
        examples=("1",),
    ),
    Column(
        name="term",
        means="The code of the term.",
        aliases=("term_code", "semester", "session"),
        required=True,
        longest=20,
        examples=("2026-1",),
    ),
)
A_CLOCK, CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:00)?", "a time of the day by the clock, such as 08:30"
KNOWN_COURSE = "academic_course course ON course.institution_id = %(institution)s AND course.code = staged.course"
KNOWN_TERM = "academic_term term ON term.institution_id = %(institution)s AND term.code = staged.term"
SECTION_OF_THEM = """academic_section section ON section.institution_id = %(institution)s
  AND section.course_id = course.id AND section.term_id = term.id AND section.code = staged.section"""
KNOWN_SECTION = f"{KNOWN_COURSE} JOIN {KNOWN_TERM} JOIN {SECTION_OF_THEM}"
SECTION_CHECKS = (
    Check(
        column="course",
        code="not_known",
        found=f"""
        SELECT number, staged.course FROM staged LEFT JOIN {KNOWN_COURSE} WHERE course.id IS NULL ORDER BY number""",
        words="the code of a course of this institution",
        candidates="SELECT code FROM academic_course WHERE institution_id = %(institution)s",
    ),
    Check(
        column="term",
        code="not_known",
        found=f"SELECT number, staged.term FROM staged LEFT JOIN {KNOWN_TERM} WHERE term.id IS NULL ORDER BY number",
        words="the code of a term of this institution",
        candidates="SELECT code FROM academic_term WHERE institution_id = %(institution)s",
    ),
    Check(
        column="section",
        code="not_known",
        found=f"""
        SELECT number, staged.section FROM staged JOIN {KNOWN_COURSE} JOIN {KNOWN_TERM} LEFT JOIN {SECTION_OF_THEM}
        WHERE section.id IS NULL ORDER BY number""",
        words="the code of a section in which this course is offered in this term",
    ),
)
