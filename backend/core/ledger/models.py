"""This file holds blocks: runs of the audit log that were closed, hashed, chained and signed."""

import hashlib
import json
from datetime import UTC
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from core.actor import Actor

BLOCK = b"\x02"
SIGNED_AS = b"tesc audit checkpoint\n"
NOTHING_BEFORE = "0" * 64


class BlockQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Every block, to whoever may read the log anywhere: a hash tells nothing of what it is over."""
        return self if actor.may(permission) else self.none()


class Block(models.Model):
    """The entries of the transactions from `since` up to, and without, `until`; blocks leave no gap between them.

    What is signed is the note: every column but the hash, the key and the signature. The hash of one note stands in
    the next. Hashes are SHA-256 in hexadecimal; `id` counts blocks from 1.
    """

    database_privileges = "SELECT, INSERT"

    id = models.PositiveBigIntegerField(primary_key=True)
    since = models.BigIntegerField(unique=True)
    until = models.BigIntegerField()
    count = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()
    hash = models.CharField(max_length=64)
    key = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="block_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"

    @property
    def note(self) -> dict[str, Any]:
        return {
            "block": self.pk,
            "since": self.since,
            "until": self.until,
            "count": self.count,
            "root": self.root,
            "previous": self.previous,
            "sealed_at": self.sealed_at.astimezone(UTC).isoformat(),
        }


def canonical(note: dict[str, Any]) -> bytes:
    """The one way to write a note."""
    return json.dumps(note, sort_keys=True, separators=(",", ":")).encode()


def hash_of(note: dict[str, Any]) -> str:
    return hashlib.sha256(BLOCK + canonical(note)).hexdigest()


def signed_part(note: dict[str, Any]) -> bytes:
    return SIGNED_AS + canonical(note)
