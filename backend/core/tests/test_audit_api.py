"""This file holds the tests of reading the audit log."""

from uuid import UUID

import pytest
import time_machine
from rest_framework.test import APIClient

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.origin import Origin, origin
from core.audit.record import record
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.models import Institution
from users.factories import make_person

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


# --- Search ---
@pytest.fixture
def many(db: None) -> None:
    """Two entries that differ in everything."""
    sessions = [UUID(int=1), UUID(int=2)]
    for number, (name, rule, address) in enumerate(
        [("Tendai Moyo", "students.student.entered", "192.0.2.1"), ("Chipó Dube", "users.grant.ended", "2001:db8::1")]
    ):
        token = origin.set(Origin(f"request-{number}", address))
        actor = Actor(name, UUID(int=10 + number), session=sessions[number])
        record(actor, rule, None, subject_id=number + 1, code="not_allowed" * number)
        origin.reset(token)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rule", "users.grant.ended"),
        ("rule__in", "users.grant.ended,users.grant.added"),
        ("rule__startswith", "users."),
        ("actor_id", str(UUID(int=11))),
        ("session_id", str(UUID(int=2))),
        ("address", "2001:0db8:0::1"),
        ("request_id", "request-1"),
        ("code", "not_allowed"),
        ("subject_id", "2"),
        ("search", "chipo d"),
    ],
)
def test_an_auditor_finds_an_entry_by(many, name: str, value: str):
    auditor = client_of(person_of_nation("core.view_audit"))
    assert [row["subject_id"] for row in auditor.get(AUDIT, {name: value}).json()["data"]] == ["2"]


def test_an_auditor_finds_what_concerns_a_person(harare: Institution):
    person, other = make_person(), make_person()
    for one in (person, other):
        record(Actor("Chipo"), "users.user.changed", one)
    auditor = client_of(person_of_nation("core.view_audit"))
    (row,) = auditor.get(AUDIT, {"person_id": str(person.pk)}).json()["data"]
    assert (row["person_id"], row["subject_id"]) == (str(person.pk), str(person.pk))


def test_an_auditor_asks_for_a_time_in_its_order(harare: Institution):
    with time_machine.travel("2026-03-02T08:00Z", tick=False) as clock:
        for _ in range(4):
            record(Actor("Chipo"), "users.user.changed", None)
            clock.shift(3600)
    auditor = client_of(person_of_nation("core.view_audit"))
    query = {"at__gte": "2026-03-02T09:00Z", "at__lt": "2026-03-02T11:00Z", "ordering": "-at"}
    rows = auditor.get(AUDIT, query).json()["data"]
    assert [row["at"][11:16] for row in rows] == ["10:00", "09:00"]


WRONG = [("address", "nowhere"), ("at__gte", "soon"), ("actor_id", "1"), ("rule__contains", "x"), ("who", "x")]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_filter_is_refused_by_name(harare: Institution, name: str, value: str):
    answer = client_of(person_at(harare, "core.view_audit")).get(AUDIT, {name: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == name


# --- What leaves no entry ---
@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 8000])
def test_a_token_that_proves_nothing_writes_nothing(db, token: str):
    """Whoever is nobody could fill the log."""
    client = APIClient(headers={"Authorization": f"Bearer {token}"})
    answers = [client.get(AUDIT), client.post("/api/v1/students/", {}), client.get("/api/v1/audit/mine/")]
    answers.append(client.post("/api/v1/auth/refresh/", {"refresh_token": token[:100] or "x"}))
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401]
    assert AuditEntry.objects.count() == 0
