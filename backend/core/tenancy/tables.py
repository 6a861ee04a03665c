"""This file holds what models say of their tables: which are kept, which have an institution, which need no wall."""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model


def kept_models() -> Iterator[type[Model]]:
    """The models that have a table of their own, the tables between two models too."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def has_institution(model: type[Model]) -> bool:
    return any(field.column == "institution_id" for field in model._meta.local_fields)


def reason_outside(model: type[Model]) -> str:
    """Why a model with an institution stands outside the walls: it says so itself."""
    return getattr(model, "outside_the_walls", "")
