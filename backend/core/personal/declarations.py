"""This file holds how a model says what its rows tell of a person, and what becomes of that when a person is erased.

A model of ours says it in its body: `personal = Personal(...)`, or `no_person = "reason"`. Tables of libraries are
declared by the app that brought them, as PERSONAL in its `permissions.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from core.tenancy.tables import kept_models

ERASED_NAME = "Erased person"


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a row is kept although its person is erased, and for how many years from then; None is without end."""

    reason: str
    years: int | None = None


@dataclass(frozen=True, slots=True)
class Personal:
    """What a row tells of a person.

    means       a sentence for that person
    is_person   the row is the person, as an account or a register knows them
    about       paths to the persons it is about: "student", "registration__student"
    ids         columns without a foreign key that hold the id of such a person, or of a row about them
    named       paths to persons who only appear in it: who decided, who lent; they get the id of the row and no more
    withheld    columns that are not exported, each with the reason
    erased      column -> what takes its place: a value, or a function of the row
    removed     the row goes altogether
    kept        why what is left stays
    """

    means: str
    is_person: bool = False
    about: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)
    erased: Mapping[str, Any] = field(default_factory=dict)
    removed: bool = False
    kept: Kept | None = None

    def value_for(self, name: str, row: Model) -> Any:
        value = self.erased[name]
        return value(row) if callable(value) else value


_of_libraries: dict[str, Personal | str] = {
    "auth.Permission": "Django's own list of rights; nobody is in it.",
    "auth.Group": "Django's own groups, which TESC does not use.",
    "django_celery_beat.PeriodicTask": "What runs when; its name is not a person's.",
    "contenttypes.ContentType": "The list of models.",
}


def declare_personal(table: Mapping[str, "Personal | str"]) -> None:
    """Add what an app says of tables that are not its own: model label -> Personal, or the reason why there is none."""
    for label, said in table.items():
        if _of_libraries.setdefault(label, said) != said:
            raise ValueError(f"Two apps say what {label} tells of a person.")


def said_of(model: type[Model]) -> Personal | str | None:
    """What was declared of a model: Personal, the reason why it tells nothing, or None where nobody said."""
    own = getattr(model, "personal", None) or getattr(model, "no_person", None)
    return own or _of_libraries.get(model._meta.label)


def personal_models() -> dict[type[Model], Personal]:
    """The models that tell something of a person, in the order of their apps."""
    found = {model: said_of(model) for model in kept_models()}
    return {model: said for model, said in found.items() if isinstance(said, Personal)}


def person_models() -> list[type[Model]]:
    return [model for model, said in personal_models().items() if said.is_person]
