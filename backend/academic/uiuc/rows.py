"""This file holds which rows the catalog means, table by table: as SQL over what was staged."""

from academic.imports.loads import Load, Refusal
from academic.models import Course, Prerequisite, Program, Requisite, RequisiteCourse
from faculties.models import Department

STAGE_COURSES = """
CREATE TEMP TABLE uiuc_courses (file text, line int, subject text, code text PRIMARY KEY, title text, credits numeric,
  credits_up_to numeric, level int, description text, prerequisite_text text, search_text text) ON COMMIT DROP"""
COPY_COURSES = """
COPY uiuc_courses (file, line, subject, code, title, credits, credits_up_to, level, description, prerequisite_text,
  search_text) FROM STDIN"""

# The source names a subject by its code alone.
SUBJECTS = "SELECT DISTINCT subject AS code FROM uiuc_courses"
NAMED = {"name": "code", "search_text": "lower(code || ' ' || code)"}
DEPARTMENTS = Load(
    Department,
    SUBJECTS,
    key=("code",),
    given={**NAMED, "faculty_id": "%(faculty)s"},
)
PROGRAMS = Load(
    Program,
    "SELECT code, id AS department_id FROM wanted_department",
    key=("code",),
    given={
        **NAMED,
        "department_id": "department_id",
        "level": "'module_study'",
        "status": "'active'",
        "category": "''",
        "award_title": "''",
        "mode_of_study": "''",
        "description": "''",
    },
)
COURSES = Load(
    Course,
    """
    SELECT source.file, source.line, source.code, title, credits, credits_up_to, level, description, prerequisite_text,
      search_text, program.id AS program_id
    FROM uiuc_courses source JOIN wanted_program program ON program.code = subject""",
    key=("code",),
    stated=("title", "credits", "credits_up_to", "level", "description", "prerequisite_text", "search_text"),
    given={"program_id": "program_id", "status": "'active'"},
    refusal=Refusal(
        """
        SELECT wanted.line, wanted.file || ', ' || own.code
        FROM wanted_course wanted JOIN academic_course own USING (id)
        WHERE institution_id = %(institution)s AND own.program_id <> wanted.program_id""",
        "{1}, line {0}: another program of this institution has this course. Choose another institution.",
    ),
)
REQUISITES = Load(
    Requisite,
    "SELECT course_id, kind, tree, text, named, hard FROM uiuc_requisites",
    key=("course_id", "kind"),
    given={"tree": "tree", "text": "text"},
)
# What stands beside a new tree; one that is there has its own.
NAMES = Load(
    RequisiteCourse,
    """
    SELECT requisite.id AS requisite_id, unnest(named) AS course_id FROM wanted_requisite requisite WHERE is_new""",
    key=("requisite_id", "course_id"),
)
EDGES = Load(
    Prerequisite,
    """
    SELECT requisite.id AS requisite_id, course_id, unnest(hard) AS requires_id
    FROM wanted_requisite requisite WHERE is_new""",
    key=("requisite_id", "course_id", "requires_id"),
)
UNITS_AND_COURSES = (DEPARTMENTS, PROGRAMS, COURSES)
TREES = (REQUISITES, NAMES, EDGES)
