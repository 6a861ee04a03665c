"""This file holds what a file of mobility looks like, and what it becomes."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from decimal import Decimal

from core.bulk.columns import Choice, Column, Day, Listed, Number
from core.bulk.contracts import Check, Contract, Load, declare
from faculties.institutions.days import TODAY
from students.mobility.countries import ALSO_CALLED, COUNTRIES
from students.mobility.models import Mobility
from students.students.columns import KNOWN_STUDENT, STUDENT_CHECKS, STUDENT_NUMBER

STATED = ("direction", "kind", "country", "partner", "agreement", "ends_on", "credits_expected")
# A stay is known by its student and its first day, as long as it was not canceled.
KNOWN_STAY = "SELECT * FROM students_mobility WHERE institution_id = %(institution)s AND status <> 'canceled'"

declare(
    Contract(
        name="mobility",
        title="Mobility",
        means="One row for each stay of a student in another country, or here from one.",
        needs=("students.add_mobility", "students.change_mobility"),
        main=Mobility,
        key=("student_number", "starts_on"),
        columns=(
            STUDENT_NUMBER,
            Choice(
                name="direction",
                means="Out to another country, or in from one.",
                aliases=("mobility_type", "inbound_outbound"),
                required=True,
                values=Mobility.Direction.values,
                also={"inbound": ("in", "incoming"), "outbound": ("out", "outgoing")},
                examples=("outbound",),
            ),
            Choice(
                name="kind",
                means="What the stay is for; an exchange where nothing is said.",
                aliases=("purpose", "type"),
                values=Mobility.Kind.values,
                also={"traineeship": ("internship", "attachment", "placement"), "credit": ("credit mobility",)},
                examples=("exchange",),
            ),
            Listed(
                name="country",
                means="The country it leads to, or that the student comes from.",
                told="a country by its name or its two letters of ISO 3166-1, such as South Africa or ZA",
                aliases=("host_country", "home_country", "partner_country"),
                required=True,
                values=tuple(COUNTRIES),
                also={code: (name, *ALSO_CALLED.get(code, ())) for code, name in COUNTRIES.items()},
                examples=("South Africa", "ZA"),
            ),
            Column(
                name="partner",
                means="The name of the institution or firm there.",
                aliases=("partner_institution", "host_institution", "home_institution", "host"),
                required=True,
                sticky=True,
                examples=("University of Pretoria",),
            ),
            Column(
                name="agreement",
                means="The program or agreement, as it is called.",
                aliases=("program", "exchange_program"),
                longest=300,
                sticky=True,
                examples=("Erasmus+",),
            ),
            Day(
                name="starts_on",
                means="The first day.",
                aliases=("start_date", "from", "starts"),
                required=True,
                examples=("2026-02-01",),
            ),
            Day(
                name="ends_on",
                means="The last day.",
                aliases=("end_date", "to", "until", "ends"),
                required=True,
                examples=("2026-06-30",),
            ),
            Number(
                name="credits_expected",
                means="The credits of this institution that are expected of it.",
                aliases=("credits",),
                highest=Decimal(9999),
                examples=("30",),
            ),
        ),
        loads=(
            Load(
                model=Mobility,
                wanted=f"""
                SELECT staged.*, student.id AS student_id,
                  CASE WHEN ends_on < {TODAY} THEN 'completed' WHEN starts_on <= {TODAY} THEN 'under_way'
                  ELSE 'planned' END AS status_of_new
                FROM staged JOIN {KNOWN_STUDENT}""",
                key=(),
                match="own.student_id = wanted.student_id AND own.starts_on = wanted.starts_on",
                known=KNOWN_STAY,
                stated={name: name for name in STATED},
                given={
                    "student_id": "wanted.student_id",
                    "starts_on": "wanted.starts_on",
                    "status": "wanted.status_of_new",
                },
            ),
        ),
        checks=(
            *STUDENT_CHECKS,
            Check(
                column="ends_on",
                code="ends_before_it_starts",
                found="SELECT number, ends_on FROM staged WHERE ends_on < starts_on",
                words="a day that is not before the first one",
            ),
            Check(
                column="starts_on",
                code="stays_overlap",
                found=f"""
                SELECT staged.number, staged.starts_on FROM staged JOIN {KNOWN_STUDENT}
                WHERE EXISTS (
                  SELECT FROM ({KNOWN_STAY}) other WHERE other.student_id = student.id
                    AND other.starts_on <> staged.starts_on
                    AND other.starts_on <= staged.ends_on AND staged.starts_on <= other.ends_on
                ) OR EXISTS (
                  SELECT FROM staged above WHERE above.student_number = staged.student_number
                    AND above.number < staged.number AND above.starts_on <> staged.starts_on
                    AND above.starts_on <= staged.ends_on AND staged.starts_on <= above.ends_on
                )""",
                words="days on which the student has no other stay, neither in the register nor in a row above",
            ),
            Check(
                column="starts_on",
                code="stay_completed",
                found=f"""
                SELECT staged.number, staged.starts_on FROM staged JOIN {KNOWN_STUDENT}
                JOIN ({KNOWN_STAY}) own ON own.student_id = student.id AND own.starts_on = staged.starts_on
                WHERE own.status = 'completed' AND (own.direction, own.country, own.partner, own.ends_on)
                  IS DISTINCT FROM (staged.direction, staged.country, staged.partner, staged.ends_on)""",
                words="what the register says of this stay: a completed one stays as it was",
            ),
        ),
    )
)
