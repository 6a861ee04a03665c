"""This file holds cursors: where a page begins, as a token that only this system can make.

A token is the values of the first or last row's place in the order, and a keyed digest over them, the list and the
order. So what comes back needs no checking beyond the digest, and a cursor of another list or order is refused.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import cache

import orjson
from django.conf import settings

NEXT, PREVIOUS = "next", "previous"
DIGEST = 12


class NotACursor(ValueError):
    """The token was not made here, for this list and order."""


def write_cursor(subject: str, way: str, keys: Sequence[str]) -> str:
    """A token for the rows after (or before) these values. `subject` names the list and its order."""
    place = orjson.dumps([way, *keys])
    return urlsafe_b64encode(digest(subject, place) + place).rstrip(b"=").decode()


def read_cursor(subject: str, token: str) -> tuple[str, list[str]]:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise NotACursor from error
    if not hmac.compare_digest(digest(subject, raw[DIGEST:]), raw[:DIGEST]):
        raise NotACursor
    way, *keys = orjson.loads(raw[DIGEST:])
    return way, keys


def digest(subject: str, place: bytes) -> bytes:
    return hashlib.blake2b(subject.encode() + b"\0" + place, key=secret(), digest_size=DIGEST).digest()


@cache
def secret() -> bytes:
    return hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"list cursors").digest()
