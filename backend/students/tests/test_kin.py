"""This file holds the promises and tests of students' kin: whom to turn to, who sees that, what erasing does."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import AuditEntry
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.promises import ResourcePromises
from students.factories import make_student
from students.models import Kin
from users.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/students/kin/"
VIEW, CONTACT, ADD = "students.view_kin", "students.view_kin_contact", "students.add_kin"
MOTHER = {"name": "Chipo Ncube", "relation": "mother", "phone": "+263 77 000 0000", "email": "chipo@example.test"}


def make_kin(institution, **fields) -> Kin:
    usual = {"student": fields.pop("student", None) or make_student(institution), "kind": "next_of_kin", **MOTHER}
    return Kin(institution=institution, **{**usual, **fields}).save_checked()


class TestKin(ResourcePromises):
    url = URL
    view, create, update, remove = VIEW, ADD, "students.change_kin", "students.remove_kin"
    also = ("students.view_student", CONTACT)
    references = ("student",)
    changes = {"kind": "emergency"}

    def make(self, institution):
        return make_kin(institution)

    def body(self, institution):
        return {"student": str(make_student(institution).pk), "kind": "guardian", **MOTHER}

    def test_creating_is_audited(self, harare):
        """Besides, the answer shows who it is, which is a look."""
        person = self.writer(harare)
        answer = client_of(person).post(URL, self.body_for(harare))
        entries = AuditEntry.objects.filter(actor_id=person.pk, subject_id=answer.json()["data"]["id"])
        assert set(entries.values_list("rule", flat=True)) == {"students.kin.added", "students.kin.read"}

    def test_updating_is_audited(self, harare):
        row, person = self.made(harare), self.writer(harare)
        assert client_of(person).patch(self.of(row), self.changes).status_code == 200
        entry = AuditEntry.objects.get(actor_id=person.pk, rule="students.kin.changed")
        assert entry.changes == {"kind": ["next_of_kin", "emergency"]}


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
