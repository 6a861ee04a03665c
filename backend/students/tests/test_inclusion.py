"""This file holds the tests of what includes students: dated, coarse in clear, the details sealed."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import AuditEntry
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from students.factories import make_inclusion, make_student
from students.models import Inclusion
from users.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/students/inclusion/"
VIEW, DETAILS, ADD = "students.view_inclusion", "students.view_inclusion_details", "students.add_inclusion"
CHANGE = "students.change_inclusion"
DAY, LATER = date(2026, 2, 1), date(2026, 8, 1)


@pytest.fixture
def registrar(harare):
    with reaching(harare.pk):
        yield client_of(person_at(harare, VIEW, DETAILS, ADD, CHANGE, "students.view_student"))


def test_what_was_not_stated_is_neither_yes_nor_no_nor_none(registrar, harare):
    body = {"student": str(make_student(harare).pk), "starts_on": "2026-02-01"}
    shown = registrar.post(URL, body).json()["data"]
    told = ("disability", "is_orphan", "is_refugee", "is_first_generation")
    assert [shown[name] for name in told] == ["not_stated"] * 4


def test_support_is_agreed_on(registrar, harare):
    support = {"extra_time_percent": 25, "arrangements": ["accessible_room", "large_print"]}
    body = {"student": str(make_student(harare).pk), "starts_on": "2026-02-01", "disability": "visual", **support}
    shown = registrar.post(URL, body).json()["data"]
    assert {name: shown[name] for name in support} == support
    assert registrar.post(URL, {**body, "arrangements": ["helicopter"]}).status_code == 400
    answer = registrar.patch(f"{URL}{shown['id']}/", {"extra_time_percent": 101})
    assert answer.status_code == 400
    assert Inclusion.objects.get().extra_time_percent == 25
    with pytest.raises(IntegrityError), transaction.atomic():
        Inclusion.objects.update(extra_time_percent=101)


def test_what_is_stated_anew_ends_what_held_before(registrar, harare):
    first = make_inclusion(harare, disability="none")
    body = {"student": str(first.student_id), "starts_on": "2026-08-01", "disability": "hearing"}
    assert registrar.post(URL, body).status_code == 201
    rows = list(Inclusion.objects.order_by("starts_on").values_list("disability", "starts_on", "ends_on"))
    assert rows == [("none", DAY, LATER), ("hearing", LATER, None)]


def test_what_is_stated_anew_begins_later(registrar, harare):
    first = make_inclusion(harare)
    answer = registrar.post(URL, {"student": str(first.student_id), "starts_on": "2026-02-01"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "stated_since")
    assert Inclusion.objects.get().ends_on is None


def test_of_a_student_one_row_holds_at_a_time_whatever_wrote_it(harare):
    with reaching(harare.pk):
        first = make_inclusion(harare)
        second = Inclusion(institution=harare, student=first.student, starts_on=LATER)
        with pytest.raises(IntegrityError, match="inclusion_one_at_a_time"), transaction.atomic():
            second.save()
        Inclusion.objects.update(ends_on=LATER)
        second.save()


def test_what_no_longer_holds_stays_as_it_was(registrar, harare):
    held = make_inclusion(harare, ends_on=LATER)
    answer = registrar.patch(f"{URL}{held.pk}/", {"disability": "none"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_longer_holds")
    held.refresh_from_db()
    assert held.disability == "not_stated"


def test_details_are_sealed_shown_to_few_and_each_look_is_on_the_audit_log(registrar, harare):
    row = make_inclusion(harare, details="Retinitis pigmentosa")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(row)::text FROM students_inclusion row")
        assert "Retinitis" not in str(cursor.fetchone())
    assert "details" not in client_of(person_at(harare, VIEW)).get(f"{URL}{row.pk}/").json()["data"]
    assert not AuditEntry.objects.exists()
    assert registrar.get(f"{URL}{row.pk}/").json()["data"]["details"] == "Retinitis pigmentosa"
    assert AuditEntry.objects.get(rule="students.inclusion.read").changes == {"fields": ["details"]}
    assert "details" not in registrar.get(URL).json()["data"][0]


def test_a_disability_stands_neither_in_an_address_nor_in_the_audit_log(registrar, harare):
    assert registrar.get(URL, {"disability": "visual"}).status_code == 400
    body = {"student": str(make_student(harare).pk), "starts_on": "2026-02-01", "disability": "visual"}
    registrar.post(URL, {**body, "arrangements": ["braille"], "is_refugee": "yes"})
    told = str(AuditEntry.objects.get(rule="students.inclusion.stated").changes)
    assert not any(word in told for word in ("visual", "braille", "yes"))


def test_seeing_students_is_not_seeing_what_they_stated(harare):
    assert client_of(person_at(harare, "students.view_student")).get(URL).status_code == 403


def test_a_student_sees_what_they_stated_themselves(harare):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine = make_inclusion(harare, student=make_student(harare, account=person))
        make_inclusion(harare)
    assert [row["id"] for row in client_of(person.actor).get(URL).json()["data"]] == [str(mine.pk)]


@pytest.mark.django_db(transaction=True)
def test_erasing_a_student_removes_what_they_stated(harare):
    with reaching(harare.pk):
        row = make_inclusion(harare, disability="visual", details="x")
        erase([row.student], harare.pk)
        assert not Inclusion.objects.exists()
