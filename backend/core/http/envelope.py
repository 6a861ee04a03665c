"""This file holds the one shape of every JSON answer: {"status", "data", "meta", "errors"}."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise

from core.audit.origin import origin
from core.errors import Problem

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


class Envelope(dict):
    """A finished answer; the renderer writes it as it is."""


def success(data: Any, **meta: Any) -> Envelope:
    return Envelope(status="success", data=data, meta={"request_id": origin.get().request_id, **meta}, errors=[])


def failure(problems: Iterable[Problem]) -> Envelope:
    return Envelope(
        status="error",
        data=None,
        meta={"request_id": origin.get().request_id},
        errors=[{"code": one.code, "message": str(one.message), "field": one.field} for one in problems],
    )


def as_json(value: Any) -> bytes:
    """Bytes of an answer: instants end in Z, and exact numbers are strings."""
    return orjson.dumps(value, default=_plain, option=OPTIONS)


def _plain(value: Any) -> str:
    if isinstance(value, Promise | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")
