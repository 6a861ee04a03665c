"""This file holds what may happen to an institution in the national register."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.outbox.events import announce
from core.rules import rule
from faculties.former_names.rules import keep_name
from faculties.institutions.days import today_at
from faculties.institutions.events import InstitutionClosed
from faculties.institutions.models import Institution


@rule("faculties.institution.entered", needs="faculties.add_institution")
def enter_institution(actor: Actor, **fields: Any) -> Institution:
    """Enter an institution in the register. Only reach over the nation can, for its place did not exist before."""
    return Institution(**fields).save_checked()


@rule("faculties.institution.changed", needs="faculties.change_institution")
def change_institution(actor: Actor, institution: Institution, **fields: Any) -> Institution:
    """Change what the register says. A closed institution stays as it was when it closed."""
    refuse_closed(institution)
    return institution.change(**fields)


@rule("faculties.institution.renamed", needs="faculties.change_institution")
def rename_institution(actor: Actor, institution: Institution, *, name: str, renamed_on: date) -> Institution:
    """Give an institution another name from a day on. The former one is kept, and still finds it."""
    refuse_closed(institution)
    today = today_at(institution.pk)
    former = keep_name(institution.name, institution.pk, new=name, until=renamed_on, today=today)
    return institution.change(name=name, former_name=former.name)


@rule("faculties.institution.suspended", needs="faculties.change_institution")
def suspend_institution(actor: Actor, institution: Institution) -> Institution:
    """Suspend an open institution: its people can't act until it is reopened."""
    if institution.status != Institution.Status.OPEN:
        raise RuleBroken("not_open", "Only an open institution can be suspended.")
    announce(InstitutionClosed(institution.pk))
    return institution.change(status=Institution.Status.SUSPENDED)


@rule("faculties.institution.reopened", needs="faculties.change_institution")
def reopen_institution(actor: Actor, institution: Institution) -> Institution:
    """Open a planned or suspended institution. A closed one does not reopen: it is entered anew."""
    if institution.status not in (Institution.Status.PLANNED, Institution.Status.SUSPENDED):
        raise RuleBroken("not_suspended", "Only a planned or suspended institution can be opened.")
    return institution.change(status=Institution.Status.OPEN)


@rule("faculties.institution.closed", needs="faculties.change_institution")
def close_institution(actor: Actor, institution: Institution, *, closed_on: date) -> Institution:
    """Close an institution for good. Its records stay and can be read by the nation."""
    refuse_closed(institution)
    announce(InstitutionClosed(institution.pk))
    return institution.change(status=Institution.Status.CLOSED, closed_on=closed_on)


def refuse_closed(institution: Institution) -> None:
    if institution.status == Institution.Status.CLOSED:
        raise RuleBroken("institution_closed", "This institution is closed.")
