"""This file holds how one rule writes in two institutions at once: it says so, and what it does there is audited there.

A rule reaches the institution in which its actor acts, and no other. Few things have two sides, such as a person who
moves. Their rule is declared with `crosses`, and opens the other side for as long as it needs it:

    with beyond(row.other_institution_id) as other:
        theirs = other.locked(Transfer, shared_id=row.shared_id)
        theirs.change(status=...)

Whether the actor may is judged on the actor's own side; what the rule does on the other is for the rule to answer for.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

from core.actor import Actor
from core.audit.record import Snapshot, differences, record, snapshot
from core.tenancy.scope import reached, reaching

AnyRow = TypeVar("AnyRow", bound=models.Model)

_rule: ContextVar[tuple[Actor, str] | None] = ContextVar("crossing rule", default=None)


@contextmanager
def crossing(actor: Actor, rule: str, *, allowed: bool) -> Iterator[None]:
    """Let `beyond` be used by the body of this rule, and of no rule that it calls."""
    token = _rule.set((actor, rule) if allowed else None)
    try:
        yield
    finally:
        _rule.reset(token)


class OtherSide:
    """What a rule touches in another institution, for the audit log there."""

    def __init__(self, actor: Actor, rule: str) -> None:
        self.actor, self.rule = actor, rule
        self.touched: list[tuple[models.Model, Snapshot]] = []

    def locked(self, model: type[AnyRow], **wanted: Any) -> AnyRow:
        """The one row that is wanted, locked; the rule changes it."""
        rows: Any = model._default_manager
        row = rows.select_for_update(of=("self",)).get(**wanted)
        self.touched.append((row, snapshot(row)))
        return row

    def made(self, row: AnyRow) -> AnyRow:
        """A new row of the other side."""
        self.touched.append((row, {}))
        return row

    def record(self) -> None:
        for row, before in self.touched:
            if changes := differences(before, snapshot(row)):
                record(self.actor, self.rule, row, changes=changes)


@contextmanager
def beyond(institution: UUID) -> Iterator[OtherSide]:
    """Reach one more institution for the length of a block, in the transaction of the rule."""
    here = _rule.get()
    if here is None:
        raise RuntimeError("Only a rule that says `crosses` reaches another institution.")
    other = OtherSide(*here)
    with reaching(*reached(), institution):
        yield other
        other.record()


def hold(name: str, rows: Iterable[models.Model]) -> None:
    """One rule at a time over what both sides share: two would each lock their own side, and wait for the other's."""
    for key in sorted(str(getattr(row, name)) for row in rows):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crossing:{key}"])
