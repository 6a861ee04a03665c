"""This file holds the tests of reading the audit log."""

import pytest

from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.models import Institution

pytestmark = pytest.mark.django_db
AUDIT = "/api/v1/audit/"


@pytest.fixture
def entries(harare: Institution, mutare: Institution):
    for place in (harare, mutare):
        clerk = client_of(person_at(place, "faculties.add_faculty", "faculties.view_faculty"))
        body = {"code": "ENG", "name": f"Engineering of {place.code}"}
        assert clerk.post("/api/v1/faculties/", body).status_code == 201


def test_an_auditor_reads_the_entries_of_their_institution_only(entries, harare: Institution):
    auditor = client_of(person_at(harare, "core.view_audit"))
    (row,) = auditor.get(AUDIT).json()["data"]
    assert (row["rule"], row["institution_id"]) == ("faculties.faculty.opened", str(harare.pk))
    shown = auditor.get(f"{AUDIT}{row['id']}/").json()["data"]
    assert shown["changes"]["name"] == [None, "Engineering of HARARE"]


def test_an_entry_of_another_institution_is_not_there(entries, harare: Institution, mutare: Institution):
    theirs = client_of(person_at(mutare, "core.view_audit")).get(AUDIT).json()["data"][0]["id"]
    assert client_of(person_at(harare, "core.view_audit")).get(f"{AUDIT}{theirs}/").status_code == 404


def test_the_nation_reads_all_and_finds_by_rule(entries):
    auditor = client_of(person_of_nation("core.view_audit"))
    assert len(auditor.get(AUDIT, {"rule": "faculties.faculty.opened"}).json()["data"]) == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_the_audit_log_over_http(method: str, harare: Institution):
    client = client_of(person_at(harare, "core.view_audit"))
    url = AUDIT if method == "post" else f"{AUDIT}{harare.pk}/"
    assert getattr(client, method)(url, {}).status_code == 405


def test_reading_it_needs_the_permission(harare: Institution):
    assert client_of(person_at(harare, "students.view_student")).get(AUDIT).status_code == 403
