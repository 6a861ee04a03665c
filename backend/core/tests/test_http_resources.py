"""This file holds the tests of a resource over HTTP, on faculties and departments."""

import pytest

from core.audit.models import AuditEntry
from core.http.idempotency import IdempotencyKey
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.models import Department, Faculty

pytestmark = pytest.mark.django_db

VIEW, ADD, CHANGE = "faculties.view_faculty", "faculties.add_faculty", "faculties.change_faculty"
DEPARTMENT = ("faculties.view_department", "faculties.add_department", "faculties.change_department")
URL = "/api/v1/faculties/"


def make_faculty(institution, code="SCI", **fields):
    with reaching(institution.pk):
        return Faculty.objects.create(institution=institution, code=code, name=f"Faculty {code}", **fields)


def test_one_object_is_shown_in_the_envelope_with_its_etag(harare):
    faculty = make_faculty(harare)
    answer = client_of(person_at(harare, VIEW)).get(f"{URL}{faculty.pk}/", headers={"X-Request-ID": "request-0001"})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["status"], body["errors"], body["meta"]) == ("success", [], {"request_id": "request-0001"})
    assert body["data"]["code"] == "SCI"
    assert answer["ETag"].startswith('"1-')
    assert answer["X-Request-ID"] == "request-0001"
    assert answer["API-Version"] == "1.0.0"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_creating_gives_201_with_location(harare):
    answer = client_of(person_at(harare, VIEW, ADD)).post(URL, {"code": "ART", "name": "Arts"})
    assert answer.status_code == 201, answer.content
    assert answer["Location"] == f"{URL}{answer.json()['data']['id']}/"
    assert client_of(person_at(harare, VIEW)).get(answer["Location"]).json()["data"]["name"] == "Arts"
    assert AuditEntry.objects.get().rule == "faculties.faculty.opened"
