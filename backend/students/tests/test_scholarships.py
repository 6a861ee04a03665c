"""This file holds the tests of sponsors, scholarships, awards and tranches."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import Invalid, RuleBroken
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution
from students.factories import make_award, make_scholarship, make_sponsor, make_student, make_tranche
from students.models import Award, Scholarship, Sponsor, Tranche
from students.permissions import PERMISSIONS
from students.scholarships.rules import (
    accept_award,
    add_scholarship,
    add_sponsor,
    change_award,
    change_scholarship,
    change_tranche,
    drop_tranche,
    end_award,
    offer_award,
    pay_tranche,
    plan_tranche,
    resume_award,
    reverse_tranche,
    suspend_award,
)
from users.factories import make_person

pytestmark = pytest.mark.django_db
AWARDS, TRANCHES = "/api/v1/students/awards/", "/api/v1/students/tranches/"
FIRST, LAST, PAID = date(2026, 1, 1), date(2026, 12, 31), date(2026, 2, 3)
DAYS = {"starts_on": FIRST, "ends_on": LAST}


@pytest.fixture(autouse=True)
def today(time_machine: Any) -> None:
    time_machine.move_to("2026-05-04")


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def refused(code: str, call: Any, *given: Any, **fields: Any) -> RuleBroken:
    with pytest.raises(RuleBroken) as refusal:
        call(*given, **fields)
    assert refusal.value.code == code
    return refusal.value


def at_once() -> None:
    """Check references now, and not when the test is over."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def offered(actor: Any, scholarship: Scholarship, **fields: Any) -> Award:
    student = fields.pop("student", None) or make_student(scholarship.institution)
    return offer_award(actor, student=student, scholarship=scholarship, amount=Decimal(500), **{**DAYS, **fields})


# --- Sponsors and scholarships ---
def test_a_sponsor_and_a_title_are_known_once_however_they_are_written(registrar):
    sponsor = add_sponsor(registrar, name="Joshua Nkomo Fund")
    add_scholarship(registrar, sponsor=sponsor, title="Merit", currency="USD")
    refused("name_taken", add_sponsor, registrar, name="joshua  NKOMO fund")
    refused("title_taken", add_scholarship, registrar, sponsor=sponsor, title="MERIT", currency="ZWG")
    assert (Sponsor.objects.count(), Scholarship.objects.count()) == (1, 1)


@pytest.mark.parametrize("currency", ["XYZ", "usd", "XXX", "ZWL"])
def test_a_currency_is_one_of_iso_4217_in_which_people_are_paid(registrar, harare, currency):
    refusal = refused(
        "not_a_currency", add_scholarship, registrar, sponsor=make_sponsor(harare), title="Merit", currency=currency
    )
    assert isinstance(refusal, Invalid)
    assert refusal.problems[0].field == "currency"
    assert not Scholarship.objects.exists()


def test_a_scholarship_keeps_its_currency_once_it_was_awarded(registrar, harare):
    scholarship = make_scholarship(harare)
    assert change_scholarship(registrar, scholarship, currency="ZAR").currency == "ZAR"
    assert offered(registrar, scholarship).currency == "ZAR"
    refused("currency_settled", change_scholarship, registrar, scholarship, currency="USD")
    at_once()
    with pytest.raises(IntegrityError, match="same"), transaction.atomic():
        Scholarship.objects.update(currency="USD")
    assert Scholarship.objects.get().currency == "ZAR"


# --- Seats ---
def test_an_award_takes_a_seat_until_it_ends(registrar, harare):
    scholarship = make_scholarship(harare, seats=1)
    first = offered(registrar, scholarship)
    assert "All 1 seats" in refused("full", offered, registrar, scholarship).message
    assert Award.objects.count() == 1
    end_award(registrar, first, ended_on=FIRST, reason="She left.")
    offered(registrar, scholarship)
    assert Award.objects.count() == 2


