"""This file holds the tests of corrections."""

from uuid import uuid4

import pytest

from core.audit.models import AuditEntry
from core.outbox.listeners import name_of
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.factories import make_institution
from students.factories import make_student
from students.models import Student
from students.students.rules import change_student
from users.corrections.models import Correction
from users.factories import make_person

pytestmark = pytest.mark.django_db
MINE = "/api/v1/users/me/corrections/"
ALL = "/api/v1/users/corrections/"


@pytest.fixture
def harare():
    return make_institution("HIT")


@pytest.fixture
def rudo(harare):
    person = make_person(name="Rudo Ncube", grants=[("student", harare)])
    with reaching(harare.pk):
        person.student = make_student(harare, account=person, family_name="Nkube")
    return person


@pytest.fixture
def registrar(harare):
    return make_person(grants=[("registrar", harare)])


def body_of(rudo, **fields) -> dict:
    return {
        "subject": "students.Student",
        "subject_id": str(rudo.student.pk),
        "field": "family_name",
        "should_be": "Ncube",
        **fields,
    }


@pytest.fixture
def asked(rudo) -> dict:
    answer = client_of(rudo.actor).post(MINE, body_of(rudo, explanation="See my birth certificate."))
    assert answer.status_code == 201, answer.json()
    return answer.json()["data"]


def test_a_person_says_what_is_wrong_and_sees_how_it_stands(rudo, asked, harare):
    (mine,) = client_of(rudo.actor).get(MINE).json()["data"]
    assert (mine["status"], mine["should_be"], mine["institution"]) == ("open", "Ncube", str(harare.pk))
    assert AuditEntry.objects.get(rule="users.correction.asked").changes["should_be"][1].startswith("digest:")


def test_a_correction_is_accepted_after_the_record_was_changed(rudo, asked, registrar, harare):
    client = client_of(registrar.actor)
    refused = client.post(f"{ALL}{asked['id']}/accept/")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_changed_yet")
    with reaching(harare.pk):
        change_student(registrar.actor, rudo.student, family_name="Ncube")
    answer = client.post(f"{ALL}{asked['id']}/accept/", {"answer": "Mended."})
    assert answer.status_code == 200, answer.json()
    shown = client_of(rudo.actor).get(MINE).json()["data"][0]
    assert (shown["status"], shown["answer"]) == ("accepted", "Mended.")
    assert shown["change_id"] == str(AuditEntry.objects.get(rule="students.student.changed").pk)


def test_a_change_of_another_field_or_before_the_request_is_no_proof(rudo, registrar, harare):
    with reaching(harare.pk):
        change_student(registrar.actor, rudo.student, family_name="Ncubi")
    asked = client_of(rudo.actor).post(MINE, body_of(rudo)).json()["data"]
    with reaching(harare.pk):
        change_student(registrar.actor, rudo.student, given_names="Rudorwashe")
    answer = client_of(registrar.actor).post(f"{ALL}{asked['id']}/accept/")
    assert answer.json()["errors"][0]["code"] == "not_changed_yet"


def test_accepting_writes_nothing_but_the_correction(rudo, asked, registrar, harare):
    client_of(registrar.actor).post(f"{ALL}{asked['id']}/refuse/", {"answer": "It is right."})
    with reaching(harare.pk):
        assert Student.objects.get(pk=rudo.student.pk).family_name == "Nkube"


def test_a_correction_is_refused_with_a_reason(rudo, asked, registrar):
    client = client_of(registrar.actor)
    assert client.post(f"{ALL}{asked['id']}/refuse/", {}).status_code == 400
    assert client.post(f"{ALL}{asked['id']}/refuse/", {"answer": "It is right."}).status_code == 200
    shown = client_of(rudo.actor).get(MINE).json()["data"][0]
    assert (shown["status"], shown["answer"]) == ("refused", "It is right.")


def test_what_was_decided_stays_decided(asked, registrar, harare):
    client = client_of(registrar.actor)
    client.post(f"{ALL}{asked['id']}/refuse/", {"answer": "It is right."})
    for verb, body in (("refuse", {"answer": "Again."}), ("accept", {})):
        answer = client.post(f"{ALL}{asked['id']}/{verb}/", body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "already_decided")
    with reaching(harare.pk):
        assert Correction.objects.get(pk=asked["id"]).answer == "It is right."


def test_nobody_decides_their_own(harare):
    both = make_person(grants=[("student", harare), ("registrar", harare)])
    with reaching(harare.pk):
        both.student = make_student(harare, account=both)
    client = client_of(both.actor)
    asked = client.post(MINE, body_of(both)).json()["data"]
    answer = client.post(f"{ALL}{asked['id']}/refuse/", {"answer": "No."})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "own_request")
    assert client.get(MINE).json()["data"][0]["status"] == "open"


def test_the_same_is_asked_once_at_a_time(rudo, asked):
    answer = client_of(rudo.actor).post(MINE, body_of(rudo))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "already_asked")


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject_id": str(uuid4())},
        {"subject": "users.User"},
        {"subject": "core.AuditEntry"},
        {"subject": "no.Such"},
        {"field": "no_such_field"},
        {"field": "search_text"},
        {"field": "national_id_index"},
    ],
)
def test_what_is_not_about_oneself_is_not_there(rudo, harare, wrong):
    answer = client_of(rudo.actor).post(MINE, body_of(rudo, **wrong))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "does_not_exist")
    with reaching(harare.pk):
        assert Correction.objects.count() == 0


def test_somebody_elses_row_is_answered_like_an_absent_one(rudo, harare):
    with reaching(harare.pk):
        other = make_student(harare)
    theirs, absent = (
        client_of(rudo.actor).post(MINE, body_of(rudo, subject_id=str(key))).json()["errors"]
        for key in (other.pk, uuid4())
    )
    assert theirs == absent


def test_a_row_where_one_does_not_act_is_refused_in_words(rudo):
    mutare = make_institution("MUT")
    with reaching(mutare.pk):
        there = make_student(mutare, account=rudo)
    answer = client_of(rudo.actor).post(MINE, body_of(rudo, subject_id=str(there.pk)))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "institution_needed")


def test_another_institution_sees_nothing(asked):
    stranger = client_of(make_person(grants=[("registrar", make_institution("MUT"))]).actor)
    assert stranger.get(ALL).json()["data"] == []
    assert stranger.get(f"{ALL}{asked['id']}/").status_code == 404
    assert stranger.post(f"{ALL}{asked['id']}/refuse/", {"answer": "No."}).status_code == 404


def test_another_person_does_not_see_it_nor_decide_it(asked, harare):
    other = client_of(make_person(grants=[("student", harare)]).actor)
    assert other.get(MINE).json()["data"] == []
    assert other.get(f"{ALL}{asked['id']}/").status_code == 403
    assert other.post(f"{ALL}{asked['id']}/refuse/", {"answer": "No."}).status_code == 403


def test_a_decision_is_announced(asked, registrar, monkeypatch):
    heard = []
    monkeypatch.setattr("users.corrections.rules.announce", heard.append)
    client_of(registrar.actor).post(f"{ALL}{asked['id']}/refuse/", {"answer": "No."})
    assert [(name_of(type(event)), event.status) for event in heard] == [
        ("users.corrections.events.CorrectionDecided", "refused")
    ]
