"""This file holds how norms of teaching are set. Who teaches more already stays; who is given more next is asked."""

from typing import Any

from academic.norms.models import TeachingNorm
from core.actor import Actor
from core.rules import rule

CHANGE = "academic.change_teaching_norm"


@rule("academic.teaching_norm.set", needs=CHANGE)
def set_norm(actor: Actor, **fields: Any) -> TeachingNorm:
    """Say how many hours of teaching a full post has."""
    return TeachingNorm(institution_id=actor.at_home(), **fields).save_checked()


@rule("academic.teaching_norm.changed", needs=CHANGE)
def change_norm(actor: Actor, norm: TeachingNorm, **fields: Any) -> TeachingNorm:
    """Change how many hours of teaching a full post has, not of which contracts."""
    return norm.change(**fields)


@rule("academic.teaching_norm.removed", needs=CHANGE)
def remove_norm(actor: Actor, norm: TeachingNorm) -> None:
    """Have no norm for these contracts any more."""
    norm.delete()
