"""This file holds how intakes are planned."""

from datetime import date
from typing import Any

from academic.calendar.models import Term
from academic.intakes.models import ProgramIntake
from academic.programs.models import Program
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule


@rule("academic.program_intake.planned", needs="academic.change_program")
def plan_intake(
    actor: Actor,
    *,
    program: Program,
    places: int,
    term: Term | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> ProgramIntake:
    """Plan the places of an entry term, or of the days that are named. It lasts as long as its term unless said
    otherwise.
    """
    if program.status == Program.Status.CLOSED:
        raise RuleBroken("program_closed", "This program is closed: it takes no new students.", field="program")
    starts_on, ends_on = starts_on or (term.starts_on if term else None), ends_on or (term.ends_on if term else None)
    if starts_on is None or ends_on is None:
        field = "starts_on" if starts_on is None else "ends_on"
        raise RuleBroken("days_needed", "Name the term of an intake, or its first and its last day.", field=field)
    return ProgramIntake(
        institution_id=program.institution_id,
        program=program,
        term=term,
        starts_on=starts_on,
        ends_on=ends_on,
        places=places,
    ).save_checked()


@rule("academic.program_intake.changed", needs="academic.change_program")
def change_intake(actor: Actor, intake: ProgramIntake, **fields: Any) -> ProgramIntake:
    """Change an intake. Fewer places than are taken let nobody else in, and nobody out."""
    return intake.change(**fields)
