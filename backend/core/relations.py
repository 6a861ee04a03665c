"""This file holds the relations between rows and people: which path of a row leads to the account it is about.

An app lists its own in `permissions.py` as RELATIONS = {(permission, model): (paths, ...)}, such as
{("academic.view_registration", "academic.Registration"): ("enrollment__student__account",)}. A role holds a
permission either at a place or over related rows; only the second looks at this table.
"""

from functools import cache

from django.conf import settings
from django.db.models import ForeignKey, Model

_paths: dict[tuple[str, str], tuple[str, ...]] = {}


def declare_relations(relations: dict[tuple[str, str], tuple[str, ...]]) -> None:
    """Add an app's table: (permission, model label) -> paths to an account."""
    for key, paths in relations.items():
        if _paths.setdefault(key, paths) != paths:
            raise ValueError(f"Two tables of relations name {key}.")


def related_paths(permission: str, model: type[Model]) -> tuple[str, ...]:
    """The paths from a row of the model to the accounts it is about, as far as this permission cares."""
    return _paths.get((permission, model._meta.label), ())


def declared_relations() -> dict[tuple[str, str], tuple[str, ...]]:
    return dict(_paths)


@cache
def path_to_person(model: type[Model]) -> str | None:
    """The path from a row to the one account it is about: "" for an account, None where it is about nobody.

    It is a declared relation of which each step leads to one row; else a column `user`.
    """
    if model._meta.label == settings.AUTH_USER_MODEL:
        return ""
    declared = [path for (_, label), paths in _paths.items() if label == model._meta.label for path in paths]
    return next((path for path in [*declared, "user"] if leads_to_one_account(model, path)), None)


def leads_to_one_account(model: type[Model], path: str) -> bool:
    here = model
    for step in path.split("__"):
        field = next((one for one in here._meta.concrete_fields if one.name == step), None)
        if not isinstance(field, ForeignKey):
            return False
        here = field.related_model
    return here._meta.label == settings.AUTH_USER_MODEL
