"""This file holds the two columns that make a row a tenant's row. Declaring them puts up the walls."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.utils import names_digest
from django.db.models.constraints import BaseConstraint

from core.tenancy.constraints import SameInstitution, TenantWall

LONGEST_NAME = 60  # PostgreSQL cuts a name at 63 bytes without a word


def add_constraint(model: type[models.Model], constraint: BaseConstraint) -> None:
    """Append a constraint to a model as if its Meta had listed it."""
    meta = model._meta
    # In migrations' own state ("__fake__") the list is already complete.
    if meta.abstract or meta.proxy or meta.swapped or model.__module__ == "__fake__":
        return
    if constraint.name not in {known.name for known in meta.constraints}:
        # The wall first: a reference of a table to itself needs the key that comes with it.
        meta.constraints = sorted([*meta.constraints, constraint], key=lambda one: not isinstance(one, TenantWall))
        meta.original_attrs["constraints"] = meta.constraints  # what ModelState.from_model() reads; pinned by a test


def constraint_name(model: type[models.Model], *parts: str) -> str:
    name = "_".join([model._meta.db_table, *parts])
    return name if len(name) <= LONGEST_NAME else f"{name[:51]}_{names_digest(name, length=8)}"


class InstitutionField(models.ForeignKey):
    """The institution that a row belongs to. A model that has it gets UNIQUE (institution, id) and the wall."""

    def __init__(self, to: Any = None, on_delete: Any = models.PROTECT, **options: Any) -> None:
        options.setdefault("related_name", "+")
        options.setdefault("db_index", False)  # every key and index of a tenant table starts with it anyway
        options.setdefault("editable", False)
        super().__init__(to or settings.TENANT_MODEL, on_delete, **options)

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: Any) -> None:
        super().contribute_to_class(cls, name, **options)
        if cls._meta.app_label:
            add_constraint(cls, TenantWall(name=constraint_name(cls, "wall")))


class TenantForeignKey(models.ForeignKey):
    """A reference to a row of the same institution; the database refuses any other.

    `alike` names further columns that both rows must agree on (see SameInstitution).
    """

    def __init__(
        self, to: Any, on_delete: Any = models.PROTECT, *, alike: tuple[str, ...] = (), **options: Any
    ) -> None:
        options["db_constraint"] = False  # the composite key of SameInstitution says more
        self.alike = alike
        super().__init__(to, on_delete, **options)

    def deconstruct(self) -> tuple[str, str, list, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("db_constraint", None)
        return name, path, args, options

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: Any) -> None:
        super().contribute_to_class(cls, name, **options)
        if cls._meta.app_label:
            add_constraint(cls, SameInstitution(fields=(name, *self.alike), name=constraint_name(cls, name, "same")))
