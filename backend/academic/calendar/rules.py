"""This file holds what may happen to a term."""

from typing import Any

from academic.calendar.models import Term
from core.actor import Actor
from core.errors import RuleBroken
from core.periods import overlapping
from core.rules import rule

ORDER = [Term.Kind.YEAR, Term.Kind.TERM, Term.Kind.SUB_TERM]


@rule("academic.term.added", needs="academic.add_term")
def add_term(actor: Actor, *, parent: Term | None = None, **fields: Any) -> Term:
    """Add a year, a term or a part of a term. A part is of the track of its whole unless another is named."""
    inherited = {"track": parent.track} if parent else {}
    return settled(Term(institution_id=actor.at_home(), parent=parent, **{**inherited, **fields}))


@rule("academic.term.changed", needs="academic.change_term")
def change_term(actor: Actor, term: Term, **fields: Any) -> Term:
    """Change a term, not its kind. Its parts stay within its days, and it within those of its whole."""
    for name, value in fields.items():
        setattr(term, name, value)
    return settled(term)


def settled(term: Term) -> Term:
    """The term, saved where it fits; what it does not fit with is named."""
    term.clean_fields()
    term.clean()
    refuse_other_nesting(term)
    others = Term.objects.filter(institution_id=term.institution_id, kind=term.kind, track=term.track)
    other = others.exclude(pk=term.pk).filter(overlapping(term.starts_on, term.ends_on)).first()
    if other:
        track = f" of the track {term.track}" if term.track else ""
        words = f"It shares days with {other.told}: two of one kind{track} share none."
        raise RuleBroken("terms_overlap", words, field="starts_on")
    return term.save_checked()


def refuse_other_nesting(term: Term) -> None:
    """A part is of a lower kind than its whole and lies within its days; the database says so too."""
    parent = term.parent
    if parent and ORDER.index(Term.Kind(term.kind)) <= ORDER.index(Term.Kind(parent.kind)):
        kinds = f"a {parent.get_kind_display().lower()}", f"a {term.get_kind_display().lower()}"
        raise RuleBroken("kind_not_below", f"{parent.code} is {kinds[0]}: {kinds[1]} is no part of it.", field="parent")
    if parent and not (parent.starts_on <= term.starts_on and term.ends_on <= parent.ends_on):
        field = "starts_on" if term.starts_on < parent.starts_on else "ends_on"
        raise RuleBroken("outside_parent", f"It lies within the days of {parent.told}.", field=field)
    outside = term.parts.exclude(starts_on__gte=term.starts_on, ends_on__lte=term.ends_on).first()
    if outside:
        field = "starts_on" if outside.starts_on < term.starts_on else "ends_on"
        raise RuleBroken("parts_outside", f"Its part {outside.told} would lie outside it.", field=field)
