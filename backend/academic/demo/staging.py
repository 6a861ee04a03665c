"""This file holds the SQL by which a staged institution becomes rows: set by set, without a row in Python.

Whatever looks like chance below is a hash of the student, the course and the seed, so it is the same in every run.
"""

# ruff: noqa: S608  What is pasted into the SQL are constants of ours.

from academic.demo.courses import LONG_CREDITS
from academic.demo.terms import CURRENT, TODAY
from academic.registrations.ages import BANDS, AgeBand
from core.ids import NEW_ID

# Temporary tables have no row security, which COPY FROM does not work with.
TABLES = {
    "demo_student": """
        place int, id uuid, enrollment_id uuid, number text, given_names text, family_name text, search_text text,
        sex text, birth_year int, region text, nationality text, prior_education text, department_id uuid, email text,
        salt bytea, national_id bytea, national_id_index bytea, date_of_birth bytea, entry_year int, status text,
        version_id uuid, enrollment_status text, year_of_study int, enrolled_on date, changed_on date, ended_on date,
        disability text, first_term int, last_term int, part int, ability int""",
    "demo_term": "place int, id uuid, year int, half int, starts_on date, ends_on date",
    "demo_course": "place int, id uuid, has_marks boolean",
    "demo_slot": "version_id uuid, course int, year int, half int, typical int, credits int",
    "demo_section": f"id uuid DEFAULT {NEW_ID}, course int, term int, part int, seats int",
    "demo_registration": f"""
        id uuid DEFAULT {NEW_ID}, student int, course int, term int, part int, attempt int, credits int, hash bigint,
        is_withdrawn boolean, mark int""",
    "demo_assessment": f"id uuid DEFAULT {NEW_ID}, section uuid, kind int, due_on date",
}
CREATE = ";".join(
    f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DROP" for name, columns in TABLES.items()
)
EMPTY = f"TRUNCATE {', '.join(TABLES)}"
# Or the checks of foreign keys of millions of rows would queue up until the commit.
CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"

ROW = "id, institution_id, created_at, updated_at, version"
NEW_ROW = f"{NEW_ID}, %(institution)s, now(), now(), 1"


def made_as(row_id: str) -> str:
    """The columns of ROW where the id was staged."""
    return f"{row_id}, %(institution)s, now(), now(), 1"


STUDENTS = f"""
INSERT INTO students_student ({ROW}, number, given_names, family_name, search_text, sex, birth_year, region,
  nationality, prior_education, entry_year, status, department_id, email, national_id, national_id_index, date_of_birth)
SELECT {made_as("id")}, number, given_names, family_name, search_text, sex, birth_year, region,
  nationality, prior_education, entry_year, status, department_id, email, national_id, national_id_index, date_of_birth
FROM demo_student"""

# Who withdraws says why, or does not; of who is excluded it is known.
STUDENT_HISTORY = f"""
INSERT INTO students_studentstatus ({ROW}, student_id, status, starts_on, reason, note)
SELECT {NEW_ROW}, id, 'active', enrolled_on, '', '' FROM demo_student
UNION ALL
SELECT {NEW_ROW}, id, status, changed_on,
  CASE enrollment_status WHEN 'excluded' THEN 'excluded' WHEN 'withdrawn'
    THEN (ARRAY['financial', 'family', 'work', 'not_stated'])[place %% 4 + 1] ELSE '' END, ''
FROM demo_student WHERE changed_on IS NOT NULL"""

PERSON_KEYS = "INSERT INTO core_personkey (person, salt) SELECT id, salt FROM demo_student"

ENROLLMENTS = f"""
INSERT INTO academic_enrollment ({ROW}, student_id, program_version_id, status, year_of_study, enrolled_on, ended_on,
  disability, deprivation_band)
SELECT {made_as("enrollment_id")}, id, version_id, enrollment_status, year_of_study, enrolled_on, ended_on,
  disability, ''
FROM demo_student"""

