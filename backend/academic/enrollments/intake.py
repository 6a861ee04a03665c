"""This file holds the rows that files of students and of graduates become, and what is wrong or odd in such files.

A row names a faculty, a department and a program as people write them. One that is not known is opened; which ones,
the plan says.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Mapping

from academic.accreditations.queries import LAPSED_WORDS, into_lapsed
from academic.enrollments.models import Enrollment, EnrollmentStatus
from academic.intakes.queries import BEYOND_WORDS, beyond_places
from academic.programs.models import Program, ProgramVersion
from core.bulk.contracts import Check, Load
from core.bulk.persons import checks_of
from faculties.departments.intake import UNIT_CHECKS, UNIT_NAMES, name_for_code
from faculties.institutions.days import TODAY
from students.models import Student
from students.statuses import intake as statuses
from students.statuses.moves import before

NEEDS = (
    "faculties.add_faculty", "faculties.add_department", "academic.add_program", "students.add_student",
    "students.change_student", "students.view_student_identity", "academic.add_enrollment",
    "academic.change_enrollment",
)  # fmt: skip

# A code in place of a name is the name.
BEFORE = (*UNIT_NAMES, name_for_code("program", "academic_program"))
KNOWN_PROGRAM = """
SELECT DISTINCT ON (lower(name)) * FROM academic_program
WHERE institution_id = %(institution)s ORDER BY lower(name), id"""

PROGRAMS = Load(
    model=Program,
    wanted=f"""
    SELECT staged.number, program AS name, program_code, program_search,
      coalesce(program_level, 'certificate') AS level_of_new,
      coalesce(known.department_id, department.id) AS department_id
    FROM staged JOIN (SELECT min(number) AS number FROM staged GROUP BY lower(program)) first USING (number)
    LEFT JOIN ({KNOWN_PROGRAM}) known ON lower(known.name) = lower(program)
    LEFT JOIN wanted_faculty faculty ON lower(faculty.name) = lower(staged.faculty)
    LEFT JOIN wanted_department department
      ON department.faculty_id = faculty.id AND lower(department.name) = lower(staged.department)""",
    key=(),
    match="lower(own.name) = lower(wanted.name)",
    known=KNOWN_PROGRAM,
    given={
        "name": "wanted.name",
        "code": "program_code",
        "search_text": "program_search",
        "level": "level_of_new",
        "department_id": "wanted.department_id",
    },
)
# A program without any version gets one, as of the first year in which somebody entered.
VERSIONS = Load(
    model=ProgramVersion,
    wanted="""
    SELECT min(staged.number) AS number, program.id AS program_id, min(entry_year) AS catalog_year
    FROM staged JOIN wanted_program program ON lower(program.name) = lower(staged.program)
    WHERE NOT EXISTS (
      SELECT FROM academic_programversion own
      WHERE own.institution_id = %(institution)s AND own.program_id = program.id)
    GROUP BY program.id""",
    key=("program_id", "catalog_year"),
    given={"status": "'active'"},
)
STATED_OF_STUDENTS = {
    "given_names": "given_names", "family_name": "family_name", "search_text": "family_name", "sex": "sex",
    "entry_year": "entry_year", "email": "email", "nationality": "nationality", "region": "region",
    "prior_education": "prior_education", "national_id_index": "national_id", "birth_year": "date_of_birth",
}  # fmt: skip


# Whether somebody who was known before studies, or studied, this program; and whether another one goes on.
OF_THIS_PROGRAM = """
SELECT FROM academic_enrollment enrollment JOIN academic_programversion version
  ON version.institution_id = enrollment.institution_id AND version.id = program_version_id
WHERE enrollment.institution_id = %(institution)s AND student_id = known.id AND program_id = program.id"""
ANOTHER_OPEN = """
SELECT FROM academic_enrollment enrollment JOIN academic_programversion version
  ON version.institution_id = enrollment.institution_id AND version.id = program_version_id
