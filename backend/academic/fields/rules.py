"""This file holds what may happen to a field of study: the country calls it critical, for a time."""

from datetime import date

from academic.fields.models import DECLARE, FieldOfStudy
from core.actor import Actor
from core.rules import rule


@rule("academic.field.declared_critical", needs=DECLARE)
def declare_critical(
    actor: Actor,
    field: FieldOfStudy,
    *,
    critical_since: date | None,
    critical_until: date | None = None,
    critical_source: str = "",
) -> FieldOfStudy:
    """Say since when the country calls a field critical, until when, and where that is said; null takes it back."""
    return field.change(critical_since=critical_since, critical_until=critical_until, critical_source=critical_source)
