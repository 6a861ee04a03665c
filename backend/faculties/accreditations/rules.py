"""This file holds what may happen to an accreditation. The regulator alone holds the permission."""

from datetime import date
from typing import Any, TypeVar

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.accreditations.models import Accreditation, AccreditationByBody

CHANGE = "faculties.change_accreditation"


@rule("faculties.accreditation.granted", needs=CHANGE)
def grant_accreditation(actor: Actor, **fields: Any) -> Accreditation:
    """Enter that a body accredits an institution, with conditions or without."""
    return Accreditation(institution_id=actor.at_home(), **fields).save_checked()


@rule("faculties.accreditation.changed", needs=CHANGE)
def change_accreditation(actor: Actor, accreditation: Accreditation, **fields: Any) -> Accreditation:
    """Correct or prolong an accreditation. A withdrawn one stays as it was."""
    refuse_withdrawn(accreditation)
    return accreditation.change(**fields)


@rule("faculties.accreditation.withdrawn", needs=CHANGE)
def withdraw_accreditation(
    actor: Actor, accreditation: Accreditation, *, withdrawn_on: date, reason: str
) -> Accreditation:
    """Withdraw an accreditation from a day on, which lies before the end that it had."""
    return withdrawn(accreditation, withdrawn_on, reason)


# --- Whatever is accredited ---
Kind = TypeVar("Kind", bound=AccreditationByBody)


def withdrawn(accreditation: Kind, withdrawn_on: date, reason: str) -> Kind:
    """The accreditation, ended on a day."""
    refuse_withdrawn(accreditation)
    if accreditation.ends_on is not None and withdrawn_on >= accreditation.ends_on:
        message = f"It ends on {accreditation.ends_on:%Y-%m-%d} anyway: withdraw it before that day."
        raise RuleBroken("ends_anyway", message, field="withdrawn_on")
    if withdrawn_on <= accreditation.starts_on:
        message = f"It holds from {accreditation.starts_on:%Y-%m-%d}: it is withdrawn after that day."
        raise RuleBroken("not_begun", message, field="withdrawn_on")
    return accreditation.change(status=AccreditationByBody.Status.WITHDRAWN, ends_on=withdrawn_on, conditions=reason)


def refuse_withdrawn(accreditation: AccreditationByBody) -> None:
    if accreditation.status == AccreditationByBody.Status.WITHDRAWN:
        raise RuleBroken("already_withdrawn", f"This accreditation was withdrawn on {accreditation.ends_on:%Y-%m-%d}.")
