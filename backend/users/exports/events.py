"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ExportRequested:
    """Somebody asked for a copy of what is held on a person."""

    export_id: UUID


@dataclass(frozen=True)
class ExportReady:
    """The copy can be fetched, by whoever asked for it and by the account it is about."""

    export_id: UUID
    account_id: UUID | None
    requested_by_id: UUID