HISTORY = f"""
INSERT INTO academic_enrollmentstatus ({ROW}, enrollment_id, status, starts_on, reason)
SELECT {NEW_ROW}, enrollment_id, 'active', enrolled_on, '' FROM demo_student
UNION ALL
SELECT {NEW_ROW}, enrollment_id, enrollment_status, changed_on, '' FROM demo_student WHERE changed_on IS NOT NULL"""

# The sum of four even draws is close to normal: 14 times it has a standard deviation of 8 marks.
CHANCE = "((hash & 1023) + (hash >> 10 & 1023) + (hash >> 20 & 1023) + (hash >> 30 & 1023)) / 1023.0 - 2"
WITHDRAWS = "(hash >> 40 & 1023) < 35"

# In the order of students, so that the same pages of their tables and indexes serve row after row later on.
FIRST_ATTEMPTS = f"""
INSERT INTO demo_registration (student, course, term, part, attempt, credits, hash, is_withdrawn, mark)
SELECT student, course, term, part, 1, credits, hash, {WITHDRAWS},
  least(100, greatest(0, round(typical + ability + 14 * ({CHANCE}))))
FROM (
  SELECT student.place AS student, slot.course, term.place AS term, student.part, slot.credits, slot.typical,
    student.ability, hashint8extended(student.place::bigint * 65536 + slot.course, %(seed)s) AS hash
  FROM demo_student student
  JOIN demo_term term ON term.place BETWEEN student.first_term AND student.last_term
  JOIN demo_slot slot ON slot.version_id = student.version_id AND slot.half = term.half
    AND slot.year = term.year - student.entry_year + 1
  ORDER BY student.place, term.place
) drawn"""

# Who fails takes the course again a year later, with the first group, and does a little better.
SECOND_ATTEMPTS = f"""
INSERT INTO demo_registration (student, course, term, part, attempt, credits, hash, is_withdrawn, mark)
SELECT student, course, term, 1, 2, credits, hash, {WITHDRAWS}, least(100, mark + 4 + abs(round(14 * ({CHANCE}))))
FROM (
  SELECT first.student, first.course, first.term + 2 AS term, first.credits, first.mark,
    hashint8extended(first.hash, %(seed)s) AS hash
  FROM demo_registration first JOIN demo_student student ON student.place = first.student
  WHERE first.mark < 50 AND NOT first.is_withdrawn AND first.term + 2 <= student.last_term
  OFFSET 0
) drawn"""

STAGED_SECTIONS = """
INSERT INTO demo_section (course, term, part, seats)
SELECT course, term, part, count(*) FILTER (WHERE NOT is_withdrawn)
FROM demo_registration GROUP BY term, course, part ORDER BY term, course, part"""

SECTIONS = f"""
INSERT INTO academic_section ({ROW}, course_id, term_id, code, starts_on, ends_on, capacity, seats_taken, status)
SELECT {made_as("section.id")}, course.id, term.id, section.part, term.starts_on, term.ends_on,
  greatest(20, ceil(seats * 1.1 / 10) * 10), seats, CASE term.place WHEN {CURRENT.place} THEN 'open' ELSE 'finished' END
FROM demo_section section
JOIN demo_course course ON course.place = section.course
JOIN demo_term term ON term.place = section.term"""

AGE_BAND = "CASE {} ELSE '{}' END".format(
    " ".join(f"WHEN term.year - student.birth_year < {bound} THEN '{band.value}'" for bound, band in BANDS),
    AgeBand.FROM_55.value,
)

