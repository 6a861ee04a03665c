"""This file holds what a file of transfers looks like: each row asks for one, as the rule does it."""

from collections.abc import Mapping
from typing import Any

from academic.transfers.models import Transfer
from academic.transfers.rules import request_transfer, withdraw
from core.actor import Actor
from core.bulk.columns import Choice, Column
from core.bulk.contracts import Check, Contract, Deed, declare
from students.models import Student
from students.students.columns import STUDENT_NUMBER

LEAVING, COMING = "leaving", "coming"


def ask(actor: Actor, row: Mapping[str, Any]) -> Transfer:
    """Ask for one transfer: of a student here, or of somebody whom the other institution knows."""
    told = {"institution_code": row["institution_code"], "reason": row["reason"] or ""}
    if row["student_id"]:
        return request_transfer(actor, student=Student.objects.get(pk=row["student_id"]), **told)
    return request_transfer(actor, number=row["student_number"], family_name=row["family_name"], **told)


declare(
    Contract(
        name="transfers",
        title="Transfers",
        means="One row for each student for whose transfer from here, or to here, you ask.",
        needs=("academic.add_transfer",),
        main=Transfer,
        key=("student_number", "institution_code"),
        columns=(
            STUDENT_NUMBER,
            Choice(
                name="direction",
                means="Whether a student of yours leaves, or somebody else's comes.",
                aliases=("from_or_to", "type"),
                required=True,
                values=(LEAVING, COMING),
                also={
                    LEAVING: ("out", "outgoing", "outbound", "leaves"),
                    COMING: ("in", "incoming", "inbound", "comes"),
                },
                examples=(LEAVING,),
            ),
            Column(
                name="institution_code",
                means="The code of the other institution.",
                aliases=("institution", "other_institution", "to_institution", "from_institution", "destination"),
                required=True,
                longest=20,
                examples=("NUST",),
            ),
            Column(
                name="family_name",
                means="The family name, which the other institution must know somebody who comes by.",
                aliases=("last_name", "surname"),
                longest=100,
                examples=("Ncube",),
            ),
            Column(name="reason", means="Why the person moves.", longest=300, examples=("Family moved.",)),
        ),
        deeds=(
            Deed(
                model=Transfer,
                wanted="""
                SELECT staged.number, student_number, institution_code, staged.family_name, reason,
                  CASE WHEN direction = 'leaving' THEN student.id END AS student_id, (
                    SELECT own.id FROM academic_transfer own
                    WHERE own.institution_id = %(institution)s AND own.other_institution_id = other.id
                      AND own.number = student_number AND own.status IN ('requested', 'released', 'accepted')
                      AND own.side = CASE direction WHEN 'leaving' THEN 'origin' ELSE 'destination' END
                    ORDER BY own.id DESC LIMIT 1) AS known
                FROM staged JOIN faculties_institution other ON other.code = institution_code
                LEFT JOIN students_student student
                  ON student.institution_id = %(institution)s AND student.number = student_number""",
                do=ask,
                undo=withdraw,
            ),
        ),
        checks=(
            Check(
                column="institution_code",
                code="no_such_institution",
                found="""
                SELECT number, institution_code FROM staged WHERE NOT EXISTS (
                  SELECT FROM faculties_institution other
                  WHERE other.code = institution_code AND other.status = 'open' AND other.id <> %(institution)s)""",
                words="the code of another institution that is open",
                candidates="SELECT code FROM faculties_institution WHERE status = 'open' AND id <> %(institution)s",
            ),
            Check(
                column="student_number",
                code="not_known",
                found="""
                SELECT staged.number, student_number FROM staged WHERE direction = 'leaving' AND NOT EXISTS (
                  SELECT FROM students_student own
                  WHERE own.institution_id = %(institution)s AND own.number = student_number)""",
                words="the number of a student of this institution, who leaves it",
            ),
            Check(
                column="family_name",
                code="required",
                found="SELECT number, family_name FROM staged WHERE direction = 'coming' AND family_name IS NULL",
                words="the family name of somebody who comes",
            ),
        ),
    )
)
