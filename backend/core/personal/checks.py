"""This file holds the start-up check that no table can be forgotten when a person asks what is held on them."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from core.personal.declarations import Personal, person_models, personal_models, said_of
from core.secrets.fields import Encrypted
from core.tenancy.tables import kept_models

Model = type[models.Model]

SUGGESTS = re.compile(
    r"(^|_)(names?|emails?|phones?|mobile|address(es)?|birth|born|gender|sex|nationality|religion|disability|photo|"
    r"national_id|passport|guardian|kin|device|person)(_|$)"
)
# Plain ids of whoever did something, or had it done to them.
IDS_OF_PEOPLE = re.compile(
    r"(^|_)(actor|user|account|person|student|staff|member|owner|subject|author)_?(id|uuid)$|_by$"
)
TEXTS = (models.CharField, models.TextField, models.GenericIPAddressField, models.DateField, Encrypted)


@register()
def check_personal(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Every model that could tell something of a person says what, and what becomes of it."""
    telling = models_that_tell()
    return [problem for model in kept_models() for problem in problems_of(model, telling)]


def models_that_tell() -> set[Model]:
    return {model for model, said in personal_models().items() if said.is_person or said.about or said.ids}


def problems_of(model: Model, telling: set[Model]) -> Iterator[CheckMessage]:
    said = said_of(model)
    if isinstance(said, Personal):
        yield from problems_of_declaration(model, said)
    elif not said and (signs := signs_of_person(model, telling)):
        hint = "Say what it tells: personal = Personal(...); or why it tells nothing: no_person = '...'."
        message = f"{model._meta.label} may tell something of a person ({', '.join(signs)}), and does not say so."
        yield Error(message, hint=hint, obj=model, id="core.E020")
    elif said and (pointing := keys_to(model, set(person_models()))):
        message = f"{model._meta.label} says that it has no person, and {', '.join(pointing)} points to one."
        yield Error(message, obj=model, id="core.E021")


def signs_of_person(model: Model, telling: set[Model]) -> list[str]:
    """The columns that make one think of a person."""
    suspicious = [one.name for one in model._meta.local_fields if suggests(one)]
    return sorted({*keys_to(model, telling), *suspicious})


def suggests(one: models.Field) -> bool:
    if one.is_relation:
        return False
    return isinstance(one, Encrypted) or bool(
        IDS_OF_PEOPLE.search(one.name) or (isinstance(one, TEXTS) and SUGGESTS.search(one.name))
    )


def keys_to(model: Model, targets: set[Model]) -> list[str]:
    keys = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return [one.name for one in keys if isinstance(one.related_model, type) and one.related_model in targets]


def problems_of_declaration(model: Model, said: Personal) -> Iterator[CheckMessage]:
    label, names = model._meta.label, {one.name for one in model._meta.concrete_fields}
    for path in (*said.about, *said.named):
        if target_of(model, path) not in person_models():
            yield Error(f"{label} names the path {path}, which leads to no person.", obj=model, id="core.E022")
    for name in {*said.ids, *said.withheld, *said.erased} - names:
        yield Error(f"{label} has no column {name}, which its declaration names.", obj=model, id="core.E023")
    led = {path.split("__")[0] for path in (*said.about, *said.named)}
    for name in keys_to(model, set(person_models())):
        if name not in led:
            message = f"{label}.{name} points to a person, and no path of its declaration does."
            yield Error(message, obj=model, id="core.E024")
    if not (said.removed or said.kept) and (left := left_as_it_was(model, said)):
        hint = "Name them in erased=, remove the row, or say why it is kept."
        message = f"{label} does not say what becomes of {', '.join(left)} when the person is erased."
        yield Error(message, hint=hint, obj=model, id="core.E025")
    if not (said.is_person or said.about or said.ids):
        yield Error(f"{label} does not say which person it is about.", obj=model, id="core.E026")


def left_as_it_was(model: Model, said: Personal) -> list[str]:
    return [one.name for one in model._meta.concrete_fields if one.name not in {*said.erased, "id"}]


def target_of(model: Model, path: str) -> Model | None:
    """The model to which a path of relations leads."""
    for name in path.split("__"):
        try:
            related = model._meta.get_field(name).related_model
        except FieldDoesNotExist:
            return None
        if not isinstance(related, type):
            return None
        model = related
    return model
