"""This file holds the permission matrix: each operation of the API is asked four ways.

Without sign-in: 401. Signed in with every permission but its own: 403. With its own alone, in reach: neither refused
nor broken. With its own alone, out of reach: the row is not there.
"""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.response import Response

from config.tests.rows import NATIONAL, ONLY_FOR, ROWS, Operation, operations
from core.audit.models import AuditEntry
from core.http.permissions import SIGNED_IN, public_routes
from core.http.routes import all_routes
from core.tenancy.scope import reaching
from core.testing.fixtures import JUST_NOW, Person, client_of, person_at, person_of_nation
from faculties.models import Institution
from users.factories import make_user
from users.roles.actors import actor_of
from users.roles.shipped import all_permissions

ALL = operations()
WITH_PERMISSION = [one for one in ALL if one.need not in (None, SIGNED_IN)]
NAMING_A_ROW = [one for one in WITH_PERMISSION if one.resource]
by_operation = pytest.mark.parametrize("operation", ALL, ids=str)


def asked(operation: Operation, person: Any, row: Any = None) -> Response:
    """The answer to the operation with an empty body: rights are judged before what is sent."""
    client = client_of(person)
    client.raise_request_exception = False
    body = ("{}", "application/json") if operation.method in ("POST", "PUT", "PATCH") else ()
    return client.generic(operation.method, operation.url(row), *body)


def row_of(operation: Operation, institution: Institution) -> Any:
    """A row of the institution that the operation can name; None where it names none."""
    if operation.resource is None:
        return None
    if operation.resource not in ROWS:
        pytest.fail(f"Add a line for {operation.resource} to ROWS in config/tests/rows.py: it makes a row there.")
    with reaching(institution.pk):
        return ROWS[operation.resource](institution)


def somebody(place: Institution | None, operation: Operation, row: Any = None) -> Person:
    """Somebody with an account who holds what the operation needs at a place, or over the nation, and nothing else."""
    holder = person_at(place, str(operation.need)) if place else person_of_nation(str(operation.need))
    actor = holder.actor
    named = ONLY_FOR.get(operation.path)
    return Person(replace(actor, id=named(row) if named and row else make_user().pk))


def code_of(answer: Response) -> str:
    return answer.json()["errors"][0]["code"]


def as_described(path: str) -> str:
    """A path of ours as the description writes it."""
    return re.sub(r"<\w+:(\w+)>", r"{\1}", path.replace("<uuid:pk>", "{id}"))


# --- Every operation there is, is here ---
def test_the_matrix_has_every_operation_that_the_addresses_have():
    routed = {
        (method, as_described(route.path))
        for route in all_routes()
        if route.path.startswith("api/v1/") and route.needs is not None
        for method in route.needs
    }
    assert {(one.method, one.path.lstrip("/")) for one in ALL} == routed


def test_every_operation_that_is_not_public_names_a_permission_that_exists():
    needs = {one.need for one in ALL} - {None, SIGNED_IN}
    assert needs <= set(all_permissions())


def test_every_row_is_named_by_an_operation():
    assert set(ROWS) == {one.resource for one in NAMING_A_ROW}


# --- The four ways ---
@pytest.mark.django_db
@by_operation
def test_without_signing_in_only_public_operations_answer(operation: Operation):
    answer = asked(operation, None, uuid4())
    if operation.need is None:
        assert answer.status_code not in (403, 405), answer.content
        assert answer.status_code < 500, answer.content
        return
    assert (answer.status_code, code_of(answer)) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"]


@pytest.mark.django_db
@pytest.mark.parametrize("operation", WITH_PERMISSION, ids=str)
def test_every_other_permission_is_not_the_right_one(operation: Operation, harare: Institution):
    row = row_of(operation, harare)
    person = person_at(harare, *(set(all_permissions()) - {operation.need}))
    answer = asked(operation, person, row and row.pk)
    assert (answer.status_code, code_of(answer)) == (403, "not_allowed")
    refused = AuditEntry.objects.get(decision="refused")
    assert (refused.actor_id, refused.code) == (person.pk, "not_allowed")


@pytest.mark.django_db
@pytest.mark.parametrize("operation", WITH_PERMISSION, ids=str)
def test_in_reach_the_permission_is_enough(operation: Operation, harare: Institution):
    row = row_of(operation, harare)
    place = None if operation.resource in NATIONAL else harare
    answer = asked(operation, somebody(place, operation, row), row and row.pk)
    assert answer.status_code not in (401, 403, 404, 405), answer.content
    assert answer.status_code < 500, answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("operation", NAMING_A_ROW, ids=str)
def test_out_of_reach_there_is_no_such_row(operation: Operation, harare: Institution, mutare: Institution):
    row = row_of(operation, harare)
    hidden = asked(operation, somebody(mutare, operation, row), row.pk)
    absent = asked(operation, somebody(mutare, operation), uuid4())
    assert hidden.status_code == absent.status_code == 404
    assert code_of(hidden) == code_of(absent) == "not_found"


@pytest.mark.django_db
@pytest.mark.parametrize("operation", [one for one in ALL if one.need == SIGNED_IN], ids=str)
def test_whoever_is_signed_in_is_answered_and_meets_nobody_elses_row(operation: Operation, harare: Institution):
    answer = asked(operation, replace(actor_of(make_user()), strong_at=JUST_NOW), uuid4())
    assert answer.status_code not in (403, 405), answer.content
    assert answer.status_code < 500, answer.content
    # A few ask for a session that began a moment ago, which nobody has who is signed in by force.
    assert answer.status_code != 401 or code_of(answer) == "sign_in_anew"
    assert operation.resource is None or answer.status_code in (400, 401, 404)


def test_the_reasons_of_public_operations_are_kept():
    public = {one.path.removeprefix("/api/v1/") for one in ALL if one.need is None}
    assert public <= {as_described(path) for path in public_routes()}
