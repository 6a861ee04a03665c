"""This file holds which rows the dataset means, table by table: as SQL over what was staged."""

from academic.imports.loads import Load, Refusal
from academic.models import (
    Assessment,
    Course,
    Enrollment,
    EnrollmentStatus,
    Mark,
    Registration,
    Section,
    Term,
)
from students.models import Student, StudentStatus

TERMS = Load(
    Term,
    """
    SELECT code_presentation AS code, right(code_presentation, 1) AS track, year, starts_on,
      max(starts_on + module_presentation_length::int) AS ends_on
    FROM oulad_courses GROUP BY code_presentation, year, starts_on""",
    key=("code",),
    stated=("track", "starts_on", "ends_on"),
    given={"kind": "'term'", "name": "to_char(starts_on, 'FMMonth YYYY')", "academic_year": "year"},
)
COURSES = Load(
    Course,
    "SELECT min(line) AS line, code_module AS code FROM oulad_courses GROUP BY code_module",
    key=("code",),
    given={
        "program_id": "%(program)s",
        "title": "'Module ' || code",
        "credits": "0",
        "level": "1",
        "status": "'active'",
        "search_text": "lower('Module ' || code || ' ' || code)",
    },
    refusal=Refusal(
        """
        SELECT line, own.code FROM wanted_course wanted JOIN academic_course own USING (id)
        WHERE institution_id = %(institution)s AND program_id <> %(program)s""",
        "courses.csv, line {}: another program of this institution has a course {}. Choose another institution.",
    ),
)
SECTIONS = Load(
    Section,
    """
    SELECT source.line, term.id AS term_id, course.id AS course_id, '1' AS code, source.starts_on,
      source.starts_on + module_presentation_length::int AS ends_on
    FROM oulad_courses source
    JOIN wanted_term term ON term.code = code_presentation
    JOIN wanted_course course ON course.code = code_module""",
    key=("term_id", "course_id", "code"),
    stated=("starts_on", "ends_on"),
    given={"seats_taken": "0", "status": "'finished'"},
)
# Of what a student's presentations say differently, the latest holds.
STUDENTS = Load(
    Student,
    """
    SELECT DISTINCT ON (id_student) line, id_student, id_student::text AS number,
      CASE gender WHEN 'F' THEN 'female' ELSE 'male' END AS sex, region, highest_education AS prior_education,
      min(year) OVER person AS entry_year,
      min(coalesce(starts_on + date_registration::int, starts_on)) OVER person AS enrolled_on,
      CASE disability WHEN 'Y' THEN 'declared' ELSE 'none' END AS disability,
      coalesce(rtrim(imd_band, '%%'), '') AS deprivation_band
    FROM oulad_study WINDOW person AS (PARTITION BY id_student)
    ORDER BY id_student, starts_on DESC, line DESC""",
    key=("number",),
    stated=("sex", "region", "prior_education", "entry_year"),
    given={
        "given_names": "''",
        "family_name": "''",
        "search_text": "''",
        "nationality": "''",
        "email": "''",
        "status": "'active'",
        "department_id": "%(department)s",
    },
)
# One for each student; one that ended is not begun again.
ENROLLMENTS = Load(
    Enrollment,
    """
    SELECT line, id AS student_id, %(version)s::uuid AS program_version_id, enrolled_on, disability, deprivation_band
    FROM wanted_student""",
    key=("student_id", "program_version_id"),
    stated=("enrolled_on", "disability", "deprivation_band"),
    given={"status": "'active'", "year_of_study": "1"},
    known="""
    SELECT DISTINCT ON (student_id) * FROM academic_enrollment
    WHERE institution_id = %(institution)s AND program_version_id = %(version)s
    ORDER BY student_id, ended_on DESC, id DESC""",
    refusal=Refusal(
        """
        SELECT line, number FROM wanted_enrollment wanted JOIN students_student student ON student.id = student_id
        WHERE institution_id = %(institution)s AND is_new AND student.status = 'deceased'""",
        "studentInfo.csv, line {}: student {} has died here. Take the student out of the files.",
    ),
)
# The first step of each enrollment's history.
HISTORY = Load(
    EnrollmentStatus,
    "SELECT id AS enrollment_id, enrolled_on AS starts_on FROM wanted_enrollment",
    key=("enrollment_id",),
    stated=("starts_on",),
    given={"status": "'active'", "reason": "''"},
    known="""
    SELECT DISTINCT ON (enrollment_id) * FROM academic_enrollmentstatus
    WHERE institution_id = %(institution)s ORDER BY enrollment_id, id""",
    label="enrollment history",
)
# New students begin; who was known and not active becomes so by the enrollment.
STUDENT_HISTORY = Load(
    StudentStatus,
    """
    SELECT id AS student_id, 'active' AS status, enrolled_on AS starts_on FROM wanted_student WHERE is_new
    UNION ALL
    SELECT student.id, 'active', greatest(enrollment.enrolled_on, (
      SELECT max(starts_on) FROM students_studentstatus last
      WHERE last.institution_id = %(institution)s AND last.student_id = student.id))
    FROM wanted_enrollment enrollment JOIN students_student student ON student.id = student_id
    WHERE student.institution_id = %(institution)s AND is_new AND student.status <> 'active'""",
    key=("student_id", "status", "starts_on"),
    given={"reason": "''", "note": "''"},
    known="SELECT * FROM students_studentstatus WHERE false",
    label="student history",
)
REGISTRATIONS = Load(
    Registration,
    """
    SELECT study.line, section_line, id_student, enrollment.student_id, section.id AS section_id,
      enrollment.id AS enrollment_id,
      CASE final_result WHEN 'Withdrawn' THEN 'withdrawn' ELSE 'registered' END AS status,
      lower(final_result) AS result,
      study.starts_on + date_registration::int AS registered_on,
      study.starts_on + date_unregistration::int AS withdrawn_on,
      section.ends_on,
      num_of_prev_attempts + 1 AS attempt,
      studied_credits AS credits_studied,
      CASE age_band WHEN '0-35' THEN '0-34' WHEN '35-55' THEN '35-54' ELSE '55+' END AS age_band
    FROM oulad_study study
    JOIN wanted_section section ON section.line = section_line
    JOIN wanted_student student USING (id_student)
    JOIN wanted_enrollment enrollment ON enrollment.student_id = student.id""",
    key=("student_id", "section_id"),
    stated=("status", "result", "registered_on", "withdrawn_on", "attempt", "credits_studied", "age_band"),
    given={"enrollment_id": "enrollment_id"},
    refusal=Refusal(
        """
        SELECT line, id_student FROM wanted_registration wanted JOIN academic_enrollment own ON own.id = enrollment_id
        WHERE institution_id = %(institution)s AND is_new AND ended_on IS NOT NULL""",
        "studentInfo.csv, line {}: student {} has left module study here. Enroll the student anew.",
    ),
)
ASSESSMENTS = Load(
    Assessment,
    """
    SELECT source.line, id_assessment, section.line AS section_line, section.id AS section_id,
      id_assessment::text AS code, weight, section.starts_on, section.starts_on + date::int AS due_on,
      CASE assessment_type WHEN 'TMA' THEN 'tutor_marked' WHEN 'CMA' THEN 'computer_marked' ELSE 'exam' END AS type
    FROM oulad_assessments source
    JOIN oulad_courses course USING (code_module, code_presentation)
    JOIN wanted_section section ON section.line = course.line""",
    key=("section_id", "code"),
    stated=("type", "due_on", "weight"),
    given={"name": "''", "maximum": "100"},
)
MARKS = Load(
    Mark,
    """
    SELECT source.line, assessment.id AS assessment_id, registration.id AS registration_id,
      CASE WHEN score IS NULL THEN 'submitted' ELSE 'marked' END AS state, score AS mark,
      assessment.starts_on + date_submitted::int AS submitted_on, is_banked,
      registration.ends_on, registration.withdrawn_on
    FROM oulad_marks source
    JOIN wanted_assessment assessment USING (id_assessment)
    JOIN wanted_registration registration USING (section_line, id_student)""",
    key=("assessment_id", "registration_id"),
    stated=("state", "mark", "submitted_on", "is_banked"),
)
LOADS = (TERMS, COURSES, SECTIONS, STUDENTS, ENROLLMENTS, HISTORY, STUDENT_HISTORY, REGISTRATIONS, ASSESSMENTS, MARKS)
