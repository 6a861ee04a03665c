"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class EnrollmentEnded:
    """A student is enrolled in a program no more."""

    institution_id: UUID
    enrollment_id: UUID
