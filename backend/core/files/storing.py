"""This file holds where the content of files lies: a private store, under names that say nothing."""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction

PREFIXES = [f"{number:02x}" for number in range(256)]


class PrivateDisk(FileSystemStorage):
    """A folder outside the web root. A file is written beside its place and then moved there: never half of one."""

    def _save(self, name: str, content: Any) -> str:
        place = Path(self.path(name))
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f"{place.name}.draft")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(place)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return name


def store() -> Storage:
    return storages["private"]


def put(content: Any) -> str:
    """Keep the content; the random name under which it lies."""
    name = secrets.token_hex(16)
    return store().save(f"{name[:2]}/{name}", File(content))


def drop_after_commit(*names: str) -> None:
    """Delete contents once the rows that named them are gone for good."""

    def drop() -> None:
        for name in names:
            store().delete(name)

    transaction.on_commit(drop, robust=True)


def kept_before(moment: datetime) -> Iterator[list[str]]:
    """The names of what lay in the store before a moment, prefix by prefix; drafts of a killed process too."""
    for prefix in PREFIXES:
        found = [f"{prefix}/{name}" for name in names_below(prefix)]
        yield [name for name in found if store().get_modified_time(name) < moment]


def names_below(prefix: str) -> list[str]:
    """A bucket has no folders, so it can't be asked whether there is one: only what lies below."""
    try:
        return store().listdir(prefix)[1]
    except FileNotFoundError:
        return []
