"""This file holds what this room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ErasureProposed:
    """Somebody asked for a person to be erased: another one has to decide."""

    institution_id: UUID
    erasure_id: UUID
    requested_by_id: UUID


@dataclass(frozen=True)
class ErasureRefused:
    """A person is not erased."""

    institution_id: UUID
    erasure_id: UUID
    account_id: UUID | None


@dataclass(frozen=True)
class PersonErased:
    """A person was erased from an institution: what else is remembered of these rows must go."""

    institution_id: UUID
    erasure_id: UUID
    person_id: UUID
