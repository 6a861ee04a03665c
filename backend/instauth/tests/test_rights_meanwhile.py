"""This file holds the tests of rights that change while a request is under way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.db import connection
from rest_framework.response import Response

from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from faculties.factories import make_institution
from instauth.sessions.rules import begin_session
from instauth.tests.test_sessions import bearer
from students.factories import make_student
from students.models import Student
from users.accounts.rules import rights_changed
from users.factories import make_grant, make_person, make_role
from users.models import User
from users.roles.rules import end_grant

pytestmark = pytest.mark.django_db(transaction=True)
# Not by pg_stat_activity: a transaction sees there only connections that began before it first looked.
WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


@pytest.fixture
def harare():
    return make_institution("HIT")


@pytest.fixture
def clerk(harare) -> User:
    person = make_person(name="Tendai Clerk")
    person.grant = make_grant(person, make_role("students.view_student", "students.change_student"), harare)
    return person


@pytest.fixture
def change_beside(clerk: User, harare) -> Callable[[Callable[[], object]], Response]:
    """Have the clerk change a student's name, and something else happen while the request waits for the row."""
    with reaching(harare.pk):
        student = make_student(harare, given_names="Rudo")
    client = bearer(begin_session(clerk, "").access)

    def ask() -> Response:
        try:
            return client.patch(f"/api/v1/students/{student.pk}/", {"given_names": "Rufaro"}, headers={"If-Match": "*"})
        finally:
            connection.close()

    def beside(deed: Callable[[], object]) -> Response:
        with ThreadPoolExecutor(2) as pool:
            with reaching(harare.pk):
                Student.objects.select_for_update().get(pk=student.pk)
                answer = pool.submit(ask)
                wait_for_a_lock()
                pool.submit(closing(deed)).result()
            return answer.result()

    return beside


def closing(deed: Callable[[], object]) -> Callable[[], None]:
    def work() -> None:
        try:
            deed()
        finally:
            connection.close()

    return work


def wait_for_a_lock() -> None:
    deadline = monotonic() + 10
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    raise AssertionError("the request never waited")


def name_of_student(harare) -> str:
    with reaching(harare.pk):
        return Student.objects.get().given_names


def test_a_role_removed_meanwhile_is_used_no_more(clerk: User, harare, change_beside):
    boss = make_person(grants=[("national-administrator", None)])
    answer = change_beside(lambda: end_grant(boss.actor, clerk.grant))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "session_ended")
    assert name_of_student(harare) == "Rudo"
    entry = AuditEntry.objects.get(code="rights_changed")
    assert (entry.decision, entry.actor_id, entry.rule) == ("refused", clerk.pk, "students.student.changed")


def test_a_change_that_leaves_the_right_lets_the_request_be_done_once(clerk: User, harare, change_beside):
    answer = change_beside(lambda: make_more_of(clerk, harare))
    assert answer.status_code == 200
    assert name_of_student(harare) == "Rufaro"
    assert AuditEntry.objects.filter(rule="students.student.changed", decision="done").count() == 1


def make_more_of(clerk: User, harare) -> None:
    make_grant(clerk, make_role("academic.view_course"), harare)
    rights_changed(clerk.pk)
