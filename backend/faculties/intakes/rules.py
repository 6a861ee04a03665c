"""This file holds what may happen to an approved intake. The regulator alone holds the permission."""

from typing import Any

from core.actor import Actor
from core.rules import rule
from faculties.intakes.models import ApprovedIntake

CHANGE = "faculties.change_intake"


@rule("faculties.intake.approved", needs=CHANGE)
def approve_intake(actor: Actor, **fields: Any) -> ApprovedIntake:
    """Approve how many new students an institution may take in a year."""
    return ApprovedIntake(institution_id=actor.at_home(), **fields).save_checked()


@rule("faculties.intake.changed", needs=CHANGE)
def change_intake(actor: Actor, intake: ApprovedIntake, **fields: Any) -> ApprovedIntake:
    """Approve another number for the same year and level; the audit log keeps the one before."""
    return intake.change(**fields)