def test_seats_never_fall_below_those_taken(registrar, harare):
    scholarship = make_scholarship(harare, seats=3)
    for _ in range(2):
        offered(registrar, scholarship)
    refused("seats_taken", change_scholarship, registrar, scholarship, seats=1)
    with pytest.raises(IntegrityError, match="more awards than seats"), transaction.atomic():
        Scholarship.objects.update(seats=1)
    assert change_scholarship(registrar, scholarship, seats=2).seats == 2
    assert change_scholarship(registrar, scholarship, seats=None).seats is None


def test_the_database_counts_seats_as_well(harare):
    with reaching(harare.pk):
        scholarship = make_scholarship(harare, seats=1)
        make_award(harare, scholarship=scholarship)
        with pytest.raises(IntegrityError, match="more awards than seats"), transaction.atomic():
            make_award(harare, scholarship=scholarship)
        ended = make_award(harare, scholarship=scholarship, status="ended", ended_on=FIRST)
        with pytest.raises(IntegrityError, match="more awards than seats"), transaction.atomic():
            Award.objects.filter(pk=ended.pk).update(status="active", ended_on=None)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_the_last_seat_is_taken_once(harare):
    with reaching(harare.pk):
        scholarship = make_scholarship(harare, seats=1)
        students = [make_student(harare) for _ in range(4)]
    actor = person_at(harare, *PERMISSIONS).actor

    def take(student: Any) -> str:
        try:
            with reaching(harare.pk):
                offered(actor, scholarship, student=student)
            return "taken"
        except RuleBroken as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, students)) == ["full", "full", "full", "taken"]


# --- Awards ---
def test_a_student_has_a_scholarship_once_at_a_time(registrar, harare):
    award = offered(registrar, make_scholarship(harare))
    again = {"student": award.student, "starts_on": LAST, "ends_on": LAST + timedelta(9)}
    refused("awarded_already", offered, registrar, award.scholarship, **again)
    assert Award.objects.count() == 1
    offered(registrar, make_scholarship(harare), **again)
    offered(registrar, award.scholarship, **{**again, "starts_on": LAST + timedelta(1)})
    assert Award.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"amount": Decimal(0)}, "not_above_zero"), ({"ends_on": date(2025, 12, 31)}, "ends_before_it_starts")],
)
def test_an_award_is_of_something_and_ends_after_it_starts(registrar, harare, fields, code):
    student, scholarship = make_student(harare), make_scholarship(harare)
    usual = {"amount": Decimal(5), **DAYS}
    with pytest.raises(Invalid) as refusal:
        offer_award(registrar, student=student, scholarship=scholarship, **{**usual, **fields})
    assert [one.code for one in refusal.value.problems] == [code]
    assert not Award.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"), [({"status": "deceased"}, "student_deceased"), ({"erased_at": True}, "person_erased")]
)
def test_who_died_or_was_erased_is_offered_nothing(registrar, harare, fields, code):
    student = make_student(harare, **({"erased_at": timezone.now()} if "erased_at" in fields else fields))
    refused(code, offered, registrar, make_scholarship(harare), student=student)
    assert not Award.objects.exists()


def test_an_award_is_offered_accepted_suspended_resumed_and_ended(registrar, harare):
    award = offered(registrar, make_scholarship(harare))
    refused("move_not_allowed", suspend_award, registrar, award, reason="x")
    assert accept_award(registrar, award).status == "active"
    refused("move_not_allowed", accept_award, registrar, award)
    suspended = suspend_award(registrar, award, reason="No results yet.")
    assert (suspended.status, suspended.reason) == ("suspended", "No results yet.")
    resumed = resume_award(registrar, award)
    assert (resumed.status, resumed.reason) == ("active", "")
    refused("reason_needed", end_award, registrar, award, ended_on=PAID)
    refused("not_yet", end_award, registrar, award, ended_on=LAST, reason="x")
    ended = end_award(registrar, award, ended_on=PAID, reason="She left.")
    assert (ended.status, ended.ended_on) == ("ended", PAID)
    assert refused("move_not_allowed", resume_award, registrar, award).message == (
        "This award is ended: only one that is suspended is active."
    )
    refused("award_ended", change_award, registrar, award, amount=Decimal(1))
    refused("award_ended", plan_tranche, registrar, award=award, due_on=PAID, amount=Decimal(1))
    award.refresh_from_db()
    assert (award.status, award.amount, Tranche.objects.count()) == ("ended", 500, 0)


