"""This file holds the tests of transfers between institutions: the whole way of one, and how one is asked for."""

import pytest
from django.db import connection
from django.utils import timezone

from academic.models import Enrollment, Registration, Section, TransferredCredit
from academic.tests.transfers_lab import REGISTRAR, SECRET, URL, act, ask, data, everything, own, refused, studies_of
from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, make_institution, person_at, person_of_nation
from faculties.factories import today_there
from faculties.models import Institution
from students.factories import make_student
from students.models import Learner, Student, StudentStatus
from students.registry.counting import count_learners
from users.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def origin(harare: Institution):
    return client_of(person_at(harare, *REGISTRAR))


@pytest.fixture
def destination(mutare: Institution):
    return client_of(person_at(mutare, *REGISTRAR))


@pytest.fixture
def third(db):
    return client_of(person_at(make_institution("GWERU", "Gweru University", type="university"), *REGISTRAR))


@pytest.fixture
def rudo(harare: Institution) -> Student:
    return make_student(harare, number="H1", given_names="Rudo", family_name="Ncube", birth_year=2004, **SECRET)


# --- The whole way ---
def test_a_transfer_moves_a_person_between_two_institutions_and_a_third_sees_nothing(
    origin, destination, third, rudo: Student, harare: Institution, mutare: Institution
):
    section = studies_of(rudo)
    asked = data(ask(origin, rudo), 201)
    assert (asked["side"], asked["status"], asked["student"]) == ("origin", "requested", str(rudo.pk))
    shown = own(destination)
    assert (shown["side"], shown["shared_id"], shown["student"]) == ("destination", asked["shared_id"], None)
    assert (shown["number"], shown["given_names"], shown["family_name"]) == ("H1", "Rudo", "Ncube")
    assert data(act(origin, "release"))["status"] == own(destination)["status"] == "released"

    accepted = data(act(destination, "accept", number="M1"))
    assert accepted["status"] == own(origin)["status"] == "accepted"

    today = today_there()
    with reaching(harare.pk):
        left, enrollment = Student.objects.get(), Enrollment.objects.get()
        assert (left.status, StudentStatus.objects.get().starts_on) == ("transferred_out", today)
        assert (enrollment.status, enrollment.ended_on) == ("withdrawn", today)
        assert enrollment.history.get().reason == "Transferred: Family"
        assert Section.objects.get(pk=section.pk).seats_taken == 0
        assert sorted(Registration.objects.values_list("result", flat=True)) == ["fail", "fail", "pass", "withdrawn"]
        assert not TransferredCredit.objects.exists()
    with reaching(mutare.pk):
        came, credit = Student.objects.get(), TransferredCredit.objects.get()
        assert (came.number, came.status, came.entry_year, came.birth_year) == ("M1", "active", today.year, 2004)
        assert StudentStatus.objects.get().starts_on == today
        assert {name: getattr(came, name) for name in SECRET} == SECRET
        assert (credit.student, str(credit.transfer_id)) == (came, accepted["id"])
        assert (credit.code, credit.title, credit.credits, credit.level) == ("MATH1", "Calculus", 20, 2)
        assert credit.grade == "pass (64.00)"
        assert accepted["student"] == str(came.pk) != str(rudo.pk)

    for url in (URL, "/api/v1/academic/transferred-credits/", "/api/v1/students/"):
        assert data(third.get(url)) == []
    for client in (origin, destination):
        assert third.get(f"{URL}{own(client)['id']}/").status_code == 404
        assert third.post(f"{URL}{own(client)['id']}/withdraw/", {}).status_code == 404


def test_neither_side_sees_the_rows_of_the_other(origin, destination, rudo: Student):
    ask(origin, rudo)
    for client, other in ((origin, destination), (destination, origin)):
        assert client.get(f"{URL}{own(other)['id']}/").status_code == 404
    assert destination.get(f"/api/v1/students/{rudo.pk}/").status_code == 404


def test_the_regulator_sees_both_sides(origin, rudo: Student, mutare: Institution):
    ask(origin, rudo)
    rows = data(client_of(person_of_nation("academic.view_transfer")).get(URL))
    assert sorted(row["side"] for row in rows) == ["destination", "origin"]
    assert len({row["shared_id"] for row in rows}) == 1


def test_who_has_moved_is_no_double_enrollment(origin, destination, rudo: Student):
    ask(origin, rudo)
    act(origin, "release")
    act(destination, "accept", number="M1")
    count_learners()
    learner = Learner.objects.get()
    assert (learner.known_at, learner.active_at, learner.double_active) == (2, 1, False)


