"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class UserAdded:
    """An account was made for a person, who has yet to choose a password."""

    user_id: UUID


@dataclass(frozen=True)
class UserDeactivated:
    """An account was shut."""

    user_id: UUID
