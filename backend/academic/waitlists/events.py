"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class SeatOffered:
    """A seat is held for somebody who waited."""

    institution_id: UUID
    entry_id: UUID