# --- Tranches ---
def test_tranches_never_come_to_more_than_the_award(registrar, harare):
    award = make_award(harare)
    plan_tranche(registrar, award=award, due_on=PAID, amount=Decimal(600))
    last = plan_tranche(registrar, award=award, due_on=PAID, amount=Decimal(400))
    more = {"award": award, "due_on": PAID, "amount": Decimal("0.01")}
    assert refused("above_award", plan_tranche, registrar, **more).message == "0.00 USD of this award are left."
    refused("above_award", change_tranche, registrar, last, amount=Decimal("400.01"))
    refused("below_tranches", change_award, registrar, award, amount=Decimal(999))
    assert sorted(Tranche.objects.values_list("amount", flat=True)) == [400, 600]
    assert change_tranche(registrar, last, amount=Decimal(300)).amount == 300
    assert change_award(registrar, award, amount=Decimal(900)).amount == 900


def test_the_database_adds_tranches_up_as_well(harare):
    with reaching(harare.pk):
        first = make_tranche(harare)
        own = {"institution": harare, "award": first.award, "due_on": PAID}
        with pytest.raises(IntegrityError, match="more than the award"), transaction.atomic():
            Tranche.objects.create(**own, amount=Decimal("600.01"))
        Tranche.objects.create(**own, amount=Decimal(600))
        with pytest.raises(IntegrityError, match="more than the award"), transaction.atomic():
            Tranche.objects.filter(pk=first.pk).update(amount=Decimal("400.01"))
        with pytest.raises(IntegrityError, match="more than the award"), transaction.atomic():
            Award.objects.update(amount=Decimal("999.99"))


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_tranche_goes_above_the_award(harare):
    with reaching(harare.pk):
        award = make_award(harare)
    actor = person_at(harare, *PERMISSIONS).actor

    def plan(_: int) -> str:
        try:
            with reaching(harare.pk):
                plan_tranche(actor, award=award, due_on=PAID, amount=Decimal(400))
            return "planned"
        except RuleBroken as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(plan, range(4))) == ["above_award", "above_award", "planned", "planned"]


def test_a_tranche_is_of_more_than_nothing(registrar, harare):
    refused("not_above_zero", plan_tranche, registrar, award=make_award(harare), due_on=PAID, amount=Decimal(-5))
    assert not Tranche.objects.exists()


def test_what_was_paid_stays_and_is_reversed_once(registrar, harare):
    tranche = make_tranche(harare)
    refused("not_paid", reverse_tranche, registrar, tranche, paid_on=PAID, reason="x")
    refused("not_yet", pay_tranche, registrar, tranche, paid_on=date(2026, 5, 5))
    pay_tranche(registrar, tranche, paid_on=PAID)
    refused("already_paid", change_tranche, registrar, tranche, amount=Decimal(1))
    refused("already_paid", drop_tranche, registrar, tranche)
    refused("already_paid", pay_tranche, registrar, tranche, paid_on=PAID)
    refused("before_it_was_paid", reverse_tranche, registrar, tranche, paid_on=FIRST, reason="x")
    reversal = reverse_tranche(registrar, tranche, paid_on=PAID, reason="Paid to another account.")
    assert (reversal.amount, reversal.reverses_id, reversal.paid_on) == (-400, tranche.pk, PAID)
    refused("reversed_already", reverse_tranche, registrar, tranche, paid_on=PAID, reason="x")
    refused("is_reversal", reverse_tranche, registrar, reversal, paid_on=PAID, reason="x")
    tranche.refresh_from_db()
    assert (tranche.amount, tranche.paid_on, Tranche.objects.count()) == (400, PAID, 2)
    plan_tranche(registrar, award=tranche.award, due_on=PAID, amount=Decimal(1000))


