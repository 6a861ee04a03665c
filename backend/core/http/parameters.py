"""This file holds how parameters of an address are read."""

from uuid import UUID

from rest_framework.fields import BooleanField
from rest_framework.serializers import ValidationError

from core.errors import Invalid, Problem
from core.http.views import ActingRequest


def asked_id(request: ActingRequest, name: str) -> UUID | None:
    """The id that a parameter gives; None where it is left out. `Invalid` where it is none."""
    given = request.query_params.get(name)
    return id_of(given, name) if given else None


def id_of(said: str, name: str) -> UUID:
    """The id that a text says, which a parameter gave. `Invalid` where it is none."""
    try:
        return UUID(said)
    except ValueError as error:
        raise Invalid([Problem("invalid", "Give an id.", name)]) from error


def asked_whether(request: ActingRequest, name: str) -> bool:
    """Whether a parameter says yes, as a field of a body would; no where it is left out. `Invalid` where it is neither
    yes nor no.
    """
    given = request.query_params.get(name)
    try:
        return bool(given) and BooleanField().run_validation(given)
    except ValidationError as error:
        raise Invalid([Problem("invalid", "Give true or false.", name)]) from error
