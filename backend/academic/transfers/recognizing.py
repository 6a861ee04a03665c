"""This file holds how a credit that came with a transfer is recognized as a course of this institution."""

from typing import Any

from academic.courses.models import Course
from academic.enrollments.models import Enrollment
from academic.exemptions.models import Exemption
from academic.exemptions.rules import GRANT, granted
from academic.transfers.models import TransferredCredit
from core.actor import Actor
from core.rules import rule


@rule("academic.transferred_credit.recognized", needs=GRANT)
def recognize(
    actor: Actor, told: TransferredCredit, *, enrollment: Enrollment, course: Course, **fields: Any
) -> Exemption:
    """Let a credit that came with a transfer count as one course here, for no more than it was worth there, unless
    somebody says for how many credits.
    """
    usual = {
        "credits": min(told.credits, course.credits_up_to or course.credits),
        "reason": f"{told.code} {told.title}: {told.grade}"[:300],
    }
    kind = Exemption.Kind.TRANSFER
    return granted(actor, enrollment, course, kind=kind, transferred_credit=told, **{**usual, **fields})