REGISTRATIONS = f"""
INSERT INTO academic_registration ({ROW}, enrollment_id, student_id, section_id, status, result, result_mark,
  registered_on, withdrawn_on, attempt, credits_studied, age_band)
SELECT {made_as("own.id")}, student.enrollment_id, student.id, section.id,
  CASE WHEN own.is_withdrawn THEN 'withdrawn' ELSE 'registered' END,
  CASE WHEN own.is_withdrawn THEN 'withdrawn' WHEN own.term = {CURRENT.place} THEN 'pending'
    WHEN own.mark >= 75 THEN 'distinction' WHEN own.mark >= 50 THEN 'pass' ELSE 'fail' END,
  CASE WHEN NOT own.is_withdrawn AND own.term < {CURRENT.place} THEN own.mark END,
  term.starts_on + (own.hash >> 50 & 7)::int,
  CASE WHEN own.is_withdrawn THEN term.starts_on + 14 + (own.hash >> 53 & 31)::int END,
  own.attempt, {LONG_CREDITS} + coalesce(again.credits, 0), {AGE_BAND}
FROM demo_registration own
JOIN demo_student student ON student.place = own.student
JOIN demo_section section ON (section.course, section.term, section.part) = (own.course, own.term, own.part)
JOIN demo_term term ON term.place = own.term
LEFT JOIN (
  SELECT student, term, sum(credits) AS credits FROM demo_registration WHERE attempt = 2 GROUP BY student, term
) again ON (again.student, again.term) = (own.student, own.term)"""

STAGED_ASSESSMENTS = """
INSERT INTO demo_assessment (section, kind, due_on)
SELECT section.id, kind,
  CASE kind WHEN 1 THEN term.starts_on + 35 WHEN 2 THEN term.starts_on + 77 ELSE term.ends_on - 7 END
FROM demo_section section
JOIN demo_course course ON course.place = section.course AND course.has_marks
JOIN demo_term term ON term.place = section.term AND term.year = %(marked_year)s
CROSS JOIN generate_series(1, 3) kind"""

ASSESSMENTS = f"""
INSERT INTO academic_assessment ({ROW}, section_id, code, name, type, due_on, weight, maximum)
SELECT {made_as("staged.id")}, staged.section, named.code, named.name, named.type, staged.due_on, named.weight, 100
FROM demo_assessment staged
JOIN (VALUES (1, 'CW1', 'Assignment', 'tutor_marked', 50), (2, 'CW2', 'Test', 'computer_marked', 50),
  (3, 'EXAM', 'Examination', 'exam', 100)) named (kind, code, name, type, weight) USING (kind)"""

# The three marks differ from the result and still give it: 20 % + 20 % + 60 %. In the running term some wait.
MARKS = f"""
INSERT INTO academic_mark ({ROW}, assessment_id, registration_id, state, mark, submitted_on, is_banked)
SELECT {NEW_ROW}, assessment, registration, state,
  CASE WHEN state <> 'marked' THEN NULL WHEN kind = 1 THEN mark + up WHEN kind = 2 THEN mark - up + 3 * down
    ELSE mark - down END,
  CASE state WHEN 'excused' THEN NULL ELSE due_on - (hash >> 36 & 3)::int END, false
FROM (
  SELECT staged.id AS assessment, own.id AS registration, staged.kind, staged.due_on, own.mark, own.hash,
    CASE WHEN own.mark BETWEEN 22 AND 78 THEN (own.hash >> 44 & 15) - 7 ELSE 0 END AS up,
    CASE WHEN own.mark BETWEEN 22 AND 78 THEN (own.hash >> 48 & 7) - 3 ELSE 0 END AS down,
    CASE WHEN own.term < {CURRENT.place} THEN 'marked' WHEN (own.hash >> 52 & 63) < 4 THEN 'submitted'
      WHEN (own.hash >> 52 & 63) = 4 THEN 'excused' ELSE 'marked' END AS state
  FROM demo_registration own
  JOIN demo_section section ON (section.course, section.term, section.part) = (own.course, own.term, own.part)
  JOIN demo_assessment staged ON staged.section = section.id AND staged.due_on < '{TODAY}'
  WHERE NOT own.is_withdrawn
  OFFSET 0
) given"""
