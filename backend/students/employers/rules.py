"""This file holds what may happen to an employer's record."""

from typing import Any

from core.actor import Actor
from core.rules import rule
from students.employers.models import Employer


@rule("students.employer.added", needs="students.add_employer")
def add_employer(actor: Actor, **fields: Any) -> Employer:
    """Add an employer. Capitals and accents do not make another one."""
    return Employer(institution_id=actor.at_home(), **fields).save_checked()


@rule("students.employer.changed", needs="students.change_employer")
def change_employer(actor: Actor, employer: Employer, **fields: Any) -> Employer:
    """Change what is known of an employer."""
    return employer.change(**fields)
