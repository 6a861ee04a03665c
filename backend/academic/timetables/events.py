"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class TimetablePublished:
    """A timetable was published. Who comes after this account, by id, is still to be told."""

    institution_id: UUID
    publication_id: UUID
    after: UUID | None = None
