"""This file holds how the statements of one request are run: where the actor's permission reaches, and nowhere else.

Below the nation a statement sets its own scope and needs no transaction. The nation is read as the national role, in
a transaction of its own; tables without a wall are read as they are.
"""

from collections.abc import Mapping

from django.db import connection
from django.db.models import Model

from core.actor import Actor
from core.errors import NotAllowed
from core.lists.places import opened_to
from core.lists.statements import Statement
from core.tenancy.scope import as_setting, reached, reading

NOTHING: Mapping[str, str] = {}


class Access:
    """What one permission opens to one actor."""

    __slots__ = ("actor", "permission", "place", "reach", "values")

    def __init__(self, actor: Actor, permission: str) -> None:
        self.actor, self.permission, self.reach = actor, permission, actor.reach(permission)
        if not self.reach:
            raise NotAllowed(permission)
        self.place, self.values = opened_to(actor.id, self.reach)

    @property
    def is_scoped(self) -> bool:
        return not self.reach.nation

    def rows(self, statement: Statement, model: type[Model], values: Mapping[str, str] = NOTHING) -> list[tuple]:
        values = {**self.values, **values}
        if self.is_scoped:
            rows = statement.rows(values)
            if connection.in_atomic_block:
                self._put_scope_back()
            return rows
        with reading(self.actor, self.permission, model):
            return statement.rows(values)

    def _put_scope_back(self) -> None:
        # Alone, the setting ends with the statement; in a transaction it would last.
        if reached() != self.reach.touched:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('tesc.institutions', %s, true)", [as_setting(reached())])
