"""This file holds the tests of students' kin: whom to turn to, who sees that, what erasing does."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import AuditEntry
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from students.factories import make_kin, make_student
from students.models import Kin
from users.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/students/kin/"
VIEW, CONTACT, ADD = "students.view_kin", "students.view_kin_contact", "students.add_kin"
MOTHER = {"name": "Chipo Ncube", "relation": "mother", "phone": "+263 77 000 0000", "email": "chipo@example.test"}


@pytest.fixture
def kin(harare):
    with reaching(harare.pk):
        yield make_kin(harare)


def test_each_look_at_who_it_is_is_on_the_audit_log(harare, kin):
    person = person_at(harare, VIEW, CONTACT)
    shown = client_of(person).get(f"{URL}{kin.pk}/").json()["data"]
    assert {name: shown[name] for name in (*MOTHER, "address")} == {**MOTHER, "address": None}
    entry = AuditEntry.objects.get(rule="students.kin.read")
    assert (entry.actor_id, entry.changes) == (person.pk, {"fields": ["address", "email", "name", "phone", "relation"]})


def test_seeing_that_there_is_somebody_is_not_seeing_who(harare, kin):
    client = client_of(person_at(harare, VIEW, ADD, "students.view_student"))
    assert not {*MOTHER, "address"} & set(client.get(f"{URL}{kin.pk}/").json()["data"])
    assert not {*MOTHER, "address"} & set(client.get(URL).json()["data"][0])
    body = {"student": str(kin.student_id), "kind": "guardian", "name": "X"}
    assert client.post(URL, body).status_code == 403
    assert Kin.objects.count() == 1


def test_who_it_is_does_not_stand_in_the_table_in_clear(kin):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(kin)::text FROM students_kin kin")
        (row,) = cursor.fetchone()
    assert not any(text in row or text.encode().hex() in row for text in MOTHER.values())


def test_who_signs_for_a_minor_is_a_guardian(harare, kin):
    client = client_of(person_at(harare, VIEW, CONTACT, "students.change_kin"))
    answer = client.patch(f"{URL}{kin.pk}/", {"is_guardian_of_minor": True})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "not_a_guardian")
    assert client.patch(f"{URL}{kin.pk}/", {"is_guardian_of_minor": True, "kind": "guardian"}).status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        Kin.objects.update(kind="emergency")


def test_a_student_sees_the_own_kin_and_no_others(harare, kin):
    person = make_person(grants=[("student", harare)])
    mine = make_kin(harare, student=make_student(harare, account=person))
    client = client_of(person.actor)
    assert [row["id"] for row in client.get(URL).json()["data"]] == [str(mine.pk)]
    assert client.get(f"{URL}{mine.pk}/").json()["data"]["name"] == MOTHER["name"]
    assert client.get(f"{URL}{kin.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_erasing_a_student_forgets_the_kin_and_nobody_is_named_again(harare):
    with reaching(harare.pk):
        kin = make_kin(harare)
        erase([kin.student], harare.pk)
        assert not Kin.objects.exists()
        body = {"student": str(kin.student_id), "kind": "guardian", "name": "X"}
        client = client_of(person_at(harare, VIEW, CONTACT, ADD, "students.view_student"))
        assert client.post(URL, body).json()["errors"][0]["code"] == "person_erased"
        assert not Kin.objects.exists()
