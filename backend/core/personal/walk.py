"""This file holds the walk over every table that tells something of a person: it asks the declarations, and no list."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.db.models.fields import CharField

from core.actor import Actor
from core.personal.checks import target_of
from core.personal.declarations import Personal, person_models, personal_models
from core.secrets.fields import Encrypted
from core.tenancy.scope import reading

PERMISSION = "core.walk_person"


@dataclass(slots=True)
class Holding:
    """What one table holds on a person. `named` are rows in which they only appear."""

    model: type[Model]
    said: Personal
    rows: list[Any] = field(default_factory=list)
    named: list[Any] = field(default_factory=list)


def persons_of(start: Model) -> list[Any]:
    """Everything that is the same person: an account with the rows of registers that it signs in for, and back."""
    known = {start.pk: start}
    while fresh := [row for model in person_models() for row in linked(model, known) if row.pk not in known]:
        known |= {row.pk: row for row in fresh}
    return list(known.values())


def linked(model: type[Model], known: dict[UUID, Any]) -> list[Any]:
    """Persons of a model who point to known ones, or to whom known ones point."""
    said = personal_models()[model]
    pointing = Q()
    for path in said.about:
        keys = [row.pk for row in known.values() if isinstance(row, target(model, path))]
        pointing |= Q(**{f"{path}__in": keys}) if keys else Q()
    pointed = [
        key
        for row in known.values()
        for path in personal_models()[type(row)].about
        if target(type(row), path) is model and (key := getattr(row, f"{path}_id")) is not None
    ]
    wanted = pointing | Q(pk__in=pointed) if pointed else pointing
    return read(model, wanted) if wanted else []


def target(model: type[Model], path: str) -> type[Model]:
    found = target_of(model, path)
    if found is None:
        raise LookupError(f"{model._meta.label} has no path {path}.")  # a start-up check says so first
    return found


def holdings(persons: list[Any], institution: UUID | None = None) -> Iterator[Holding]:
    """What every table holds on the persons; of one institution's rows only those, if one is named.

    Tables that know people by plain ids come last: they may name any row that was found before.
    """
    found: dict[str, Any] = {str(person.pk): person for person in persons}
    by_ids = [pair for pair in personal_models().items() if pair[1].ids]
    by_paths = [pair for pair in personal_models().items() if not pair[1].ids]
    for model, said in (*by_paths, *by_ids):
        held = Holding(model, said)
        wanted = about(model, said, persons, list(found))
        held.rows = read(model, within(model, wanted, institution)) if wanted else []
        shown = {row.pk for row in held.rows}
        named = paths_to(model, said.named, persons)
        appearing = read(model, within(model, named, institution)) if named else []
        held.named = [row for row in appearing if row.pk not in shown]
        found |= {str(row.pk): row for row in held.rows}
        if held.rows or held.named:
            yield held


def about(model: type[Model], said: Personal, persons: list[Any], ids: list[str]) -> Q:
    wanted = paths_to(model, said.about, persons)
    if said.is_person and (own := [person.pk for person in persons if isinstance(person, model)]):
        wanted |= Q(pk__in=own)
    for name in said.ids:
        is_text = isinstance(model._meta.get_field(name), CharField)
        wanted |= Q(**{f"{name}__in": ids if is_text else [UUID(key) for key in ids if is_uuid(key)]})
    return wanted


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def paths_to(model: type[Model], paths: tuple[str, ...], persons: list[Any]) -> Q:
    wanted = Q()
    for path in paths:
        if keys := [person.pk for person in persons if isinstance(person, target(model, path))]:
            wanted |= Q(**{f"{path}__in": keys})
    return wanted


def within(model: type[Model], wanted: Q, institution: UUID | None) -> Q:
    """Rows that lie nowhere are of the person wherever they are."""
    is_placed = any(one.column == "institution_id" for one in model._meta.local_fields)
    if institution is None or not is_placed:
        return wanted
    return wanted & (Q(institution_id=institution) | Q(institution_id__isnull=True))


def read(model: type[Model], wanted: Q) -> list[Any]:
    """The rows, in every institution: read as the nation is, and opened before that ends."""
    with reading(Actor.system("core.personal", PERMISSION), PERMISSION, model):
        rows: QuerySet[Any] = model._base_manager.filter(wanted).order_by("pk").distinct()
        found = list(rows)
        for row in found:
            for one in model._meta.concrete_fields:
                if isinstance(one, Encrypted):
                    getattr(row, one.attname)
        return found


def found_person(actor: Actor, permission: str, key: UUID) -> Any:
    """The person with this id whom the actor's permission reaches, or None."""
    for model in person_models():
        rows: Any = model._default_manager
        with reading(actor, permission, model):
            if row := rows.visible_to(actor, permission).filter(pk=key).first():
                return row
    return None


def own_row(person: Model, label: str, key: UUID, name: str) -> Any:
    """The row about a person, if an export of theirs would show it with this column; else None."""
    model = next((one for one in personal_models() if one._meta.label == label), None)
    if model is None or personal_models()[model].ids:
        return None
    said, columns = personal_models()[model], {one.name: one for one in model._meta.concrete_fields}
    if name not in columns or name in said.withheld or getattr(columns[name], "derived", False):
        return None
    wanted = about(model, said, persons_of(person), [])
    found = read(model, wanted & Q(pk=key)) if wanted else []
    return found[0] if found else None
