"""This file holds what may happen to a contact of an institution."""

from typing import Any

from core.actor import Actor
from core.rules import rule
from faculties.contacts.models import InstitutionContact

CHANGE = "faculties.change_contact"


@rule("faculties.contact.added", needs=CHANGE)
def add_contact(actor: Actor, **fields: Any) -> InstitutionContact:
    """Say who answers for an office."""
    return InstitutionContact(institution_id=actor.at_home(), **fields).save_checked()


@rule("faculties.contact.changed", needs=CHANGE)
def change_contact(actor: Actor, contact: InstitutionContact, **fields: Any) -> InstitutionContact:
    """Change who answers for an office, or how they are reached."""
    return contact.change(**fields)


@rule("faculties.contact.removed", needs=CHANGE)
def remove_contact(actor: Actor, contact: InstitutionContact) -> None:
    """Take away a contact that is none any more: a person's telephone is not kept for history."""
    contact.delete()
