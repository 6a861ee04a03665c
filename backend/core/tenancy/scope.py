"""This file holds how a transaction tells PostgreSQL which institutions it reaches.

A session-wide SET would leak to the next client of a transaction pooler; `set_config(..., true)` ends with the
transaction.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from core.actor import Actor
from core.tenancy.constraints import NATIONAL_ROLE
from core.tenancy.roles import is_read_nationally

_reached: ContextVar[frozenset[UUID]] = ContextVar("reached", default=frozenset())
_national: ContextVar[bool] = ContextVar("national", default=False)


def reached() -> frozenset[UUID]:
    """The institutions that the current transaction declared."""
    return _reached.get()


def as_setting(institutions: Iterable[UUID]) -> str:
    return ",".join(map(str, institutions))


@contextmanager
def reaching(*institutions: UUID) -> Iterator[None]:
    """One transaction (or savepoint) in which only the rows of these institutions exist."""
    nested, token = connection.in_atomic_block, _reached.set(frozenset(institutions))
    outer = token.old_value if isinstance(token.old_value, frozenset) else frozenset()
    try:
        with transaction.atomic():
            _declare(institutions)
            yield
        # RELEASE SAVEPOINT keeps a local setting (ROLLBACK TO undoes it), so put the outer one back.
        if nested and not connection.needs_rollback:
            _declare(outer)
    finally:
        _reached.reset(token)


@contextmanager
def reading(actor: Actor, permission: str, model: type[Model] | None = None) -> Iterator[None]:
    """Read what the actor's permission reaches: for the nation, as the read-only national role; else as declared.

    Name the model where it may be one without a wall (accounts, roles): those the national role does not read.
    """
    has_wall = model is None or is_read_nationally(model)
    if not actor.reach(permission).nation or _national.get() or not has_wall:
        yield
        return
    token = _national.set(True)
    try:
        with transaction.atomic():
            _take_role(NATIONAL_ROLE)
            yield
        if connection.in_atomic_block and not connection.needs_rollback:
            _take_role("none")
    finally:
        _national.reset(token)


def _declare(institutions: Iterable[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tesc.institutions', %s, true)", [as_setting(institutions)])


def _take_role(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [role])
