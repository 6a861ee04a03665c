"""This file holds what a file of attendance looks like: who was in classes whose registers are open."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from academic.attendance.models import Attendance
from academic.attendance.rules import TAKE
from academic.sections.columns import A_CLOCK, CLOCK, KNOWN_SECTION, SECTION_CHECKS, SECTION_COLUMNS
from core.bulk.columns import Choice, Column, Day
from core.bulk.contracts import Check, Contract, Load, declare
from students.students.columns import KNOWN_STUDENT, STUDENT_CHECKS, STUDENT_NUMBER

# The classes that a row can mean, whose register is open.
CLASS = """
SELECT register.id FROM academic_occurrence occurrence
JOIN faculties_institution place ON place.id = occurrence.institution_id
JOIN academic_attendanceregister register ON register.institution_id = occurrence.institution_id
  AND register.occurrence_id = occurrence.id AND register.status = 'open'
WHERE occurrence.institution_id = %(institution)s AND occurrence.section_id = section.meets_as
  AND (occurrence.starts_at AT TIME ZONE place.time_zone)::date = staged.on_date
  AND (staged.starts_at IS NULL
    OR (occurrence.starts_at AT TIME ZONE place.time_zone)::time = staged.starts_at::time)"""
CLASSES = f"staged JOIN {KNOWN_SECTION} CROSS JOIN LATERAL ({CLASS}) class"
MARKS = f"""{CLASSES} JOIN {KNOWN_STUDENT}
JOIN academic_attendance mark
  ON mark.institution_id = %(institution)s AND mark.register_id = class.id AND mark.student_id = student.id"""

declare(
    Contract(
        name="attendance",
        title="Attendance",
        means="One row for each student of a class whose register is open; who is in no row stays as they are.",
        needs=(TAKE,),
        main=Attendance,
        key=("student_number", "course", "section", "term", "on_date", "starts_at"),
        columns=(
            STUDENT_NUMBER,
            *SECTION_COLUMNS,
            Day(
                name="on_date",
                means="The day of the class.",
                aliases=("date", "day", "class_date"),
                required=True,
                examples=("2026-02-09",),
            ),
            Column(
                name="starts_at",
                means="When the class began, where the section met several times on this day.",
                aliases=("start", "start_time", "time"),
                pattern=A_CLOCK,
                pattern_means=CLOCK,
                examples=("08:00",),
            ),
            Choice(
                name="status",
                means="Whether the student was there.",
                aliases=("attendance", "mark", "presence"),
                required=True,
                values=tuple(Attendance.Status.values),
                also={"present": ("p", "yes", "1"), "late": ("l",), "absent": ("a", "no", "0"), "excused": ("e",)},
                examples=("present",),
            ),
            Column(
                name="reason",
                means="Why the student is excused; blank for anybody else.",
                aliases=("excuse", "reason_of_absence", "absence_reason"),
                longest=300,
                examples=("Funeral in the family",),
            ),
        ),
        # As by hand, where the class meets: one's own, with whom it is cross-listed, and those of one's department.
        theirs=Check(
            column="section",
            code="not_yours",
            found=f"""
            SELECT number, staged.section FROM staged JOIN {KNOWN_SECTION}
            JOIN academic_section host ON host.institution_id = %(institution)s AND host.id = section.meets_as
            JOIN academic_course taught ON taught.institution_id = %(institution)s AND taught.id = host.course_id
            JOIN academic_program program ON program.institution_id = %(institution)s AND program.id = taught.program_id
            WHERE program.department_id <> ALL (%(units)s::uuid[]) AND NOT EXISTS (
              SELECT FROM academic_section there JOIN academic_teaching teaching
                ON teaching.institution_id = %(institution)s AND teaching.section_id = there.id
              WHERE there.institution_id = %(institution)s AND there.meets_as = host.id
                AND teaching.account_id = %(person)s::uuid) ORDER BY number""",
            words="a section that you teach, or one of your department",
        ),
        # Nobody closes these registers before the marks are in.
        before=(
            f"""
            SELECT id FROM academic_attendanceregister WHERE institution_id = %(institution)s AND id IN (
              SELECT class.id FROM {CLASSES}) ORDER BY id FOR NO KEY UPDATE""",
        ),
        loads=(
            Load(
                model=Attendance,
                wanted=f"SELECT staged.number, mark.id AS mark_id, mark.register_id, staged.status FROM {MARKS}",
                key=(),
                match="own.id = wanted.mark_id",
                stated={"status": "status"},
                sealed=("reason",),
            ),
        ),
        # The next version of a register: who has this one in hand marks anew.
        after=(
            """
            UPDATE academic_attendanceregister SET version = version + 1, updated_at = now()
            WHERE institution_id = %(institution)s AND id IN (
              SELECT register_id FROM wanted_attendance WHERE is_changed)""",
        ),
        checks=(
            *SECTION_CHECKS,
            *STUDENT_CHECKS,
            Check(
                column="on_date",
                code="no_open_register",
                found=f"""
                SELECT number, staged.on_date FROM staged JOIN {KNOWN_SECTION}
                WHERE NOT EXISTS ({CLASS}) ORDER BY number""",
                words="a day, and an hour if one is named, of a class of this section whose register is open",
            ),
            Check(
                column="on_date",
                code="several_known",
                found=f"""
                SELECT number, staged.on_date FROM staged JOIN {KNOWN_SECTION}
                WHERE (SELECT count(*) FROM ({CLASS}) found) > 1 ORDER BY number""",
                words="one class: the section met several times on this day, so name the hour too (starts_at)",
            ),
            Check(
                column="student_number",
                code="not_in_section",
                found=f"""
                SELECT staged.number, student_number FROM {CLASSES} JOIN {KNOWN_STUDENT}
                WHERE NOT EXISTS (SELECT FROM academic_attendance mark
                  WHERE mark.institution_id = %(institution)s AND mark.register_id = class.id
                    AND mark.student_id = student.id) ORDER BY staged.number""",
                words="a student in this register, who was registered on that day",
            ),
            Check(
                column="status",
                code="excused_for_a_reason",
                found=f"""
                SELECT staged.number, staged.status FROM {MARKS}
                WHERE mark.reason IS NOT NULL AND staged.status <> 'excused' ORDER BY staged.number""",
                words="excused, as this student is for a reason: change that in the register",
            ),
            Check(
                column="reason",
                code="reason_of_nothing",
                found="""
                SELECT number, status FROM staged WHERE reason IS NOT NULL AND status <> 'excused' ORDER BY number""",
                words="nothing: only who is excused has a reason",
            ),
        ),
    )
)
