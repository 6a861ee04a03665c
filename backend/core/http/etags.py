"""This file holds entity tags: which state of a row an answer shows, and whether a caller builds on the latest one."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.utils.http import parse_etags

from core.http.envelope import as_json


def tag_of(row: Model, data: Any) -> str:
    """`"<version>-<hash of the data>"`: the first part says the state of the row, the second what is shown of it.

    A row that counts no versions has the hash alone.
    """
    version, shown = getattr(row, "version", None), digest(data)
    return f'"{shown}"' if version is None else f'"{version}-{shown}"'


def digest(data: Any) -> str:
    return hashlib.sha256(as_json(data)).hexdigest()[:16]


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether the caller holds this very answer."""
    return if_none_match.strip() == "*" or tag in set(plain(if_none_match))


def is_latest(tag: str, if_match: str) -> bool:
    """Whether the caller's change builds on the latest state; what was shown of it does not matter."""
    return if_match.strip() == "*" or state(tag) in {state(known) for known in plain(if_match)}


def plain(header: str) -> Iterator[str]:
    # A proxy that compresses turns a strong tag into a weak one.
    return (tag.removeprefix("W/") for tag in parse_etags(header))


def state(tag: str) -> str:
    return tag.strip('"').partition("-")[0]
