"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class RequisitesNotMet:
    """A registration rested on another course, which has its result now or was left: its requisites are not met."""

    institution_id: UUID
    registration_id: UUID


@dataclass(frozen=True)
class SectionTakesPlace:
    """A section that was canceled takes place: its student is in it again, or not, `why` being the code of a check."""

    institution_id: UUID
    registration_id: UUID
    why: str
