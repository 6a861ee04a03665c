"""This file holds rights over single fields: who sees a sensitive field, who writes it, the trace of a look."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Model

from core.actor import Actor
from core.audit.record import record_read
from core.errors import NotAllowed, Problem
from core.rules import Refusal
from core.tenancy.scope import reading

if TYPE_CHECKING:
    from core.http.resource import ResourceViewSet


class FieldsNotAllowed(NotAllowed):
    """A body names fields that the caller may not write: each is told."""

    def __init__(self, needs: dict[str, str]) -> None:
        super().__init__(next(iter(needs.values())))
        self.problems = [
            Problem("field_not_allowed", f"You may not write this field: it needs the permission {permission}.", name)
            for name, permission in needs.items()
        ]


def hidden_fields(view: "ResourceViewSet", row: Model | None = None) -> set[str]:
    """The fields that the caller may neither see nor write: of one row, or of one that is still to be made."""
    allowed = {permission: reaches(view.actor, permission, row) for permission in set(view.field_permissions.values())}
    return {name for name, permission in view.field_permissions.items() if not allowed[permission]}


def reaches(actor: Actor, permission: str, row: Model | None) -> bool:
    """Whether a permission holds where a row lies; mostly that can be told without asking the database."""
    reach = actor.reach(permission)
    if row is None or not reach or reach.nation or getattr(row, "institution_id", None) in reach.institutions:
        return bool(reach)
    rows: Any = type(row)._default_manager
    with reading(actor, permission, type(row)):
        return rows.visible_to(actor, permission).filter(pk=row.pk).exists()


def refuse_hidden(view: "ResourceViewSet", given: Iterable[str], row: Model | None = None) -> None:
    """403 with the name of each field that may not be written."""
    hidden = hidden_fields(view, row) if view.field_permissions else set()
    if named := {name: view.field_permissions[name] for name in given if name in hidden}:
        refused = FieldsNotAllowed(named)
        refused.refusal = Refusal(view.actor, view.rule.name, row, refused.code)
        raise refused


def note_look(view: "ResourceViewSet", row: Model, shown: Iterable[str]) -> None:
    """Put on the audit log that sensitive fields of a row were shown: which, never what stands in them."""
    if fields := sorted(view.field_permissions.keys() & set(shown)):
        record_read(view.actor, row, fields)
