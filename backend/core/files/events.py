"""This file holds what is announced of files."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class InfectionFound:
    """A scanner found something in a file that was taken in before. Its content is gone; its row says so."""

    institution_id: UUID
    file_id: UUID
