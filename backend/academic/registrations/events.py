"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class RequisitesNotMet:
    """A registration rested on a course in progress, and what came of that does not meet what its course asks for."""

    institution_id: UUID
    registration_id: UUID
