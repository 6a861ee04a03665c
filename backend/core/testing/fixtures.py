"""This file holds what tests of rules and of HTTP begin with: two institutions, people with permissions, clients."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.test import override_settings
from rest_framework.test import APIClient

from core.actor import Actor, Reach
from core.ids import uuid7

JUST_NOW = math.inf  # people of tests have always just shown their second factor, unless a test says otherwise


@dataclass(frozen=True)
class Person:
    """Somebody signed in: what authentication makes of a token."""

    actor: Actor

    is_authenticated = True

    @property
    def pk(self) -> UUID | None:
        return self.actor.id


def person_with(reach: Reach, *permissions: str) -> Person:
    return Person(Actor("Tendai Moyo", uuid7(), dict.fromkeys(permissions, reach), strong_at=JUST_NOW))


def person_at(place: Any, *permissions: str) -> Person:
    """Somebody who holds the permissions at an institution, or at a unit of one."""
    if isinstance(place, apps.get_model(settings.TENANT_MODEL)):
        return person_with(Reach(institutions=frozenset([place.pk])), *permissions)
    return person_with(Reach(units=frozenset([place.pk]), hosts=frozenset([place.institution_id])), *permissions)


def person_of_nation(*permissions: str) -> Person:
    return person_with(Reach(nation=True), *permissions)


def client_of(person: Person | Actor | None = None, **headers: str) -> APIClient:
    """A client signed in as somebody, or as nobody."""
    client = APIClient(headers=headers)
    if person is not None:
        client.force_authenticate(Person(person) if isinstance(person, Actor) else person)  # type: ignore[arg-type]
    return client


def make_institution(code: str, name: str, **fields: Any) -> Model:
    return apps.get_model(settings.TENANT_MODEL).objects.create(code=code, name=name, **fields)


@pytest.fixture
def harare(db: None) -> Model:
    return make_institution("HARARE", "Harare University", type="university")


@pytest.fixture
def mutare(db: None) -> Model:
    return make_institution("MUTARE", "Mutare Polytechnic", type="polytechnic")


def stored_in(folder: Path) -> dict[str, Any]:
    """The setting STORAGES with the private store in a folder."""
    private = {"BACKEND": "core.files.storing.PrivateDisk", "OPTIONS": {"location": str(folder)}}
    return {**settings.STORAGES, "private": private}


@pytest.fixture(scope="session", autouse=True)
def no_file_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests keep lies in a folder that goes with them."""
    with override_settings(STORAGES=stored_in(tmp_path_factory.mktemp("files"))):
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """An empty private store, for tests that count what lies in it."""
    with override_settings(STORAGES=stored_in(tmp_path)):
        yield tmp_path
