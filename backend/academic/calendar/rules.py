"""This file holds what may happen to a term."""

from typing import Any

from academic.calendar.models import Term
from core.actor import Actor
from core.rules import rule


@rule("academic.term.added", needs="academic.add_term")
def add_term(actor: Actor, **fields: Any) -> Term:
    """Add a term to the calendar of an institution."""
    return Term(institution_id=actor.at_home(), **fields).save_checked()


@rule("academic.term.changed", needs="academic.change_term")
def change_term(actor: Actor, term: Term, **fields: Any) -> Term:
    """Change a term."""
    return term.change(**fields)
