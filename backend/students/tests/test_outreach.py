"""This file holds the tests of outreach: seats, allowed moves, certificates."""

from datetime import date, timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, today_there
from faculties.models import Institution
from students.factories import make_outreach, make_participation, make_student
from students.models import OutreachParticipation, OutreachProgram
from students.outreach import rules
from users.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/students/outreach-participations/"
NEEDS = ("students.view_outreach", "students.add_outreach", "students.change_outreach")
PROGRAM = {
    "title": "Welding", "field": "Welding", "hours": 30, "starts_on": date(2026, 1, 5), "ends_on": date(2026, 2, 5),
    "seats": 20, "place": "Workshop 2",
}  # fmt: skip


@pytest.fixture
def office(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *NEEDS).actor


def refused(code: str, rule, *rows, **fields) -> None:
    with pytest.raises(RuleBroken) as refusal:
        rule(*rows, **fields)
    assert code in {problem.code for problem in refusal.value.problems}


def test_a_full_program_takes_nobody_until_somebody_withdraws(office, harare: Institution):
    program = make_outreach(harare, seats=1)
    first = rules.take_part(office, program=program, student=make_student(harare))
    refused("full", rules.take_part, office, program=program, student=make_student(harare))
    assert (OutreachParticipation.objects.count(), OutreachProgram.objects.get().seats_taken) == (1, 1)
    rules.withdraw_participation(office, first)
    assert OutreachProgram.objects.get().seats_taken == 0
    rules.take_part(office, program=program, student=first.student)
    with pytest.raises(IntegrityError, match="outreach_seats_not_exceeded"), transaction.atomic():
        OutreachProgram.objects.update(seats_taken=2)


@pytest.mark.django_db(transaction=True)
def test_the_last_seat_is_taken_once_however_many_come_at_once(harare: Institution):
    with reaching(harare.pk):
        program, office = make_outreach(harare, seats=1), person_at(harare, *NEEDS).actor
        students = [make_student(harare) for _ in range(3)]
    told = []

    def join(student) -> None:
        try:
            with reaching(harare.pk):
                rules.take_part(office, program=program, student=student)
            told.append("in")
        except RuleBroken as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=join, args=[student]) for student in students]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["full", "full", "in"]


def test_a_canceled_program_has_nobody_in_it_and_takes_nobody(office, harare: Institution):
    program = make_outreach(harare)
    first = rules.take_part(office, program=program, student=make_student(harare))
    answer = client_of(office).post(f"/api/v1/students/outreach-programs/{program.pk}/cancel/")
    assert (answer.json()["data"]["status"], answer.json()["data"]["seats_taken"]) == ("canceled", 0)
    assert OutreachParticipation.objects.get(pk=first.pk).status == "withdrawn"
    program.refresh_from_db()
    refused("program_canceled", rules.take_part, office, program=program, student=make_student(harare))
    refused("program_canceled", rules.change_program, office, program, seats=30)
    refused("program_canceled", rules.cancel_program, office, program)
    assert (OutreachParticipation.objects.count(), OutreachProgram.objects.get().seats) == (1, 20)
    with pytest.raises(IntegrityError, match="outreach_canceled_has_nobody"), transaction.atomic():
        OutreachProgram.objects.update(seats_taken=1)


def test_a_program_that_is_over_or_to_which_somebody_came_is_not_canceled(office, harare: Institution):
    over = make_outreach(harare, ends_on=date(2026, 1, 5))
    refused("program_over", rules.cancel_program, office, over)
    held = make_participation(harare, status="attended").program
    refused("was_held", rules.cancel_program, office, held)
    assert set(OutreachProgram.objects.values_list("status", "seats_taken")) == {("offered", 0), ("offered", 1)}


def test_nobody_takes_part_twice(office, harare: Institution):
    participation = make_participation(harare)
    refused("takes_part", rules.take_part, office, program=participation.program, student=participation.student)
    assert (OutreachParticipation.objects.count(), OutreachProgram.objects.get().seats_taken) == (1, 1)


