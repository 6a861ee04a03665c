"""This file holds the tests of copies of what is held on a person."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from academic.factories import make_registration
from core.audit.models import AuditEntry
from core.outbox.models import Message
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import make_institution
from students.factories import make_student
from users.exports.models import DataExport, ExportFile
from users.exports.rules import forget_expired
from users.exports.tasks import ExportRequested, make
from users.factories import make_person, make_user

pytestmark = pytest.mark.django_db
MINE = "/api/v1/users/me/data-exports/"
THEIRS = "/api/v1/users/data-exports/"


@pytest.fixture
def harare():
    return make_institution("HIT")


@pytest.fixture
def rudo(harare):
    """A student of two institutions, with an account."""
    person = make_person(name="Rudo Ncube", grants=[("student", harare)])
    mutare = make_institution("MUT")
    with reaching(harare.pk, mutare.pk):
        person.here = make_student(harare, account=person, phone="+263 77 1", national_id="63-1")
        person.there = make_student(mutare, account=person, number="M1")
    return person


def made(client, url=MINE, **body) -> DataExport:
    answer = client.post(url, body)
    assert answer.status_code == 202, answer.json()
    export = DataExport.objects.get(pk=answer.json()["data"]["id"])
    make(ExportRequested(export.pk))
    return export


def tables(client, export) -> dict:
    answer = client.get(f"{MINE}{export.pk}/json/")
    assert answer.status_code == 200, answer.content
    return {table["table"]: table for table in json.loads(answer.content)["tables"]}


def test_a_person_gets_all_that_is_held_in_every_institution(rudo, harare):
    with reaching(harare.pk):
        registration = make_registration(harare, student=rudo.here)
    client = client_of(rudo.actor)
    held = tables(client, made(client))
    assert {row["id"] for row in held["students.Student"]["rows"]} == {str(rudo.here.pk), str(rudo.there.pk)}
    assert {row["phone"] for row in held["students.Student"]["rows"]} == {"+263 77 1", None}
    assert [row["id"] for row in held["academic.Registration"]["rows"]] == [str(registration.pk)]
    assert {row["email"] for row in held["users.User"]["rows"]} == {rudo.email}
    assert "password" not in held["users.User"]["rows"][0]
    assert [one["name"] for one in held["users.User"]["withheld"]] == ["password"]
    assert held["students.Student"]["means"] == "You, as an institution knows you."


def test_nothing_of_anybody_else_is_in_the_copy(rudo, harare):
    other = make_person(name="Tariro Moyo", grants=[("student", harare)])
    with reaching(harare.pk):
        make_registration(harare, student=make_student(harare, account=other, given_names="Tariro", phone="99 99"))
    client = client_of(rudo.actor)
    export = made(client)
    content = client.get(f"{MINE}{export.pk}/json/").content.decode()
    assert "Tariro" not in content
    assert "99 99" not in content


def test_a_person_sees_who_looked(rudo, harare, registrar_of):
    registrar = registrar_of(harare)
    client_of(registrar).get(f"/api/v1/students/{rudo.here.pk}/")
    client = client_of(rudo.actor)
    log = tables(client, made(client))["core.AuditEntry"]["rows"]
    looked = [row for row in log if row["rule"] == "students.student.read"]
    assert [(row["actor_name"], row["subject_id"]) for row in looked] == [("Chipo Dube", str(rudo.here.pk))]
    assert "changes" not in looked[0]


def test_the_copy_is_a_pdf_too(rudo):
    client = client_of(rudo.actor)
    export = made(client)
    answer = client.get(f"{MINE}{export.pk}/pdf/", headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert b"pdfuaid" in answer.content
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_letter_that_no_font_has_does_not_keep_a_person_from_the_pdf(rudo):
    rudo.change(name="🦓 #panic() [x] $y$")
    client = client_of(rudo.actor)
    answer = client.get(f"{MINE}{made(client).pk}/pdf/")
    assert answer.content.startswith(b"%PDF-")


def test_a_copy_is_asked_for_once_at_a_time(rudo):
    client = client_of(rudo.actor)
    first, second = (client.post(MINE, {}).json()["data"]["id"] for _ in range(2))
    assert first == second
    assert Message.objects.filter(topic__endswith="ExportRequested").count() == 1


def test_a_copy_made_twice_is_made_once(rudo):
    export = made(client_of(rudo.actor))
    make(ExportRequested(export.pk))
    assert ExportFile.objects.filter(export=export).count() == 2
    assert AuditEntry.objects.filter(rule="users.export.made").count() >= 1


def test_a_copy_is_not_fetched_before_it_is_made(rudo):
    client = client_of(rudo.actor)
    export = client.post(MINE, {}).json()["data"]
    assert client.get(f"{MINE}{export['id']}/").json()["data"]["status"] == "waiting"
    answer = client.get(f"{MINE}{export['id']}/json/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_ready")


def test_a_copy_is_not_there_for_anybody_else(rudo, harare):
    export = made(client_of(rudo.actor))
    for person in (
        make_person(grants=[("registrar", harare)]),
        make_person(grants=[("national-administrator", None)]),
        make_person(grants=[("student", harare)]),
    ):
        client = client_of(person.actor)
        for end in ("", "json/", "pdf/"):
            assert client.get(f"{MINE}{export.pk}/{end}").status_code == 404
        assert client.get(MINE).json()["data"] == []
    assert client_of().get(f"{MINE}{export.pk}/json/").status_code == 401
    assert AuditEntry.objects.filter(rule="users.export.fetched").count() == 0


def test_each_fetch_is_on_the_audit_log(rudo):
    client = client_of(rudo.actor)
    export = made(client)
    client.get(f"{MINE}{export.pk}/json/")
    entry = AuditEntry.objects.get(rule="users.export.fetched")
    assert (entry.actor_id, entry.subject_id) == (rudo.pk, str(export.pk))


def test_a_copy_is_not_fetched_after_its_days_and_is_deleted(rudo, time_machine):
    client = client_of(rudo.actor)
    export = made(client)
    assert forget_expired() == 0
    time_machine.move_to(timezone.now() + timedelta(days=7, seconds=1))
    answer = client.get(f"{MINE}{export.pk}/json/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "expired")
    assert forget_expired() == 1
    assert (DataExport.objects.count(), ExportFile.objects.count()) == (0, 0)
    assert client.get(f"{MINE}{export.pk}/json/").status_code == 404


def test_the_copy_is_encrypted_in_the_table(rudo):
    export = made(client_of(rudo.actor))
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM users_exportfile WHERE export_id = %s", [export.pk])
        assert all(bytes(content)[:1] == b"\x02" for (content,) in cursor.fetchall())


def test_a_registrar_gets_a_copy_of_what_the_institution_holds_and_no_more(rudo, harare):
    registrar = make_person(grants=[("registrar", harare)])
    client = client_of(registrar.actor)
    export = made(client, THEIRS, person=str(rudo.here.pk))
    held = tables(client, export)
    assert [row["id"] for row in held["students.Student"]["rows"]] == [str(rudo.here.pk)]
    assert "users.User" not in held
    entry = AuditEntry.objects.get(rule="users.export.asked")
    assert entry.actor_id == registrar.pk
    assert [row["id"] for row in client_of(rudo.actor).get(MINE).json()["data"]] == [str(export.pk)]


def test_a_registrar_gets_no_copy_of_somebody_elsewhere(rudo, harare):
    registrar = make_person(grants=[("registrar", harare)])
    for person in (rudo.there.pk, make_user().pk):
        answer = client_of(registrar.actor).post(THEIRS, {"person": str(person)})
        assert answer.status_code == 404
    assert DataExport.objects.count() == 0


def test_a_copy_of_somebody_else_needs_the_permission(rudo, harare):
    lecturer = make_person(grants=[("lecturer", harare)])
    assert client_of(lecturer.actor).post(THEIRS, {"person": str(rudo.here.pk)}).status_code == 403
    assert DataExport.objects.count() == 0
    assert AuditEntry.objects.get(decision="refused").rule == "users.export_person"


@pytest.mark.parametrize("body", [{"person": "nobody"}, {}, {"person": None}, {"persons": []}])
def test_a_malformed_request_is_refused(harare, body):
    registrar = make_person(grants=[("registrar", harare)])
    assert client_of(registrar.actor).post(THEIRS, body).status_code == 400
    assert DataExport.objects.count() == 0


def test_staff_asks_for_a_copy_only_after_a_second_factor(rudo, harare):
    registrar = make_person(grants=[("registrar", harare)])
    weak = replace(registrar.actor, strong_at=None)
    answer = client_of(weak).post(THEIRS, {"person": str(rudo.here.pk)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "step_up_needed")
    assert not DataExport.objects.exists()
