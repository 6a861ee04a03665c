"""This file holds the tests of how transfers between institutions are decided: by whom, in which order, and at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.factories import make_transfer
from academic.models import Transfer
from academic.tests.transfers_lab import REGISTRAR, SECRET, act, ask, data, everything, own, refused, studies_of
from academic.transfers.rules import accept, refuse, release
from core.actor import Actor, Reach
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
from faculties.factories import today_there
from faculties.models import Institution
from students.factories import make_student
from students.models import Student
from users.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def origin(harare: Institution):
    return client_of(person_at(harare, *REGISTRAR))


@pytest.fixture
def destination(mutare: Institution):
    return client_of(person_at(mutare, *REGISTRAR))


@pytest.fixture
def rudo(harare: Institution) -> Student:
    return make_student(harare, number="H1", given_names="Rudo", family_name="Ncube", birth_year=2004, **SECRET)


# --- Deciding ---
@pytest.mark.parametrize("side", ["origin", "destination"])
def test_either_side_refuses_and_the_destination_forgets_the_person(origin, destination, rudo, harare, mutare, side):
    ask(origin, rudo)
    assert data(act({"origin": origin, "destination": destination}[side], "refuse", answer="No place."))
    ours, theirs = own(origin), own(destination)
    assert (ours["status"], ours["answer"], ours["family_name"]) == ("refused", "No place.", "Ncube")
    assert (theirs["status"], theirs["answer"]) == ("refused", "No place.")
    assert (theirs["number"], theirs["given_names"], theirs["family_name"]) == ("", "", "")
    with reaching(harare.pk, mutare.pk):
        assert Student.objects.get().status == "active"


def test_refusing_says_why(origin, rudo: Student, harare, mutare):
    ask(origin, rudo)
    before = everything(harare, mutare)
    assert act(origin, "refuse", answer="").status_code == 400
    assert everything(harare, mutare) == before


@pytest.mark.parametrize(
    ("steps", "side", "verb", "body", "code"),
    [
        ([], "destination", "release", {}, "other_side"),
        ([], "destination", "accept", {"number": "M1"}, "wrong_order"),
        ([], "origin", "accept", {"number": "M1"}, "other_side"),
        ([], "destination", "withdraw", {}, "other_side"),
        (["release"], "origin", "release", {}, "wrong_order"),
        (["release"], "origin", "refuse", {"answer": "Fees."}, "wrong_order"),
        (["withdraw"], "origin", "release", {}, "already_decided"),
        (["withdraw"], "destination", "refuse", {"answer": "Full."}, "already_decided"),
        (["release", "withdraw"], "destination", "accept", {"number": "M1"}, "already_decided"),
    ],
)
def test_each_step_is_taken_by_its_side_in_its_order(
    origin, destination, rudo, harare, mutare, steps, side, verb, body, code
):
    ask(origin, rudo)
    for step in steps:
        data(act(origin, step))
    before = everything(harare, mutare)
    assert refused(act({"origin": origin, "destination": destination}[side], verb, **body)) == code
    assert everything(harare, mutare) == before


# --- Accepting ---
@pytest.fixture
def released(origin, rudo: Student, mutare: Institution) -> None:
    studies_of(rudo)
    ask(origin, rudo)
    data(act(origin, "release"))


def test_accepting_needs_the_right_to_enter_students(released, harare, mutare):
    client = client_of(person_at(mutare, *set(REGISTRAR) - {"students.add_student"}))
    before = everything(harare, mutare)
    assert act(client, "accept", number="M1").status_code == 403
    assert everything(harare, mutare) == before


def test_a_number_that_is_taken_moves_nobody(released, destination, harare, mutare):
    make_student(mutare, number="M1")
    before = everything(harare, mutare)
    assert refused(act(destination, "accept", number="M1"), 400) == "number_taken"
    assert everything(harare, mutare) == before


@pytest.mark.parametrize(("days", "code"), [(1, "not_yet"), (-3000, "before_last_step")])
def test_nobody_is_accepted_on_a_day_to_come_or_before_their_studies_began(
    released, destination, harare, mutare, days, code
):
    before, day = everything(harare, mutare), today_there() + timedelta(days=days)
    answer = act(destination, "accept", number="M1", accepted_on=day.isoformat())
    assert (refused(answer), answer.json()["errors"][0]["field"]) == (code, "accepted_on")
    assert everything(harare, mutare) == before


def test_whom_the_destination_knew_before_comes_back_under_the_number_of_then(released, destination, harare, mutare):
    known = make_student(mutare, number="M7", national_id="63 123456 a 42", status="dropped_out")
    before = everything(harare, mutare)
    answer = act(destination, "accept", number="M1")
    assert refused(answer) == "person_known"
    assert "M7" in answer.json()["errors"][0]["message"]
    assert everything(harare, mutare) == before
    assert data(act(destination, "accept", number="M7"))["student"] == str(known.pk)
    with reaching(mutare.pk):
        assert Student.objects.get().status == "active"


def test_a_student_sees_the_credits_that_came_along(released, destination, rudo, harare, mutare):
    account = make_user()
    with reaching(harare.pk):
        Student.objects.filter(pk=rudo.pk).update(account=account)
    act(destination, "accept", number="M1")
    reach = Reach(related=frozenset([mutare.pk]))
    client = client_of(Person(Actor("Rudo", account.pk, {"academic.view_transfer": reach})))
    assert [row["code"] for row in data(client.get("/api/v1/academic/transferred-credits/"))] == ["MATH1"]
    assert own(client)["side"] == "destination"


# --- At once ---
def at_once(*steps: Callable[[], Any]) -> list[str]:
    """What became of steps that begin together."""

    def outcome(step: Callable[[], Any]) -> str:
        try:
            step()
            return "done"
        except RuleBroken as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(outcome, steps))


def released_between(harare: Institution, mutare: Institution) -> tuple[Transfer, Transfer]:
    mine = make_transfer(harare, mutare)
    with reaching(harare.pk):
        release(person_at(harare, *REGISTRAR).actor, mine)
    with reaching(mutare.pk):
        return mine, Transfer.objects.get()


def stepping(institution: Institution, step: Any, transfer: Transfer, **fields: Any) -> Callable[[], Any]:
    def run() -> None:
        with reaching(institution.pk):
            step(person_at(institution, *REGISTRAR).actor, transfer, **fields)

    return run


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_does(harare: Institution, mutare: Institution):
    _, theirs = released_between(harare, mutare)
    steps = [stepping(mutare, accept, theirs, number=number) for number in ("M1", "M2", "M3")]
    assert at_once(*steps) == ["already_decided", "already_decided", "done"]
    with reaching(mutare.pk):
        assert Student.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_both_sides_deciding_at_once_agree_in_the_end(harare: Institution, mutare: Institution):
    for _ in range(5):
        mine = make_transfer(harare, mutare)
        with reaching(mutare.pk):
            theirs = Transfer.objects.get(shared_id=mine.shared_id)
        decided = at_once(
            stepping(harare, refuse, mine, answer="Fees."), stepping(mutare, refuse, theirs, answer="Full.")
        )
        assert decided == ["already_decided", "done"]
        with reaching(harare.pk, mutare.pk):
            sides = Transfer.objects.filter(shared_id=mine.shared_id)
            assert len(set(sides.values_list("status", "answer"))) == 1


# --- What the database refuses ---
def test_sides_that_disagree_are_refused(harare: Institution, mutare: Institution):
    mine = make_transfer(harare, mutare)
    with reaching(harare.pk), pytest.raises(IntegrityError, match="transfer_two_sides"), checked_at_the_end():
        Transfer.objects.filter(pk=mine.pk).update(status="withdrawn", ended_at=timezone.now())


def test_one_side_alone_is_refused(harare: Institution, mutare: Institution):
    mine = make_transfer(harare, mutare)
    for institution in (harare, mutare):
        with reaching(institution.pk), pytest.raises(IntegrityError, match="transfer_two_sides"), checked_at_the_end():
            Transfer.objects.filter(shared_id=mine.shared_id).delete()


@contextmanager
def checked_at_the_end() -> Iterator[None]:
    """A savepoint whose end is what a commit would be to the constraints."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