def test_what_identifies_is_sealed_anew_under_a_key_of_the_new_row(origin, destination, rudo: Student, mutare, harare):
    ask(origin, rudo)
    act(origin, "release")
    act(destination, "accept", number="M1")
    with reaching(harare.pk, mutare.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT phone), count(DISTINCT national_id_index) FROM students_student"
        )
        assert cursor.fetchone() == (2, 2, 1)


def test_both_sides_are_on_the_log_each_with_its_own(origin, destination, rudo: Student, harare, mutare):
    studies_of(rudo)
    ask(origin, rudo)
    act(origin, "release")
    act(destination, "accept", number="M1")
    told = AuditEntry.objects.filter(rule="academic.transfer.accepted")
    subjects = {
        institution.code: sorted(entry.subject for entry in told.filter(institution_id=institution.pk))
        for institution in (harare, mutare)
    }
    assert subjects == {
        "HARARE": ["academic.Enrollment", "academic.Registration", "academic.Transfer", "students.Student"],
        "MUTARE": ["academic.Transfer"],
    }
    assert AuditEntry.objects.get(rule="students.student.taken_in").institution_id == mutare.pk
    for secret in SECRET.values():
        assert str(secret) not in str([entry.changes for entry in AuditEntry.objects.all()])


# --- Asking ---
def test_a_student_asks_for_their_own_transfer_and_takes_it_back(harare: Institution, mutare, destination):
    account = make_user()
    student, stranger = make_student(harare, account=account), make_student(harare)
    own_rows = Reach(related=frozenset([harare.pk]))
    needs = ("students.view_student", "academic.view_transfer", "academic.add_transfer")
    client = client_of(Person(Actor("Rudo Ncube", account.pk, dict.fromkeys(needs, own_rows))))
    assert refused(ask(client, stranger), 400) == "does_not_exist"
    assert data(ask(client, student), 201)["asked_by"] == "origin"
    assert act(client, "release").status_code == 403
    named = {"number": stranger.number, "family_name": stranger.family_name, "institution_code": "MUTARE"}
    assert client.post(URL, named).status_code in (403, 422)
    assert data(act(client, "withdraw"))["status"] == own(destination)["status"] == "withdrawn"


def test_the_destination_asks_by_number_and_family_name(origin, destination, rudo: Student):
    body = {"institution_code": "HARARE", "number": "H1", "family_name": "ncube"}
    asked = data(destination.post(URL, body), 201)
    assert (asked["side"], asked["asked_by"], asked["given_names"]) == ("destination", "destination", "Rudo")
    assert own(origin)["student"] == str(rudo.pk)
    data(act(origin, "release"))
    assert data(act(destination, "accept", number="M1"))["status"] == own(origin)["status"] == "accepted"


def test_a_wrong_number_and_a_wrong_name_get_the_same_words(destination, rudo: Student, harare, mutare):
    asked = [
        destination.post(URL, {"institution_code": "HARARE", **named})
        for named in (
            {"number": "H1", "family_name": "Moyo"},
            {"number": "H2", "family_name": "Ncube"},
            {"number": "H1"},
            {"family_name": "Ncube"},
        )
    ]
    assert {refused(answer) for answer in asked} == {"no_such_student"}
    assert len({str(answer.json()["errors"]) for answer in asked}) == 1
    assert everything(harare, mutare)[0] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "NOWHERE"}, "no_such_institution"),
        ({"code": "CLOSED"}, "no_such_institution"),
        ({"code": "HARARE"}, "same_institution"),
        ({"number": "H1"}, "said_twice"),
    ],
)
def test_what_names_no_other_institution_or_two_people_is_refused(origin, rudo, mutare, harare, fields, code):
    make_institution("CLOSED", "Closed College", type="other", status="closed", closed_on="2025-12-31")
    assert refused(ask(origin, rudo, **fields)) == code
    assert everything(harare, mutare)[0] == []


@pytest.mark.parametrize("status", ["graduated", "dropped_out", "transferred_out", "deceased"])
def test_only_who_is_a_student_there_can_move_from_there(origin, harare, mutare, status):
    assert refused(ask(origin, make_student(harare, status=status))) == "not_studying"
    assert everything(harare, mutare)[0] == []


def test_who_was_erased_does_not_move(origin, harare, mutare):
    assert refused(ask(origin, make_student(harare, erased_at=timezone.now()))) == "person_erased"
    assert everything(harare, mutare)[0] == []


def test_one_transfer_of_a_student_is_under_way_at_a_time(origin, destination, rudo: Student, third):
    ask(origin, rudo)
    assert refused(ask(origin, rudo, "GWERU"), 400) == "already_requested"
    assert data(third.get(URL)) == []
    act(origin, "refuse", answer="Fees.")
    assert data(ask(origin, rudo, "GWERU"), 201)["status"] == "requested"