WHERE enrollment.institution_id = %(institution)s AND student_id = known.id AND program_id <> program.id
  AND ended_on IS NULL"""
# As the rules do it: a new enrollment gives a home and makes active, the last one that is completed makes a graduate.
ENROLLS = f"known.id IS NULL OR NOT EXISTS ({OF_THIS_PROGRAM})"
BECOMES = {
    "active": ENROLLS,
    "graduated": f"""known.id IS NULL OR known.status IN ({", ".join(f"'{one}'" for one in before("graduated"))})
      AND NOT EXISTS ({OF_THIS_PROGRAM} AND enrollment.status = 'completed') AND NOT EXISTS ({ANOTHER_OPEN})""",
}


def students(status: str, *, stated_by: str) -> Load:
    """The students themselves, who become so by what a column states. Null leaves a home or a status as it is."""
    return Load(
        model=Student,
        wanted=f"""
        SELECT staged.number, student_number, CASE WHEN {ENROLLS} THEN program.department_id END AS department_id,
          CASE WHEN {BECOMES[status]} THEN '{status}' END AS status, staged.given_names, staged.family_name,
          staged.search_text, staged.sex, staged.entry_year, staged.email, staged.nationality, staged.region,
          staged.prior_education, staged.national_id_index, staged.birth_year
        FROM staged
        JOIN wanted_program program ON lower(program.name) = lower(staged.program)
        LEFT JOIN students_student known
          ON known.institution_id = %(institution)s AND known.number = staged.student_number""",
        key=(),
        match="own.number = wanted.student_number",
        stated={**STATED_OF_STUDENTS, "department_id": "program", "status": stated_by},
        given={"number": "wanted.student_number"},
        sealed=("national_id", "date_of_birth", "phone", "address"),
    )


# The versions that whoever becomes so can be in.
OPEN_TO = {"active": "('active')", "graduated": "('active', 'teach_out', 'closed')"}
# For each program and year of entry the version: the latest by then, or the first there is.
VERSION_OF = """
SELECT DISTINCT ON (asked.program_id, entry_year) asked.program_id, entry_year, version.id
FROM (
  SELECT DISTINCT program.id AS program_id, entry_year
  FROM staged JOIN wanted_program program ON lower(program.name) = lower(staged.program)
) asked JOIN (
  SELECT id, program_id, catalog_year FROM academic_programversion
  WHERE institution_id = %(institution)s AND status IN {statuses}
  UNION ALL SELECT id, program_id, catalog_year FROM wanted_programversion WHERE is_new
) version USING (program_id)
ORDER BY asked.program_id, entry_year, catalog_year > entry_year, abs(catalog_year - entry_year)"""
KNOWN_ENROLLMENT = """
SELECT DISTINCT ON (student_id, program_id) enrollment.*, program_id FROM academic_enrollment enrollment
JOIN academic_programversion version
  ON version.institution_id = enrollment.institution_id AND version.id = program_version_id
