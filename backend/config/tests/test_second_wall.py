"""This file holds the proof of the second wall: with the ORM's own scope switched off, nothing leaks all the same.

`visible_to` lets every row pass here. What is out of reach must then be kept out by row-level security alone: the
promises that speak of another institution are kept once more, and each operation that names a row is asked once more.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.urls import get_resolver

from config.tests.rows import ROWS, operations, promises
from config.tests.test_permission_matrix import NAMING_A_ROW, asked, row_of, somebody
from core.actor import Actor
from core.http.routes import walked
from core.lists import plans
from core.records import Record, RecordQuerySet
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution
from students.factories import make_student
from students.models import Student


def everything(rows: Any, actor: Actor, permission: str) -> Any:
    return rows.all()


def kinds_of(kind: type) -> Iterator[type]:
    yield kind
    for below in kind.__subclasses__():
        yield from kinds_of(below)


@pytest.fixture
def no_first_wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for kind in kinds_of(RecordQuerySet):
        monkeypatch.setattr(kind, "visible_to", everything)
    forget_statements()  # those of lists have the scope compiled in
    yield
    forget_statements()


def forget_statements() -> None:
    for thing in vars(plans).values():
        if hasattr(thing, "cache_clear"):
            thing.cache_clear()


def walled() -> set[str]:
    """The addresses of resources whose rows stand behind the walls."""
    views = (
        (f"/{path}", getattr(pattern.callback, "cls", None)) for path, pattern in walked(get_resolver().url_patterns)
    )
    return {
        path for path, view in views
        if path in ROWS and hasattr(view, "queryset") and issubclass(view.queryset.model, Record)
    }  # fmt: skip


WALLED = walled()
LISTS = [one for one in operations() if one.method == "GET" and one.path in WALLED]


def test_most_resources_stand_behind_the_walls():
    assert {"/api/v1/students/", "/api/v1/academic/marks/", "/api/v1/users/groups/"} <= WALLED
    assert {one.url for one in promises()} == WALLED


@pytest.mark.django_db
@pytest.mark.usefixtures("no_first_wall")
def test_the_first_wall_is_down(harare: Institution, mutare: Institution):
    stranger = person_at(mutare, "students.view_student").actor
    with reaching(harare.pk):
        student = make_student(harare)
        assert list(Student.objects.visible_to(stranger, "students.view_student")) == [student]


@pytest.mark.django_db
@pytest.mark.usefixtures("no_first_wall")
@pytest.mark.parametrize("operation", [one for one in NAMING_A_ROW if one.resource in WALLED], ids=str)
def test_by_the_second_wall_alone_there_is_no_such_row(operation: Any, harare: Institution, mutare: Institution):
    row = row_of(operation, harare)
    before = stored(harare, row)
    assert asked(operation, somebody(mutare, operation, row), row.pk).status_code == 404
    assert stored(harare, row) == before


@pytest.mark.django_db
@pytest.mark.usefixtures("no_first_wall")
@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_by_the_second_wall_alone_lists_show_ones_own(operation: Any, harare: Institution, mutare: Institution):
    theirs, ours = (made(operation.path, institution) for institution in (harare, mutare))
    shown = client_of(somebody(mutare, operation)).get(operation.path).json()["data"]
    ids = {one["id"] for one in shown}
    assert str(ours.pk) in ids
    assert str(theirs.pk) not in ids


def made(resource: str, institution: Institution) -> Model:
    with reaching(institution.pk):
        return ROWS[resource](institution)


def stored(institution: Institution, row: Any) -> dict[str, Any]:
    with reaching(institution.pk):
        return type(row)._base_manager.filter(pk=row.pk).values().get()


def kept_once_more(promised: type) -> type:
    """The promises of a resource that speak of another institution, with the first wall down."""
    others = {
        name: None
        for name, test in inspect.getmembers(promised, inspect.isfunction)
        if name.startswith("test_") and "mutare" not in inspect.signature(test).parameters
    }
    return pytest.mark.usefixtures("no_first_wall")(type(promised.__name__, (promised,), others))


globals().update({f"{one.__name__}Again": kept_once_more(one) for one in promises()})
