"""This file holds what may happen to the accreditation of a program."""

from datetime import date
from typing import Any

from academic.accreditations.models import ProgramAccreditation
from academic.programs.models import Program
from core.actor import Actor
from core.rules import rule
from faculties.accreditations.rules import refuse_withdrawn, withdrawn

ACCREDIT = "academic.accredit_program"


@rule("academic.program_accreditation.granted", needs=ACCREDIT)
def grant_accreditation(actor: Actor, *, program: Program, **fields: Any) -> ProgramAccreditation:
    """Enter that a body accredits a program, with conditions or without."""
    return ProgramAccreditation(institution_id=program.institution_id, program=program, **fields).save_checked()


@rule("academic.program_accreditation.changed", needs=ACCREDIT)
def change_accreditation(actor: Actor, accreditation: ProgramAccreditation, **fields: Any) -> ProgramAccreditation:
    """Correct or prolong an accreditation. A withdrawn one stays as it was."""
    refuse_withdrawn(accreditation)
    return accreditation.change(**fields)


@rule("academic.program_accreditation.withdrawn", needs=ACCREDIT)
def withdraw_accreditation(
    actor: Actor, accreditation: ProgramAccreditation, *, withdrawn_on: date, reason: str
) -> ProgramAccreditation:
    """Withdraw an accreditation from a day on, which lies before the end that it had."""
    return withdrawn(accreditation, withdrawn_on, reason)
