"""This file holds the tests of requests that are sent twice, one after the other and at once."""

from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.audit.models import AuditEntry
from core.http.idempotency import take
from core.http.models import IdempotencyKey
from core.http.tasks import forget_old_keys
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Department, Faculty

URL = "/api/v1/faculties/"
VIEW, ADD = "faculties.view_faculty", "faculties.add_faculty"
KEY = {"Idempotency-Key": "5c9a4e0e-8f0b"}
ARTS = {"code": "ART", "name": "Arts"}


@pytest.fixture
def registrar(harare):
    return person_at(harare, VIEW, ADD)


def count_in(institution):
    with reaching(institution.pk):
        return Faculty.objects.count()


@pytest.mark.django_db
def test_a_repeated_request_has_one_effect_and_one_answer(harare, registrar):
    first = client_of(registrar).post(URL, ARTS, headers=KEY)
    second = client_of(registrar).post(URL, ARTS, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["data"] == second.json()["data"]
    assert second.json()["meta"] == {"request_id": second["X-Request-ID"]}
    assert (first["Location"], first["ETag"]) == (second["Location"], second["ETag"])
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert (count_in(harare), AuditEntry.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_an_answer_is_kept_sealed(harare, registrar):
    client_of(registrar).post(URL, ARTS, headers=KEY)
    body = IdempotencyKey.objects.get().body
    assert len(body) > 100
    assert b"Arts" not in b64decode(body)


@pytest.mark.django_db
def test_without_a_key_nothing_is_kept(harare, registrar):
    client_of(registrar).post(URL, ARTS)
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["body", "address", "institution"])
def test_a_key_stands_for_one_request(harare, registrar, change):
    client_of(registrar).post(URL, ARTS, headers=KEY)
    url = "/api/faculties/" if change == "address" else URL
    headers = {**KEY, "X-Institution": "HARARE"} if change == "institution" else KEY
    answer = client_of(registrar).post(url, {**ARTS, "name": "More"} if change == "body" else ARTS, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "key_reused")
    assert count_in(harare) == 1


@pytest.mark.django_db
def test_two_people_may_take_the_same_key(harare, registrar):
    client_of(registrar).post(URL, ARTS, headers=KEY)
    other = client_of(person_at(harare, VIEW, ADD)).post(URL, {"code": "SCI", "name": "Science"}, headers=KEY)
    assert (other.status_code, count_in(harare)) == (201, 2)


@pytest.mark.django_db
def test_an_answer_that_changed_nothing_is_not_kept(harare, registrar):
    assert client_of(registrar).post(URL, {"code": "ART"}, headers=KEY).status_code == 400
    assert IdempotencyKey.objects.count() == 0
    assert client_of(registrar).post(URL, ARTS, headers=KEY).status_code == 201


@pytest.mark.django_db
def test_who_lost_the_permission_gets_no_old_answer(harare, registrar):
    client_of(registrar).post(URL, ARTS, headers=KEY)
    del registrar.actor.reaches[ADD]
    assert client_of(registrar).post(URL, ARTS, headers=KEY).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "two words", "ä", "x" * 201])
def test_a_key_that_is_none_is_refused(harare, registrar, key):
    answer = client_of(registrar).post(URL, ARTS, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_idempotency_key")
    assert count_in(harare) == 0


@pytest.mark.django_db
def test_a_day_later_the_key_is_free_again(harare, registrar):
    client_of(registrar).post(URL, ARTS, headers=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    answer = client_of(registrar).post(URL, {"code": "SCI", "name": "Science"}, headers=KEY)
    assert (answer.status_code, "Idempotency-Replayed" in answer, count_in(harare)) == (201, False, 2)


@pytest.mark.django_db
def test_old_keys_are_forgotten(harare, registrar):
    client_of(registrar).post(URL, ARTS, headers=KEY)
    client_of(registrar).post(URL, {"code": "SCI", "name": "Science"}, headers={"Idempotency-Key": "another"})
    IdempotencyKey.objects.filter(key="another").update(created_at=timezone.now() - timedelta(hours=25))
    assert forget_old_keys() == 1
    assert IdempotencyKey.objects.get().key == KEY["Idempotency-Key"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_gets_the_answer_of_the_first(harare, registrar):
    start = Barrier(2)

    def post(_):
        try:
            client = client_of(registrar)
            start.wait(10)
            answer = client.post(URL, ARTS, headers=KEY)
            return answer.status_code, answer.json()["data"]["id"], answer.headers.get("Idempotency-Replayed")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(post, range(2)))
    assert [status for status, _, _ in answers] == [201, 201]
    assert len({key for _, key, _ in answers}) == 1
    assert sorted(str(replayed) for _, _, replayed in answers) == ["None", "true"]
    assert count_in(harare) == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_the_first_is_told_to_come_back(harare, registrar):
    def post():
        try:
            return client_of(registrar).post(URL, ARTS, headers=KEY)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as thread:
        take(registrar.pk, KEY["Idempotency-Key"], b"the first, still at work")
        answer = thread.submit(post).result(30)
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")
    assert answer.json()["errors"][0]["code"] == "in_progress"
    assert count_in(harare) == 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_the_database_refuses_is_a_409(harare, mutare, monkeypatch):
    """The composite key is checked at commit; here a rule forgets to check, as a bug of ours would."""
    from faculties.departments import rules
    from faculties.departments.api import DepartmentViewSet

    with reaching(mutare.pk):
        theirs = Faculty.objects.create(institution=mutare, code="SCI", name="Science")
    with reaching(harare.pk):
        ours = Faculty.objects.create(institution=harare, code="SCI", name="Science")

    def unchecked(actor, *, faculty, **fields):
        department = Department(institution_id=harare.pk, faculty_id=theirs.pk, **fields)
        department.save()
        return department

    monkeypatch.setattr(rules.open_department, "function", unchecked)
    assert DepartmentViewSet.rules["create"] is rules.open_department
    person = person_at(harare, VIEW, "faculties.view_department", "faculties.add_department")
    body = {"faculty": str(ours.pk), "code": "BIO", "name": "Biology"}
    answer = client_of(person).post("/api/v1/departments/", body, headers=KEY)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "does_not_exist")
    with reaching(harare.pk):
        assert (Department.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_one_state_at_once_one_is_refused(harare):
    with reaching(harare.pk):
        faculty = Faculty.objects.create(institution=harare, code="SCI", name="Science")
    person = person_at(harare, VIEW, "faculties.change_faculty")
    url = f"{URL}{faculty.pk}/"
    tag = client_of(person).get(url)["ETag"]
    start = Barrier(2)

    def patch(name):
        try:
            client = client_of(person)
            start.wait(10)
            return client.patch(url, {"name": name}, headers={"If-Match": tag}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(patch, ["First", "Second"])) == [200, 412]
    with reaching(harare.pk):
        assert Faculty.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_on_the_audit_log_though_all_else_is_rolled_back(harare):
    assert client_of(person_at(harare, VIEW)).post(URL, ARTS, headers=KEY).status_code == 403
    assert AuditEntry.objects.get().decision == "refused"