def test_the_database_keeps_what_was_paid_and_takes_back_all_of_it_or_nothing(harare):
    with reaching(harare.pk):
        tranche = make_tranche(harare, paid_on=PAID)
        for fields in ({"amount": Decimal(1)}, {"paid_on": None}, {"due_on": LAST}):
            with pytest.raises(IntegrityError, match="was paid stays"), transaction.atomic():
                Tranche.objects.update(**fields)
        with pytest.raises(IntegrityError, match="was paid stays"), transaction.atomic():
            tranche.delete()
        part = {"award": tranche.award, "reverses": tranche, "amount": Decimal(-399), "paid_on": PAID}
        with pytest.raises(IntegrityError, match="all of it"), transaction.atomic():
            make_tranche(harare, **part)
        other = {**part, "award": make_award(harare), "amount": Decimal(-400), "due_on": PAID}
        at_once()
        with pytest.raises(IntegrityError, match="same"), transaction.atomic():
            Tranche.objects.create(institution=harare, **other)
        assert Tranche.objects.count() == 1


def test_what_was_only_planned_is_dropped(registrar, harare):
    drop_tranche(registrar, make_tranche(harare))
    assert not Tranche.objects.exists()


@pytest.mark.parametrize(
    ("award", "code"),
    [
        ({"status": "offered"}, "award_not_active"),
        ({"status": "suspended"}, "award_not_active"),
        ({"status": "ended", "ended_on": date(2026, 1, 31)}, "award_ended"),
    ],
)
def test_only_what_is_due_of_an_award_that_stands_is_paid(registrar, harare, award, code):
    tranche = make_tranche(harare, award=make_award(harare, **award))
    refused(code, pay_tranche, registrar, tranche, paid_on=PAID)
    assert Tranche.objects.get().paid_on is None


def test_what_was_due_before_an_award_ended_is_paid_after(registrar, harare):
    tranche = make_tranche(harare, award=make_award(harare, status="ended", ended_on=date(2026, 2, 1)))
    assert pay_tranche(registrar, tranche, paid_on=PAID).paid_on == PAID


# --- Who ---
def test_a_student_sees_and_accepts_what_is_offered_to_them_and_nobody_elses(harare):
    student, other = (make_person(grants=[("student", harare)]) for _ in range(2))
    award = make_award(harare, student=make_student(harare, account_id=student.pk), status="offered")
    make_student(harare, account_id=other.pk)
    tranche = make_tranche(harare, award=award)
    for url, row in ((AWARDS, award), (TRANCHES, tranche)):
        assert [one["id"] for one in client_of(student).get(url).json()["data"]] == [str(row.pk)]
        assert client_of(other).get(url).json()["data"] == []
    accept = f"{AWARDS}{award.pk}/accept/"
    assert client_of(other).post(accept).status_code == 404
    assert client_of(student).post(accept).json()["data"]["status"] == "active"
    assert client_of(student).post(f"{TRANCHES}{tranche.pk}/pay/", {"paid_on": "2026-02-03"}).status_code == 403


def test_who_plans_tranches_does_not_pay_them(harare):
    tranche, body = make_tranche(harare), {"paid_on": "2026-02-03"}
    planner, payer = (
        client_of(person_at(harare, "students.view_award", need))
        for need in ("students.change_award", "students.pay_award")
    )
    assert planner.post(f"{TRANCHES}{tranche.pk}/pay/", body).status_code == 403
    assert payer.patch(f"{TRANCHES}{tranche.pk}/", {"amount": "1.00"}).status_code == 403
    assert payer.post(f"{TRANCHES}{tranche.pk}/pay/", body).json()["data"]["paid_on"] == "2026-02-03"


def test_erasing_a_student_leaves_the_accounts_and_takes_the_reason(registrar, harare):
    tranche = make_tranche(harare, paid_on=PAID)
    award = end_award(registrar, tranche.award, ended_on=PAID, reason="Fell ill.")
    reverse_tranche(registrar, tranche, paid_on=PAID, reason="Fell ill.")
    erase([award.student], harare.pk)
    assert Award.objects.get().reason == ""
    assert list(Tranche.objects.order_by("-amount").values_list("amount", "reason")) == [(400, ""), (-400, "")]
