"""This file holds how limits of load are set."""

from typing import Any

from academic.loads.models import LoadLimit
from academic.programs.models import ProgramVersion
from core.actor import Actor
from core.rules import rule


@rule("academic.load_limit.set", needs="academic.change_load_limit")
def set_load_limit(actor: Actor, *, program_version: ProgramVersion | None = None, **fields: Any) -> LoadLimit:
    """Say how many credits a term has at most, and at least. What is registered already stays."""
    institution = program_version.institution_id if program_version else actor.at_home()
    return LoadLimit(institution_id=institution, program_version=program_version, **fields).save_checked()


@rule("academic.load_limit.changed", needs="academic.change_load_limit")
def change_load_limit(actor: Actor, limit: LoadLimit, **fields: Any) -> LoadLimit:
    """Change how many credits a term has at most, and at least."""
    return limit.change(**fields)


@rule("academic.load_limit.removed", needs="academic.change_load_limit")
def remove_load_limit(actor: Actor, limit: LoadLimit) -> None:
    """Limit the load no more."""
    limit.delete()
