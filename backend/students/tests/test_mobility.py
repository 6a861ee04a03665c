"""This file holds the tests of mobility: on no day in two stays, allowed moves only, and files of stays."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.bulk.models import Upload
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.tests.uploads_lab import UPLOADS, checked, committed, uploader, workbook
from faculties.models import Institution
from students.factories import make_mobility, make_student
from students.mobility import rules
from students.models import Mobility
from users.factories import make_person

pytestmark = pytest.mark.django_db
URL = "/api/v1/students/mobilities/"
STAY = {"direction": "outbound", "country": "ZA", "partner": "University of Pretoria"}
TERM = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 6, 30)}
Status = Mobility.Status


@pytest.fixture
def officer(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, "students.add_mobility", "students.change_mobility", "students.view_mobility")


def test_a_student_is_in_one_stay_at_a_time(officer, harare: Institution):
    student = make_student(harare)
    rules.plan_stay(officer.actor, student=student, **STAY, **TERM)
    days = {"starts_on": date(2026, 6, 30), "ends_on": date(2026, 12, 1)}
    with pytest.raises(Invalid) as refusal:
        rules.plan_stay(officer.actor, student=student, **STAY, **days)
    assert (refusal.value.code, Mobility.objects.count()) == ("stays_overlap", 1)
    rules.plan_stay(officer.actor, student=student, **STAY, starts_on=date(2026, 7, 1), ends_on=date(2026, 12, 1))
    rules.plan_stay(officer.actor, student=make_student(harare), **STAY, **TERM)
    assert Mobility.objects.count() == 3


def test_the_database_too_refuses_two_stays_at_a_time(officer, harare: Institution):
    first = make_mobility(harare)
    second = make_mobility(harare, student=first.student, starts_on=date(2027, 1, 1), ends_on=date(2027, 2, 1))
    with pytest.raises(IntegrityError, match="mobility_one_at_a_time"), transaction.atomic():
        Mobility.objects.filter(pk=second.pk).update(starts_on=date(2026, 6, 1))


def test_a_canceled_stay_leaves_its_days_free(officer, harare: Institution):
    stay = make_mobility(harare)
    assert rules.cancel_stay(officer.actor, stay).status == Status.CANCELED
    assert rules.plan_stay(officer.actor, student=stay.student, **STAY, **TERM).status == Status.PLANNED


def test_a_stay_does_not_end_before_it_starts(officer, harare: Institution):
    with pytest.raises(RuleBroken) as refusal:
        rules.plan_stay(
            officer.actor, student=make_student(harare), **STAY, starts_on=date(2026, 2, 2), ends_on=date(2026, 2, 1)
        )
    assert (refusal.value.code, Mobility.objects.count()) == ("ends_before_it_starts", 0)
    stay = make_mobility(harare)
    with pytest.raises(RuleBroken, match="on or after"):
        rules.change_stay(officer.actor, stay, ends_on=date(2026, 1, 1))
    assert Mobility.objects.get().ends_on == stay.ends_on


def test_a_country_is_one_of_iso_3166(officer, harare: Institution):
    with pytest.raises(Invalid) as refusal:
        rules.plan_stay(officer.actor, student=make_student(harare), **{**STAY, "country": "XX"}, **TERM)
    assert (refusal.value.code, refusal.value.problems[0].field) == ("not_a_country", "country")
    assert not Mobility.objects.exists()


@pytest.mark.parametrize(
    ("is_erased", "status", "code"), [(True, "active", "person_erased"), (False, "deceased", "student_deceased")]
)
def test_nothing_is_planned_for_somebody_who_was_erased_or_died(
    officer, harare: Institution, is_erased: bool, status: str, code: str
):
    student = make_student(harare, erased_at=timezone.now() if is_erased else None, status=status)
    with pytest.raises(RuleBroken) as refusal:
        rules.plan_stay(officer.actor, student=student, **STAY, **TERM)
    assert (refusal.value.code, Mobility.objects.count()) == (code, 0)


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        (Status.PLANNED, {"start_stay": Status.UNDER_WAY, "cancel_stay": Status.CANCELED}),
        (Status.UNDER_WAY, {"complete_stay": Status.COMPLETED, "cancel_stay": Status.CANCELED}),
        (Status.COMPLETED, {}),
        (Status.CANCELED, {}),
    ],
)
@pytest.mark.parametrize("move", ["start_stay", "complete_stay", "cancel_stay"])
def test_a_stay_makes_allowed_moves_only(officer, harare: Institution, status: str, moves: dict, move: str):
    stay = make_mobility(harare, status=status)
    if move in moves:
        assert getattr(rules, move)(officer.actor, stay).status == moves[move]
        return
    with pytest.raises(RuleBroken) as refusal:
        getattr(rules, move)(officer.actor, stay)
    assert (refusal.value.code, Mobility.objects.get().status) == ("wrong_status", status)


def test_a_stay_that_is_over_stays_as_it_was(officer, harare: Institution):
    for status in (Status.COMPLETED, Status.CANCELED):
        stay = make_mobility(harare, status=status)
        with pytest.raises(RuleBroken) as refusal:
            rules.change_stay(officer.actor, stay, partner="Another")
        assert refusal.value.code == "wrong_status"
    assert not Mobility.objects.filter(partner="Another").exists()


def test_credits_are_recognized_once_a_stay_is_completed(officer, harare: Institution):
    stay = make_mobility(harare, status=Status.UNDER_WAY)
    with pytest.raises(RuleBroken, match="a stay that is completed; this one is under way"):
        rules.recognize_credits(officer.actor, stay, credits_recognized=Decimal(20))
    rules.complete_stay(officer.actor, stay, credits_recognized=Decimal(20))
    assert rules.recognize_credits(officer.actor, stay, credits_recognized=Decimal("22.5")).credits_recognized == 22.5
    with pytest.raises(IntegrityError, match="mobility_recognized_when_completed"), transaction.atomic():
        Mobility.objects.update(status=Status.UNDER_WAY)


def test_credits_are_not_below_zero(officer, harare: Institution):
    stay = make_mobility(harare, status=Status.COMPLETED)
    answer = client_of(officer).post(f"{URL}{stay.pk}/recognize/", {"credits_recognized": "-1"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "min_value")
    with pytest.raises(Invalid):
        rules.plan_stay(officer.actor, student=make_student(harare), **STAY, **TERM, credits_expected=Decimal(-1))
    assert Mobility.objects.get().credits_recognized is None


def test_a_student_sees_the_own_stays_and_no_others(harare: Institution):
    person = make_person(grants=[("student", harare)])
    mine, _ = make_mobility(harare, student=make_student(harare, account=person)), make_mobility(harare)
    rows = client_of(person.actor).get(URL).json()["data"]
    assert [row["id"] for row in rows] == [str(mine.pk)]
    assert client_of(person.actor).post(f"{URL}{mine.pk}/cancel/").status_code == 403


# --- Files ---
HEADER = ("Student number", "Direction", "Host country", "Host institution", "Start date", "End date")


@pytest.fixture
def sender(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "mobility")


def test_a_file_of_stays_is_committed_and_sent_twice_changes_nothing(sender, harare: Institution):
    for number in ("R1", "R2", "R3"):
        make_student(harare, number=number)
    content = workbook(
        HEADER,
        ("R1", "Outgoing", "South Africa", "University of Pretoria", "2020-02-01", "2020-06-30"),
        ("R2", "in", "Tanzania", "University of Dar es Salaam", "2090-02-01", "2090-06-30"),
        ("R3", "inbound", "DE", "Freie Universität Berlin", "2020-02-01", "2090-06-30"),
    )
    upload = checked(sender, "mobility", content)
    assert (upload.failure, upload.errors_count, upload.plan["create"]) == (None, 0, 3)
    assert committed(sender, upload).state == Upload.State.COMMITTED
    told = Mobility.objects.order_by("student__number").values_list("direction", "kind", "country", "status")
    assert list(told) == [
        ("outbound", "exchange", "ZA", "completed"),
        ("inbound", "exchange", "TZ", "planned"),
        ("inbound", "exchange", "DE", "under_way"),
    ]
    again = checked(sender, "mobility", content)
    assert (again.errors_count, again.plan["create"], again.plan["change"], again.plan["unchanged"]) == (0, 0, 0, 3)


def wrong(sender, *rows):
    upload = checked(sender, "mobility", workbook(HEADER, *rows))
    told = client_of(sender).get(f"{UPLOADS}{upload.pk}/rows/", {"state": "error"}).json()["data"]
    assert not Mobility.objects.filter(partner="Pretoria").exists()
    return [(error["column"], error["code"], error["nearest"]) for row in told for error in row["errors"]]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("R1", "out", "South Afrika", "Pretoria", "2026-02-01", "2026-03-01"), ("country", "not_a_choice", "ZA")),
        (("R1", "away", "ZA", "Pretoria", "2026-02-01", "2026-03-01"), ("direction", "not_a_choice", None)),
        (("R123x", "out", "ZA", "Pretoria", "2026-02-01", "2026-03-01"), ("student_number", "not_known", "R1234")),
        (("R1", "out", "ZA", "Pretoria", "2026-02-01", "2026-01-01"), ("ends_on", "ends_before_it_starts", None)),
        (("R1", "out", "ZA", "Pretoria", "2025-02-01", "2025-03-01"), ("starts_on", "stays_overlap", None)),
        (("R1", "out", "ZA", "Pretoria", "2025-01-01", "2025-02-01"), ("starts_on", "stay_completed", None)),
        (("R9", "out", "ZA", "Pretoria", "2026-02-01", "2026-03-01"), ("student_number", "not_among_us", None)),
    ],
)
def test_a_wrong_cell_is_told_with_its_column(sender, harare: Institution, row, told):
    make_mobility(
        harare, student=make_student(harare, number="R1"), starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31),
        status=Status.COMPLETED,
    )  # fmt: skip
    make_student(harare, number="R1234")
    make_student(harare, number="R9", erased_at=timezone.now())
    assert wrong(sender, row) == [told]


def test_rows_of_one_file_that_overlap_are_wrong(sender, harare: Institution):
    make_student(harare, number="R1")
    rows = [
        ("R1", "out", "ZA", "Pretoria", "2026-02-01", "2026-03-01"),
        ("R1", "out", "ZA", "Pretoria", "2026-03-01", "2026-04-01"),
    ]
    assert wrong(sender, *rows) == [("starts_on", "stays_overlap", None)]


def test_a_student_of_another_institution_is_not_known(sender, mutare: Institution):
    with reaching(mutare.pk):
        make_student(mutare, number="R1")
    row = ("R1", "out", "ZA", "Pretoria", "2026-02-01", "2026-03-01")
    assert wrong(sender, row) == [("student_number", "not_known", None)]
