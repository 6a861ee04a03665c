"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class CorrectionDecided:
    """What a person said is wrong was accepted or refused."""

    institution_id: UUID
    correction_id: UUID
    account_id: UUID
    status: str
