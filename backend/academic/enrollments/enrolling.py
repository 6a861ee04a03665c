"""This file holds the rows that a file of enrollments becomes: students who are known, in programs that are."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from academic.enrollments.intake import KNOWN_ENROLLMENT, checks_of_new
from academic.enrollments.models import Enrollment
from core.bulk.contracts import Check, Load
from students.models import Student
from students.students.columns import STUDENT_CHECKS

PROGRAM_OF = """
SELECT own.id, own.status, own.department_id FROM academic_program own
WHERE own.institution_id = %(institution)s AND (own.code = staged.program OR lower(own.name) = lower(staged.program))"""
# The version that is asked for; otherwise that of the year of enrolling: the latest by then, or the first there is.
# It is active, or the one in which the student is.
VERSION_OF = """
SELECT own.id, catalog_year FROM academic_programversion own
WHERE own.institution_id = %(institution)s AND own.program_id = program.id
  AND (own.status = 'active' OR EXISTS (
    SELECT FROM academic_enrollment inside JOIN students_student one
      ON one.institution_id = inside.institution_id AND one.id = inside.student_id
    WHERE inside.institution_id = %(institution)s AND inside.program_version_id = own.id
      AND one.number = staged.student_number AND (inside.ended_on IS NULL OR inside.ended_on >= staged.enrolled_on)))
  AND (staged.catalog_year IS NULL OR own.catalog_year = staged.catalog_year)
ORDER BY own.catalog_year > extract(year FROM staged.enrolled_on),
  abs(own.catalog_year - extract(year FROM staged.enrolled_on)) LIMIT 1"""
# Whoever ended before is enrolled again; whoever ended after that day is the same as in the file.
IS_THE_SAME = """
own.student_id = wanted.student_id AND own.program_id = wanted.program_id
AND (own.ended_on IS NULL OR own.ended_on >= wanted.enrolled_on)"""
JOINED = f"""
FROM staged
JOIN students_student known ON known.institution_id = %(institution)s AND known.number = staged.student_number
JOIN LATERAL ({PROGRAM_OF} LIMIT 1) program ON true"""

# As the rule does it: a new enrollment makes active and gives a home; of several the latest does. Null leaves as it is.
STUDENTS = Load(
    model=Student,
    wanted=f"""
    SELECT DISTINCT ON (staged.student_number) staged.number, staged.student_number, known.entry_year,
      CASE WHEN is_new THEN program.department_id END AS department_id, CASE WHEN is_new THEN 'active' END AS status
    {JOINED}
    CROSS JOIN LATERAL (
      SELECT NOT EXISTS (
        SELECT FROM ({KNOWN_ENROLLMENT}) enrollment
        WHERE enrollment.student_id = known.id AND enrollment.program_id = program.id
          AND (ended_on IS NULL OR ended_on >= staged.enrolled_on)) AS is_new) judged
    ORDER BY staged.student_number, is_new DESC, staged.enrolled_on DESC, staged.number""",
    key=(),
    match="own.number = wanted.student_number",
    stated={"department_id": "program", "status": "program"},
)
ENROLLMENTS = Load(
    model=Enrollment,
    wanted=f"""
    SELECT staged.number, known.id AS student_id, program.id AS program_id, version.id AS version_id,
      staged.enrolled_on, year_of_study
    {JOINED}
    JOIN LATERAL ({VERSION_OF}) version ON true""",
    key=(),
    match=IS_THE_SAME,
    known=KNOWN_ENROLLMENT,
    stated={"year_of_study": "year_of_study"},
    given={
        "student_id": "wanted.student_id",
        "program_version_id": "wanted.version_id",
        "enrolled_on": "wanted.enrolled_on",
        "status": "'active'",
    },
)
CHECKS = (
    *STUDENT_CHECKS,
    Check(
        column="program",
        code="not_known",
        found=f"SELECT number, program FROM staged WHERE NOT EXISTS ({PROGRAM_OF})",
        words="the code or the name of a program of this institution",
        candidates="SELECT unnest(ARRAY[code, name]) FROM academic_program WHERE institution_id = %(institution)s",
    ),
    Check(
        column="program",
        code="several_known",
        found=f"SELECT number, program FROM staged WHERE (SELECT count(*) FROM ({PROGRAM_OF}) found) > 1",
        words="the code of the program: several have this name",
    ),
    Check(
        column="program",
        code="program_not_active",
        found=f"""
        SELECT number, staged.program FROM staged
        JOIN LATERAL ({PROGRAM_OF} LIMIT 1) program ON true WHERE program.status <> 'active'""",
        words="a program that is active",
    ),
    Check(
        column="catalog_year",
        code="no_such_version",
        found=f"""
        SELECT number, staged.catalog_year FROM staged JOIN LATERAL ({PROGRAM_OF} LIMIT 1) program ON true
        WHERE NOT EXISTS ({VERSION_OF})""",
        words="a catalog year of which the program has an active version; blank is that of the year of enrolling",
    ),
    *checks_of_new(f"""
        SELECT staged.number, staged.program, program.id AS program_id, staged.enrolled_on {JOINED}
        WHERE NOT EXISTS (
          SELECT FROM ({KNOWN_ENROLLMENT}) enrollment
          WHERE enrollment.student_id = known.id AND enrollment.program_id = program.id
            AND (ended_on IS NULL OR ended_on >= staged.enrolled_on))"""),
)
