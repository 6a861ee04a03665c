"""This file holds what a file of placements looks like, and what it becomes."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from core.bulk.columns import Choice, Column, Day
from core.bulk.contracts import Check, Contract, Derived, Load, declare
from core.texts import folded
from faculties.institutions.days import TODAY
from students.employers.models import Employer
from students.placements.models import Placement
from students.statuses.intake import history, not_before_the_last
from students.students.columns import KNOWN_STUDENT, STUDENT_CHECKS, STUDENT_NUMBER
from students.students.models import Student

KNOWN_EMPLOYER = """
students_employer employer
  ON employer.institution_id = %(institution)s AND employer.search_text = staged.employer_search"""
# A placement is known by its student, its employer and its first day, unless it was broken off.
KNOWN_PLACEMENT = "SELECT * FROM students_placement WHERE institution_id = %(institution)s AND status <> 'broken_off'"
SAME_PLACEMENT = f"""
FROM staged JOIN {KNOWN_STUDENT} JOIN {KNOWN_EMPLOYER} JOIN ({KNOWN_PLACEMENT}) own
  ON own.student_id = student.id AND own.employer_id = employer.id AND own.starts_on = staged.starts_on"""

# As the rule does it: an attachment that runs makes an active student one on attachment.
ON_ATTACHMENT = Load(
    model=Student,
    wanted=f"""
    SELECT staged.number, student.id AS student_id, 'on_attachment'::text AS status
    FROM staged JOIN {KNOWN_STUDENT} JOIN wanted_placement placement ON placement.number = staged.number
    WHERE placement.is_new AND placement.status_of_new = 'running'
      AND coalesce(placement.kind, 'attachment') = 'attachment' AND student.status = 'active'""",
    key=(),
    match="own.id = wanted.student_id",
    stated={"status": "starts_on"},
)

declare(
    Contract(
        name="placements",
        title="Placements",
        means="One row for each time that a student learns at an employer. Employers that are not known are added.",
        needs=("students.add_employer", "students.add_placement", "students.change_placement"),
        main=Placement,
        key=("student_number", "starts_on"),
        columns=(
            STUDENT_NUMBER,
            Column(
                name="employer",
                means="The name of the employer.",
                aliases=("employer_name", "company", "company_name", "organization", "organisation", "host", "firm"),
                required=True,
                examples=("Hwange Colliery",),
            ),
            Choice(
                name="sector",
                means="What an employer does that is not known yet, as a section of ISIC.",
                aliases=("industry", "employer_sector"),
                values=Employer.Sector.values,
                also={label: (words,) for label, words in Employer.Sector.choices},
                examples=("mining",),
            ),
            Choice(
                name="kind",
                means="What it is; an attachment where nothing is said.",
                aliases=("type", "placement_type"),
                values=Placement.Kind.values,
                also={
                    "attachment": ("industrial attachment", "work related learning", "wrl", "teaching practice"),
                    "apprenticeship": ("apprentice", "indenture"),
                    "internship": ("intern",),
                },
                examples=("attachment",),
            ),
            Day(
                name="starts_on",
                means="The first day.",
                aliases=("start_date", "from", "starts", "start"),
                required=True,
                examples=("2026-01-05",),
            ),
            Day(
                name="ends_on",
                means="The last day.",
                aliases=("end_date", "to", "until", "ends", "end"),
                required=True,
                examples=("2026-12-18",),
            ),
            Column(
                name="host_supervisor",
                means="Who guides the student at the employer.",
                aliases=("supervisor", "supervisor_name", "industrial_supervisor", "company_supervisor", "mentor"),
                longest=120,
                sticky=True,
                examples=("T. Dube",),
            ),
        ),
        derived=(Derived(name="employer_search", work=lambda row, _: folded(row["employer"])),),
        loads=(
            Load(
                model=Employer,
                wanted="""
                SELECT DISTINCT ON (employer_search) number, employer AS name, employer_search AS search_text,
                  coalesce(sector, '') AS sector
                FROM staged ORDER BY employer_search, number""",
                key=("search_text",),
                given={"name": "wanted.name", "sector": "wanted.sector"},
            ),
            Load(
                model=Placement,
                wanted=f"""
                SELECT staged.*, student.id AS student_id, employer.id AS employer_id,
                  CASE WHEN ends_on < {TODAY} THEN 'completed' WHEN starts_on <= {TODAY} THEN 'running'
                  ELSE 'planned' END AS status_of_new
                FROM staged JOIN {KNOWN_STUDENT}
                JOIN wanted_employer employer ON employer.search_text = staged.employer_search""",
                key=(),
                match="own.student_id = wanted.student_id AND own.employer_id = wanted.employer_id"
                " AND own.starts_on = wanted.starts_on",
                known=KNOWN_PLACEMENT,
                stated={name: name for name in ("kind", "ends_on", "host_supervisor")},
                given={
                    "student_id": "wanted.student_id",
                    "employer_id": "wanted.employer_id",
                    "starts_on": "wanted.starts_on",
                    "status": "wanted.status_of_new",
                },
            ),
            ON_ATTACHMENT,
            history(
                f"""
                SELECT student.number, student.id AS student_id, student.status,
                  {not_before_the_last("staged.starts_on")} AS starts_on
                FROM wanted_student student JOIN staged USING (number)"""
            ),
        ),
        checks=(
            *STUDENT_CHECKS,
            Check(
                column="ends_on",
                code="ends_before_it_starts",
                found="SELECT number, ends_on FROM staged WHERE ends_on < starts_on ORDER BY number",
                words="a day that is not before the first one",
            ),
            Check(
                column="starts_on",
                code="placed_elsewhere",
                found=f"""
                SELECT staged.number, staged.starts_on FROM staged JOIN {KNOWN_STUDENT}
                WHERE EXISTS (
                  SELECT FROM ({KNOWN_PLACEMENT}) other LEFT JOIN {KNOWN_EMPLOYER}
                  WHERE other.student_id = student.id AND (
                      other.starts_on <> staged.starts_on OR other.employer_id IS DISTINCT FROM employer.id)
                    AND other.starts_on <= staged.ends_on AND staged.starts_on <= other.ends_on
                ) OR EXISTS (
                  SELECT FROM staged above WHERE above.student_number = staged.student_number
                    AND above.number < staged.number AND above.starts_on <> staged.starts_on
                    AND above.starts_on <= staged.ends_on AND staged.starts_on <= above.ends_on
                ) ORDER BY staged.number""",
                words="days on which the student has no other placement, neither in the register nor in a row above",
            ),
            Check(
                column="starts_on",
                code="placement_completed",
                found=f"""
                SELECT staged.number, staged.starts_on {SAME_PLACEMENT}
                WHERE own.status = 'completed' AND (own.kind, own.ends_on, own.host_supervisor) IS DISTINCT FROM (
                  coalesce(staged.kind, own.kind), staged.ends_on, coalesce(staged.host_supervisor, own.host_supervisor)
                ) ORDER BY staged.number""",
                words="what the register says of this placement: a completed one stays as it was",
            ),
            Check(
                column="ends_on",
                code="would_lie_outside",
                found=f"""
                SELECT staged.number, staged.ends_on {SAME_PLACEMENT}
                WHERE EXISTS (
                  SELECT FROM students_placementvisit visit WHERE visit.institution_id = own.institution_id
                    AND visit.placement_id = own.id AND visit.visited_on > staged.ends_on
                ) OR EXISTS (
                  SELECT FROM students_logbookentry entry WHERE entry.institution_id = own.institution_id
                    AND entry.placement_id = own.id AND entry.week_starts_on > staged.ends_on
                ) ORDER BY staged.number""",
                words="a day that is not before its last visit, nor before the last week of its logbook",
            ),
            Check(
                column="employer",
                code="will_be_added",
                found=f"""
                SELECT min(staged.number), min(staged.employer) FROM staged LEFT JOIN {KNOWN_EMPLOYER}
                WHERE employer.id IS NULL GROUP BY employer_search ORDER BY 1""",
                words="These employers are not known here, and are added. Correct the names that are another's.",
                is_warning=True,
            ),
        ),
    )
)
