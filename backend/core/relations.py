"""This file holds the relations between rows and people: which path of a row leads to the account it is about.

An app lists its own in `permissions.py` as RELATIONS = {(permission, model): (paths, ...)}, such as
{("academic.view_registration", "academic.Registration"): ("enrollment__student__account",)}. A role holds a
permission either at a place or over related rows; only the second looks at this table.
"""

from django.db.models import Model

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
