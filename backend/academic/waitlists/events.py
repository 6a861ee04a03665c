"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class SeatOffered:
    """A seat is held for somebody who waited."""

    institution_id: UUID
    entry_id: UUID


@dataclass(frozen=True)
class WaitingEnded:
    """Somebody waits no more: the section was canceled, or registering is over."""

    institution_id: UUID
    entry_id: UUID
