"""This file holds the start-up checks of models: a mistake in a declaration fails before the first request.

What the database really holds is another question: `core.tenancy.audit` answers it after each migration.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models

from core.records import Record
from core.tenancy.constraints import TenantWall
from core.tenancy.fields import TenantForeignKey
from core.tenancy.tables import has_institution, kept_models, reason_outside

Model = type[models.Model]

# The house from the ground up: an app points to floors below its own. Import-linter can't see a key written as text.
FLOORS = ("core", "faculties", "users", "instauth staff", "students", "academic innovation", "analysis", "reports")
FLOOR_OF = {app: number for number, floor in enumerate(FLOORS) for app in floor.split()}


@register()
def check_walls(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """A record stands behind its wall, and nothing points to it past the wall."""
    return [problem for model in kept_models() for problem in gaps_of(model)]


@register()
def check_floors(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """No foreign key points to a floor above its own."""
    return [problem for model in kept_models() for problem in upward_keys_of(model)]


def gaps_of(model: Model) -> Iterator[CheckMessage]:
    label, meta = model._meta.label, model._meta
    is_record = issubclass(model, Record)
    if is_record and not any(isinstance(constraint, TenantWall) for constraint in meta.constraints):
        yield Error(f"{label} is a Record without its TenantWall.", obj=model, id="core.E001")
    for field in meta.local_fields:
        if is_reference_to_record(field) and not (isinstance(field, TenantForeignKey) and has_institution(model)):
            hint = "Make it a TenantForeignKey, in a model that has an institution."
            yield Error(f"{label}.{field.name} points to a Record past the wall.", hint=hint, obj=model, id="core.E002")
    for field in meta.local_many_to_many:
        through: Any = field.remote_field.through
        if through._meta.auto_created and (is_record or is_reference_to_record(field)):
            hint = "Name a Record of your own as through=."
            yield Error(f"{label}.{field.name} has a table without a wall.", hint=hint, obj=model, id="core.E003")
    if is_record and meta.parents:
        yield Error(f"{label} splits a row over two tables: inherit from Record alone.", obj=model, id="core.E004")
    if has_institution(model) and not is_record and not reason_outside(model):
        hint = "Make it a Record, or say why not: outside_the_walls = '...'."
        yield Error(f"{label} has an institution and no wall.", hint=hint, obj=model, id="core.E005")


def upward_keys_of(model: Model) -> Iterator[CheckMessage]:
    here = FLOOR_OF.get(model._meta.app_label)
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        target = target_of(field)
        there = FLOOR_OF.get(target._meta.app_label) if target else None
        if here is None or there is None or target is None or target._meta.app_label == model._meta.app_label:
            continue
        if target._meta.label == settings.TENANT_MODEL:
            continue  # a setting names it, not the code: any other tenant would do
        if there >= here:
            message = f"{model._meta.label}.{field.name} points up, or sideways, to {target._meta.label}."
            hint = "Let the upper app point down, or announce an event."
            yield Error(message, hint=hint, obj=model, id="core.E006")


def target_of(field: models.Field) -> Model | None:
    """The model that a field refers to; a name that leads nowhere is Django's own check to find."""
    return field.related_model if isinstance(field.related_model, type) else None


def is_reference_to_record(field: models.Field) -> bool:
    target = target_of(field)
    return target is not None and issubclass(target, Record)