def test_nobody_joins_a_program_that_is_over(office, harare: Institution):
    program = make_outreach(harare, ends_on=today_there() - timedelta(1))
    refused("program_over", rules.take_part, office, program=program, student=make_student(harare))
    assert not OutreachParticipation.objects.exists()


def test_nobody_who_was_erased_or_died_takes_part(office, harare: Institution):
    erased = make_student(harare, erased_at=timezone.now())
    refused("person_erased", rules.take_part, office, program=make_outreach(harare), student=erased)
    dead = make_student(harare, status="deceased")
    refused("student_deceased", rules.take_part, office, program=make_outreach(harare), student=dead)
    assert not OutreachParticipation.objects.exists()


def test_a_program_keeps_a_seat_for_everybody_who_is_in(office, harare: Institution):
    program = make_outreach(harare, seats=5, seats_taken=3)
    refused("seats_taken", rules.change_program, office, program, seats=2)
    assert rules.change_program(office, program, seats=3).seats == 3


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("registered", {"note_attendance": "attended", "withdraw_participation": "withdrawn"}),
        ("attended", {"complete_participation": "completed", "withdraw_participation": "withdrawn"}),
        ("completed", {}),
        ("withdrawn", {}),
    ],
)
@pytest.mark.parametrize("move", ["note_attendance", "complete_participation", "withdraw_participation"])
def test_a_participation_makes_allowed_moves_only(office, harare: Institution, status: str, moves: dict, move: str):
    participation = make_participation(harare, status=status)
    if move in moves:
        assert getattr(rules, move)(office, participation).status == moves[move]
        return
    refused("wrong_status", getattr(rules, move), office, participation)
    assert (OutreachParticipation.objects.get().status, OutreachProgram.objects.get().seats_taken) == (status, 1)


def test_a_certificate_is_given_once_to_somebody_who_completed(office, harare: Institution):
    today = today_there()
    early = make_participation(harare, status="attended")
    refused("wrong_status", rules.give_certificate, office, early, certificate_on=today)
    done = make_participation(harare, status="completed")
    for day in (today + timedelta(1), date(2026, 1, 4)):
        refused("not_then", rules.give_certificate, office, done, certificate_on=day)
    assert rules.give_certificate(office, done, certificate_on=today).certificate_on == today
    refused("already_given", rules.give_certificate, office, done, certificate_on=today)
    with pytest.raises(IntegrityError, match="outreach_certificate_when_completed"), transaction.atomic():
        OutreachParticipation.objects.filter(pk=done.pk).update(status="attended")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("seats", 0, "min_value"), ("hours", 0, "min_value"), ("ends_on", date(2026, 1, 4), "ends_before_it_starts")],
)
def test_a_program_keeps_its_limits(office, field: str, value, code: str):
    with pytest.raises(Invalid) as refusal:
        rules.offer_program(office, **{**PROGRAM, field: value})
    assert code in {problem.code for problem in refusal.value.problems}
    assert not OutreachProgram.objects.exists()


def test_a_program_of_a_department_is_that_departments(harare: Institution):
    mine, theirs = make_department(harare), make_department(harare)
    head = person_at(mine, *NEEDS).actor
    with reaching(harare.pk):
        assert rules.offer_program(head, **PROGRAM, department=mine).department == mine
        refused("not_allowed", rules.offer_program, head, **PROGRAM, department=theirs)
        refused("not_allowed", rules.offer_program, head, **PROGRAM)
        assert OutreachProgram.objects.count() == 1


def test_a_student_sees_the_own_participations_and_every_program(harare: Institution):
    person = make_person(grants=[("student", harare)])
    mine, _ = make_participation(harare, student=make_student(harare, account=person)), make_participation(harare)
    client = client_of(person.actor)
    assert [row["id"] for row in client.get(URL).json()["data"]] == [str(mine.pk)]
    assert len(client.get("/api/v1/students/outreach-programs/").json()["data"]) == 2
    assert client.post(f"{URL}{mine.pk}/complete/").status_code == 403
