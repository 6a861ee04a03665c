"""This file holds the base of every tenant row, and the one door through which rows are read: `visible_to`."""

from typing import Any, ClassVar, Self, cast

from django.db import models
from django.db.models import Q

from core.actor import Actor, Reach
from core.ids import uuid7
from core.relations import related_paths
from core.tenancy.fields import InstitutionField


class RecordQuerySet(models.QuerySet):
    """Query words that every record knows."""

    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The rows where the actor holds the permission. Without the permission there are none.

        The filter on the institution is here although row security has it too: it is the first wall, and the
        planner needs it to walk an index.
        """
        reach = actor.reach(permission)
        if reach.nation:
            return self
        if not reach:
            return self.none()
        return self.filter(place_filter(cast("type[Record]", self.model), reach, actor, permission))


class SharedQuerySet(RecordQuerySet):
    """Query words of what all units of an institution share: whoever may see it at one unit sees all of it.

    Only seeing is shared: a change needs its permission where the row lies.
    """

    def visible_to(self, actor: Actor, permission: str) -> Self:
        reach = actor.reach(permission)
        if ".view_" not in permission or reach.nation or not reach.hosts:
            return super().visible_to(actor, permission)
        return self.filter(one_or_many("institution_id", reach.institutions | reach.hosts))


def place_filter(model: type["Record"], reach: Reach, actor: Actor, permission: str) -> Q:
    """The condition that a reach below the nation puts on the rows of a model."""
    anywhere = one_or_many("institution_id", reach.institutions) if reach.institutions else Q()
    some = Q()
    for path in model.unit_paths if reach.units else ():
        some |= Q(**{f"{path}__in": reach.units})
    inside = one_or_many("institution_id", reach.hosts) & some if some else Q()
    about = Q()
    for path in related_paths(permission, model) if reach.related and actor.id else ():
        about |= Q(pk__in=model._base_manager.filter(**{path: actor.id}).values("pk"))
    mine = one_or_many("institution_id", reach.related) & about if about else Q()
    return anywhere | inside | mine if anywhere or inside or mine else Q(pk__in=())


def one_or_many(column: str, ids: frozenset) -> Q:
    # "= one" can walk an index in order, "= ANY" can't.
    return Q(**{column: next(iter(ids))}) if len(ids) == 1 else Q(**{f"{column}__in": ids})


class Row(models.Model):
    """Anything kept: it has an identifier that grows with time, its instants, and a version that counts changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        abstract = True
        ordering = ["id"]

    def change(self, **fields: Any) -> Self:
        """Set plain fields and save after every check. Only a rule calls it."""
        for name, value in fields.items():
            setattr(self, name, value)
        return self.save_checked()

    def save_checked(self) -> Self:
        """Save after every check of fields, uniqueness and constraints; a changed row gets the next version."""
        for field in self._meta.concrete_fields:
            if getattr(field, "derived", False):  # constraints look at these too
                field.pre_save(self, self._state.adding)
        self.full_clean()
        if not self._state.adding:
            self.version += 1  # the rule holds the lock on this row
        self.save()
        return self


class Record(Row):
    """One row of one institution.

    A subclass names in `unit_paths` the columns that say at which faculty or department the row lies; a row without
    any lies at its institution.
    """

    unit_paths: ClassVar[tuple[str, ...]] = ()

    institution = InstitutionField()

    objects = RecordQuerySet.as_manager()

    class Meta(Row.Meta):
        abstract = True
