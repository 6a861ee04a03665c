"""This file holds how a row goes that was a mistake: never while something points at it, and then it says what does."""

from collections.abc import Iterator

from django.db import models

from core.errors import Conflict
from core.tenancy.tables import has_institution

MOST_COUNTED = 1000


def remove(row: models.Model) -> None:
    """Delete a row to which nothing points. Otherwise 409 with what does: "3 departments, 12 programs".

    One bounded count for each relation. What is a part of the row (CASCADE) goes with it. Whoever points to it at this
    very moment, and was not seen here, is seen by the foreign key.
    """
    if pointing := ", ".join(pointing_at(row)):
        raise Conflict(
            "still_in_use", f"Pointing at this: {pointing}. It stays while they do: remove or move those first."
        )
    row.delete()


def pointing_at(row: models.Model) -> Iterator[str]:
    """What points to a row, in words: "3 departments", "more than 1000 students"."""
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.on_delete is models.CASCADE:
            continue
        model = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: row})
        if has_institution(model) and has_institution(type(row)):
            rows = rows.filter(institution=row.institution_id)  # type: ignore[attr-defined]  # where indexes start
        count = rows[: MOST_COUNTED + 1].count()
        if count > MOST_COUNTED:
            yield f"more than {MOST_COUNTED} {model._meta.verbose_name_plural}"
        elif count:
            yield f"{count} {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"
