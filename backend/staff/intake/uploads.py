"""This file holds what a file of staff looks like, and what it becomes: members, their first contract, their award."""

from core.bulk.contracts import Check, Contract, Load, declare
from core.bulk.persons import checks_of
from faculties.departments.intake import DEPARTMENTS, FACULTIES, UNIT_CHECKS, UNIT_NAMES
from staff import models
from staff.intake.columns import COLUMNS, DERIVED
from staff.models import Member, Qualification

# Where a file names no faculty, that of the one department of this name is meant.
FACULTY_OF_DEPARTMENT = """
UPDATE staged SET faculty = found.faculty FROM (
  SELECT lower(own.name) AS department, min(parent.name) AS faculty
  FROM faculties_department own
  JOIN faculties_faculty parent ON parent.institution_id = own.institution_id AND parent.id = own.faculty_id
  WHERE own.institution_id = %(institution)s AND own.closed_on IS NULL GROUP BY 1 HAVING count(*) = 1
) found WHERE staged.faculty IS NULL AND lower(staged.department) = found.department"""

MEMBERS = Load(
    model=Member,
    wanted="""
    SELECT staged.number, employee_number, department.id AS department_id, title, given_names, family_name, search_text,
      sex, email, nationality, position, specialization, joined_on, national_id_index, birth_year
    FROM staged
    LEFT JOIN wanted_faculty faculty ON lower(faculty.name) = lower(staged.faculty)
    LEFT JOIN wanted_department department
      ON department.faculty_id = faculty.id AND lower(department.name) = lower(staged.department)""",
    key=(),
    match="own.number = wanted.employee_number",
    stated={
        "title": "title", "given_names": "given_names", "family_name": "family_name", "search_text": "family_name",
        "sex": "sex", "email": "email", "nationality": "nationality", "position": "position",
        "specialization": "specialization", "department_id": "department", "joined_on": "joined_on",
        "national_id_index": "national_id", "birth_year": "date_of_birth",
    },
    given={"number": "wanted.employee_number"},
    sealed=("national_id", "date_of_birth", "phone", "address"),
)  # fmt: skip
# A first one, of who has none: what follows is signed by hand.
CONTRACTS = Load(
    model=models.Contract,
    wanted="""
    SELECT staged.number, member.id AS member_id, activity, staged.joined_on AS starts_on,
      coalesce(contract_kind, 'permanent') AS kind, coalesce(staged.fte, 1) AS fte
    FROM staged JOIN wanted_member member USING (number)
    WHERE activity IS NOT NULL""",
    key=(),
    match="own.member_id = wanted.member_id",
    known="""
    SELECT DISTINCT ON (member_id) * FROM staff_contract
    WHERE institution_id = %(institution)s ORDER BY member_id, starts_on""",
    given={
        "member_id": "wanted.member_id",
        "activity": "wanted.activity",
        "starts_on": "wanted.starts_on",
        "kind": "wanted.kind",
        "fte": "wanted.fte",
    },
)
QUALIFICATIONS = Load(
    model=Qualification,
    wanted="""
    SELECT staged.number, member.id AS member_id, qualification_level, qualification
    FROM staged JOIN wanted_member member USING (number)
    WHERE qualification_level IS NOT NULL""",
    key=(),
    match="""own.member_id = wanted.member_id AND own.level = wanted.qualification_level
      AND lower(own.title) = lower(wanted.qualification)""",
    known="""
    SELECT DISTINCT ON (member_id, level, lower(title)) * FROM staff_qualification
    WHERE institution_id = %(institution)s ORDER BY member_id, level, lower(title), id""",
    given={
        "member_id": "wanted.member_id",
        "level": "wanted.qualification_level",
        "title": "wanted.qualification",
    },
)

CHECKS = (
    Check(
        column="department",
        code="not_known",
        found="SELECT number, department FROM staged WHERE department IS NOT NULL AND faculty IS NULL ORDER BY number",
        words="a department of this institution, by a name that no other has; else name its faculty too",
        candidates="""
        SELECT unnest(ARRAY[code, name]) FROM faculties_department
        WHERE institution_id = %(institution)s AND closed_on IS NULL""",
    ),
    Check(
        column="employee_number",
        code="member_left",
        found="""
        SELECT staged.number, employee_number FROM staged JOIN staff_member own ON own.number = employee_number
        WHERE own.institution_id = %(institution)s AND own.left_on IS NOT NULL AND own.erased_at IS NULL""",
        words="somebody who stays: one who comes back is reinstated first",
    ),
    *checks_of(Member, "employee_number"),
    *UNIT_CHECKS,
    Check(
        column="joined_on",
        code="year_unlike_number",
        found=r"""
        SELECT number, joined_on FROM staged
        WHERE substring(employee_number from '^[A-Za-z]{1,6}-?((?:19|20)[0-9]{2})(?![0-9])')::int
          <> extract(year FROM joined_on)
        ORDER BY number""",
        words="The employee number names another year than the day of joining. The day of joining is taken.",
        is_warning=True,
    ),
    Check(
        column="email",
        code="email_repeated",
        found="""
        SELECT number, email FROM (
          SELECT number, email, employee_number, count(*) OVER (PARTITION BY lower(email)) AS holders
          FROM staged WHERE email IS NOT NULL
        ) counted WHERE holders > 1 OR EXISTS (
          SELECT FROM staff_member own WHERE own.institution_id = %(institution)s
            AND lower(own.email) = lower(counted.email) AND own.number <> employee_number) ORDER BY number""",
        words="These addresses belong to two people here. Both keep theirs; correct the one that is wrong.",
        is_warning=True,
    ),
    Check(
        column="position",
        code="activity_unclear",
        found="SELECT number, position FROM staged WHERE position IS NOT NULL AND activity IS NULL ORDER BY number",
        words="These positions leave open whether somebody teaches or researches: no contract is entered.",
        is_warning=True,
    ),
    Check(
        column="position",
        code="contract_assumed",
        found="""
        SELECT staged.number, position FROM staged
        WHERE activity IS NOT NULL AND (contract_kind IS NULL OR fte IS NULL) AND NOT EXISTS (
          SELECT FROM staff_contract own JOIN staff_member member ON member.id = own.member_id
            AND member.institution_id = own.institution_id
          WHERE own.institution_id = %(institution)s AND member.number = employee_number) ORDER BY staged.number""",
        words="What these rows leave open of a contract is taken as permanent, and as a full post. Correct who is not.",
        is_warning=True,
    ),
    Check(
        column="qualification",
        code="level_unclear",
        found="""
        SELECT number, qualification FROM staged WHERE qualification IS NOT NULL AND qualification_level IS NULL
        ORDER BY number""",
        words="The names of these awards tell no level: they are not entered. Enter them by hand.",
        is_warning=True,
    ),
)

declare(
    Contract(
        name="staff",
        title="Staff",
        means="One row for each member of staff, with the post and the highest award.",
        needs=(
            "faculties.add_faculty", "faculties.add_department", "staff.add_member", "staff.change_member",
            "staff.view_member_identity", "staff.add_contract", "staff.add_qualification",
        ),
        main=Member,
        key=("employee_number",),
        tells=("tree",),
        columns=COLUMNS,
        derived=DERIVED,
        before=(*UNIT_NAMES, FACULTY_OF_DEPARTMENT),
        checks=CHECKS,
        loads=(FACULTIES, DEPARTMENTS, MEMBERS, CONTRACTS, QUALIFICATIONS),
    )
)  # fmt: skip
