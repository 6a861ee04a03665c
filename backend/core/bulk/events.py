"""This file holds what this room announces, to itself: a worker does the long work."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class UploadToCheck:
    """A file arrived, or rows of one were corrected."""

    upload_id: UUID
    institution_id: UUID


@dataclass(frozen=True)
class UploadToCommit:
    """Somebody who may asked for an upload to be committed."""

    upload_id: UUID
    institution_id: UUID
    person_id: UUID | None
    person_name: str
