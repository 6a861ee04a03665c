"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class SectionCanceled:
    """A section takes place no more. Those who are in it are gone through in the order of their registrations."""

    institution_id: UUID
    section_id: UUID
    after: UUID | None = None


@dataclass(frozen=True)
class SectionReopened:
    """A section that was canceled takes place after all."""

    institution_id: UUID
    section_id: UUID
    after: UUID | None = None
