"""This file holds what tests of the rooms above begin with: people who hold the shipped roles."""

from collections.abc import Callable

import pytest

from core.actor import Actor
from faculties.models import Institution
from users.factories import make_person


@pytest.fixture
def registrar_of(db: None) -> Callable[[Institution], Actor]:
    """`registrar_of(harare)` is the actor of somebody who is registrar there."""

    def registrar(institution: Institution) -> Actor:
        return make_person(name="Chipo Dube", grants=[("registrar", institution)]).actor

    return registrar
