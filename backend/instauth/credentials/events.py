"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ResetAsked:
    """Somebody typed an address whose password they forgot. It is sealed, and whose it is nobody has looked up."""

    request_id: UUID
    sealed: str
