"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class SignUpAsked:
    """Somebody typed an address and a name to sign up. They are sealed: nobody has proved them."""

    request_id: UUID
    sealed: str
