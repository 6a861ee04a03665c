"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class InstitutionClosed:
    """An institution closed: nobody acts in it any more."""

    institution_id: UUID
