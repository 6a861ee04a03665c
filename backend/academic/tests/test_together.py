"""This file holds the tests of requests to register that are answered together: in one transaction, each by itself."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from academic.factories import make_enrollment
from academic.models import Enrollment, Registration, Section
from academic.permissions import PERMISSIONS
from academic.registrations import together
from academic.tests.registration_lab import make_coming_section, make_hold, recount
from core.actor import Actor
from core.audit.models import AuditEntry
from core.http.models import IdempotencyKey
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_institution
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

URL = "/api/v1/academic/registrations/"
RULE = "academic.registration.made"


@pytest.fixture
def college() -> Institution:
    return make_institution()


@pytest.fixture
def registrar(college: Institution) -> Actor:
    return person_at(college, *PERMISSIONS, "students.view_student").actor


def ask(actor: Any, enrollment: Enrollment, section: Section, **stated: Any) -> Any:
    body = {"enrollment": str(enrollment.pk), "section": str(section.pk), **stated}
    return client_of(actor).post(URL, body, headers={"Idempotency-Key": str(uuid4())})


def asked_together(actor: Actor, section: Section, enrollments: list[Enrollment]) -> Iterator[Any]:
    """The answers to attempts at a section, of which all but the first wait until that one is through."""

    def answer(enrollment: Enrollment) -> Any:
        try:
            return ask(actor, enrollment, section)
        finally:
            connection.close()

    answers: list[Future] = []
    with ThreadPoolExecutor(len(enrollments)) as pool:
        with reaching(section.institution_id):
            Section.objects.select_for_update().get(pk=section.pk)
            for number, enrollment in enumerate(enrollments):
                answers.append(pool.submit(answer, enrollment))
                while (
                    not (gathering := together.gatherings.get(section.institution_id))
                    or (len(gathering.waiting) < number)
                    or not gathering.is_working
                ):
                    sleep(0.001)
        return [one.result(20) for one in answers]


@pytest.mark.django_db(transaction=True)
def test_those_who_wait_share_a_transaction_and_nothing_else(college: Institution, registrar: Actor):
    with reaching(college.pk):
        section = make_coming_section(college, capacity=3)
        enrollments = [make_enrollment(college) for _ in range(6)]
        make_hold(college, student=enrollments[2].student)
    first, *others, twice = asked_together(registrar, section, [*enrollments, enrollments[1]])
    assert [one.status_code for one in (first, *others)] == [201, 201, 422, 201, 422, 422]
    assert [one.json()["errors"][0]["code"] for one in others if one.status_code == 422] == ["hold", "full", "full"]
    # Who came twice at once is answered after the others.
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (400, "already_registered")
    entries = AuditEntry.objects.filter(rule=RULE).order_by("id")
    assert sorted(entries.values_list("decision", "code")) == [
        ("done", ""), ("done", ""), ("done", ""), ("refused", "full"), ("refused", "full"), ("refused", "hold"),
    ]  # fmt: skip
    assert entries.values("transaction").distinct().count() == 2
    assert entries.values("request_id").distinct().count() == 6
    assert IdempotencyKey.objects.filter(status=201).count() == IdempotencyKey.objects.count() == 3
    with reaching(college.pk):
        assert recount(college) == [(3, 3)]


@pytest.mark.django_db(transaction=True)
def test_where_the_transaction_fails_each_is_answered_by_itself(
    college: Institution, registrar: Actor, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: Any) -> None:
        raise ArithmeticError

    with reaching(college.pk):
        section, enrollments = make_coming_section(college), [make_enrollment(college) for _ in range(3)]
    monkeypatch.setattr(together, "keep_answers", fail)
    answers = asked_together(registrar, section, enrollments)
    assert [one.status_code for one in answers] == [201, 201, 201]
    with reaching(college.pk):
        assert recount(college) == [(3, 3)]


@pytest.mark.django_db
def test_the_answer_and_the_audit_entry_are_those_of_an_attempt_by_itself(college: Institution, registrar: Actor):
    student = make_student(college, account=make_person(), birth_year=2000)
    with reaching(college.pk):
        enrollment, sections = make_enrollment(college, student=student), [make_coming_section(college) for _ in "ab"]
    answers = [ask(registrar, enrollment, sections[0]), ask(registrar, enrollment, sections[1], attempt=1)]
    told = [one.json()["data"] for one in answers]
    differ = {"id", "section"}
    assert told[0].keys() == told[1].keys()
    assert {name for name in told[0] if told[0][name] != told[1][name]} == differ
    assert [one["Location"] for one in answers] == [f"{URL}{one['id']}/" for one in told]
    assert [client_of(registrar).get(f"{URL}{one['id']}/")["ETag"] for one in told] == [one["ETag"] for one in answers]
    one, other = AuditEntry.objects.filter(rule=RULE).order_by("id").values()
    assert {name for name in one if one[name] != other[name]} - {"transaction"} == {
        "id", "at", "subject_id", "changes", "request_id",
    }  # fmt: skip
    assert one["person_id"] == student.account_id
    assert one["changes"] == {**other["changes"], "section": [None, str(sections[0].pk)]}


@pytest.mark.django_db
def test_a_right_that_went_meanwhile_is_not_used(
    college: Institution, registrar: Actor, monkeypatch: pytest.MonkeyPatch
):
    """Nothing of the transaction stands, and whoever still may is answered by themselves."""
    with reaching(college.pk):
        section, enrollment = make_coming_section(college), make_enrollment(college)
    seen = list[int]()

    def refuse(asked: Any) -> None:
        with reaching(college.pk):
            seen.append(Registration.objects.count())
        raise together.RightsChanged

    monkeypatch.setattr(together, "refuse_changed_rights", refuse)
    assert ask(registrar, enrollment, section).status_code == 201
    assert seen == [1]
    with reaching(college.pk), transaction.atomic():
        assert recount(college) == [(1, 1)]
    assert AuditEntry.objects.filter(rule=RULE).count() == 1