WHERE enrollment.institution_id = %(institution)s ORDER BY student_id, program_id, ended_on DESC NULLS FIRST"""


def enrollments(becomes: str, columns: str, stated: Mapping[str, str], given: Mapping[str, str]) -> Load:
    versions = VERSION_OF.format(statuses=OPEN_TO[becomes])
    return Load(
        model=Enrollment,
        wanted=f"""
        SELECT staged.number, student.id AS student_id, version.id AS version_id, program.id AS program_id,
          make_date(staged.entry_year::int, 1, 1) AS enrolled_on, {columns}
        FROM staged
        JOIN wanted_student student USING (number)
        JOIN wanted_program program ON lower(program.name) = lower(staged.program)
        JOIN ({versions}) version ON version.program_id = program.id AND version.entry_year = staged.entry_year""",
        key=(),
        match="own.student_id = wanted.student_id AND own.program_id = wanted.program_id",
        known=KNOWN_ENROLLMENT,
        stated=stated,
        given={
            "student_id": "wanted.student_id",
            "program_version_id": "wanted.version_id",
            "enrolled_on": "wanted.enrolled_on",
            **given,
        },
    )


def history(steps: str) -> Load:
    """Steps in the history of enrollments: `steps` selects them over `wanted_enrollment`."""
    return Load(
        model=EnrollmentStatus,
        wanted=steps,
        key=("enrollment_id", "status", "starts_on"),
        known="SELECT * FROM academic_enrollmentstatus WHERE false",
    )


# The first day of the year of entry, of which no day is known.
ENTERED = f"least(make_date(student.entry_year::int, 1, 1), {TODAY})"


def student_history(status: str, day: str) -> Load:
    """Steps in the history of students: that new ones began, and what each became on a `day`, or when the last step
    began where that is later: of a year that a file names no day is known.
    """
    begun = f"""
    SELECT student.number, student.id AS student_id, 'active'::text AS status, {ENTERED} AS starts_on
    FROM wanted_student student WHERE is_new"""
    became = f"""
    SELECT student.number, student.id, student.status, {statuses.not_before_the_last(day)}
    FROM wanted_student student JOIN staged USING (number) LEFT JOIN students_student own
      ON own.institution_id = %(institution)s AND own.id = student.id
    WHERE own.status IS DISTINCT FROM student.status{" AND NOT student.is_new" if status == "active" else ""}"""
    return statuses.history(f"{begun} UNION ALL {became}")


def version_check(becomes: str) -> Check:
    """A program that has versions has one for those who come; who is in the program stays where they are."""
    statuses = OPEN_TO[becomes]
    return Check(
        column="program",
        code="no_such_version",
        found=f"""
        SELECT staged.number, staged.program
        FROM staged JOIN ({KNOWN_PROGRAM}) program ON lower(program.name) = lower(staged.program)
        LEFT JOIN students_student known ON known.institution_id = %(institution)s AND known.number = student_number
        WHERE EXISTS (
            SELECT FROM academic_programversion own
            WHERE own.institution_id = %(institution)s AND own.program_id = program.id)
          AND NOT EXISTS (
            SELECT FROM academic_programversion own
            WHERE own.institution_id = %(institution)s AND own.program_id = program.id AND own.status IN {statuses})
          AND NOT EXISTS ({OF_THIS_PROGRAM})""",
        words="a program with an active version: have one approved and activate it",
    )


ENROLLED_ANEW = f"""
SELECT staged.number, staged.program, program.id AS program_id, make_date(staged.entry_year::int, 1, 1) AS enrolled_on
FROM staged JOIN ({KNOWN_PROGRAM}) program ON lower(program.name) = lower(staged.program)
LEFT JOIN students_student known ON known.institution_id = %(institution)s AND known.number = student_number
WHERE {ENROLLS}"""


def checks_of_new(asked: str) -> tuple[Check, ...]:
    """What is asked of new enrollments alone, which `asked` selects: number, program, program_id and enrolled_on."""
    return (
        Check(column="program", code="accreditation_lapsed", found=into_lapsed(asked), words=LAPSED_WORDS),
        Check(column="program", code="intake_full", found=beyond_places(asked), words=BEYOND_WORDS),
    )


CHECKS = (
    Check(
        column="program",
        code="not_known",
        found=f"""
        SELECT number, program FROM staged LEFT JOIN ({KNOWN_PROGRAM}) known ON lower(known.name) = lower(program)
        WHERE known.id IS NULL AND (faculty IS NULL OR department IS NULL)""",
        words="a program of this institution; for a new one, name its faculty and department too",
        candidates="SELECT unnest(ARRAY[code, name]) FROM academic_program WHERE institution_id = %(institution)s",
    ),
    Check(
        column="program",
        code="program_not_active",
        found=f"""
        SELECT number, program FROM staged JOIN ({KNOWN_PROGRAM}) known ON lower(known.name) = lower(program)
        WHERE known.status <> 'active'""",
        words="a program that is active",
    ),
    Check(
        column="student_number",
        code="student_deceased",
        found="""
        SELECT staged.number, student_number FROM staged JOIN students_student own ON own.number = student_number
        WHERE own.institution_id = %(institution)s AND own.status = 'deceased'""",
        words="a living student: take out the row of one who has died",
    ),
    *checks_of(Student, "student_number"),
    *UNIT_CHECKS,
    Check(
        column="program",
        code="will_be_opened",
        found=f"""
        SELECT number, program FROM staged LEFT JOIN ({KNOWN_PROGRAM}) known ON lower(known.name) = lower(program)
        WHERE known.id IS NULL ORDER BY number""",
        words="These programs are not known here, and will be opened at the level that their names begin with.",
        is_warning=True,
    ),
    Check(
        column="program",
        code="level_guessed",
        found=f"""
        SELECT number, program FROM staged LEFT JOIN ({KNOWN_PROGRAM}) known ON lower(known.name) = lower(program)
        WHERE known.id IS NULL AND program_level IS NULL ORDER BY number""",
        words="The names of these programs tell no level, so that they are opened as certificates. Correct that after.",
        is_warning=True,
    ),
    Check(
        column="entry_year",
        code="year_unlike_number",
        found=r"""
        SELECT number, entry_year FROM staged
        WHERE substring(student_number from '^[A-Za-z]{1,4}-?((?:19|20)[0-9]{2})')::int <> entry_year
        ORDER BY number""",
        words="The student number names another year than the year of entry. The year of entry is taken.",
        is_warning=True,
    ),
)
