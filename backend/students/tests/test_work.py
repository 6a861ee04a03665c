"""This file holds the tests of work for fees: what counts, what never exceeds the pledge, and who decides."""

from datetime import date, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import Invalid, NotAllowed, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import today_there
from faculties.models import Institution
from students.factories import make_entry, make_pledge, make_student
from students.models import WorkEntry, WorkPledge
from students.permissions import PERMISSIONS
from students.work import rules
from users.factories import make_person, make_role

pytestmark = pytest.mark.django_db
PLEDGES, ENTRIES = "/api/v1/students/work-pledges/", "/api/v1/students/work-entries/"
WORK = {name for name in PERMISSIONS if "work" in name}
DAY = date(2026, 3, 2)


@pytest.fixture
def office(harare: Institution):
    with reaching(harare.pk):
        yield make_person(grants=[(make_role(*WORK), harare)]).actor


def refused(code: str, rule, *rows, **fields) -> None:
    with pytest.raises(RuleBroken) as refusal:
        rule(*rows, **fields)
    assert refusal.value.code == code


def test_approved_hours_count_and_reversed_ones_do_not(office, harare: Institution):
    pledge = make_pledge(harare)
    entry = rules.enter_work(office, pledge=pledge, worked_on=DAY, hours=Decimal("7.5"))
    assert WorkPledge.objects.get().hours_worked == 0
    approved = rules.approve_entry(office, entry)
    assert (approved.status, approved.approved_by_id, bool(approved.approved_at)) == ("approved", office.id, True)
    shown = client_of(person_at(harare, "students.view_work")).get(f"{PLEDGES}{pledge.pk}/").json()["data"]
    assert (shown["hours_pledged"], shown["hours_worked"]) == ("40.00", "7.50")
    rules.reverse_entry(office, entry)
    assert WorkPledge.objects.get().hours_worked == 0
    assert rules.enter_work(office, pledge=pledge, worked_on=DAY, hours=8).status == "entered"


def test_no_more_hours_are_worked_than_pledged(office, harare: Institution):
    pledge = make_pledge(harare, hours_pledged=10)
    rules.approve_entry(office, make_entry(harare, pledge=pledge, hours=6))
    entry = make_entry(harare, pledge=pledge, hours=5, worked_on=DAY + timedelta(1))
    refused("more_than_pledged", rules.approve_entry, office, entry)
    assert (WorkPledge.objects.get().hours_worked, WorkEntry.objects.get(pk=entry.pk).status) == (6, "entered")
    refused("more_than_pledged", rules.change_pledge, office, pledge, hours_pledged=Decimal(5))
    with pytest.raises(IntegrityError, match="work_pledge_not_exceeded"), transaction.atomic():
        WorkPledge.objects.update(hours_worked=11)


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_do_not_exceed_the_pledge(harare: Institution):
    with reaching(harare.pk):
        pledge = make_pledge(harare, hours_pledged=10)
        entries = [make_entry(harare, pledge=pledge, hours=6, worked_on=DAY + timedelta(day)) for day in range(3)]
        office = make_person(grants=[(make_role(*WORK), harare)]).actor
    told = []

    def approve(entry: WorkEntry) -> None:
        try:
            with reaching(harare.pk):
                rules.approve_entry(office, entry)
            told.append("approved")
        except RuleBroken as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=approve, args=[entry]) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["approved", "more_than_pledged", "more_than_pledged"]
    with reaching(harare.pk):
        assert WorkPledge.objects.get().hours_worked == 6


def test_nobody_decides_on_the_own_hours(harare: Institution):
    person = make_person(grants=[(make_role(*WORK), harare)])
    with reaching(harare.pk):
        entry = make_entry(harare, pledge=make_pledge(harare, student=make_student(harare, account=person)))
        refused("own_work", rules.approve_entry, person.actor, entry)
        assert (WorkEntry.objects.get().status, WorkPledge.objects.get().hours_worked) == ("entered", 0)


def test_approved_hours_stay_as_they_are(office, harare: Institution):
    entry = rules.approve_entry(office, make_entry(harare))
    refused("wrong_status", rules.change_entry, office, entry, hours=Decimal(1))
    refused("wrong_status", rules.remove_entry, office, entry)
    refused("wrong_status", rules.approve_entry, office, entry)
    rules.reverse_entry(office, entry)
    refused("wrong_status", rules.reverse_entry, office, entry)
    refused("wrong_status", rules.change_entry, office, entry, hours=Decimal(1))
    assert (WorkEntry.objects.get().hours, WorkPledge.objects.get().hours_worked) == (8, 0)


def test_hours_that_nobody_approved_are_changed_or_taken_back(office, harare: Institution):
    entry = make_entry(harare)
    assert rules.change_entry(office, entry, hours=Decimal("6.5")).hours == Decimal("6.5")
    rules.remove_entry(office, entry)
    assert not WorkEntry.objects.exists()


@pytest.mark.parametrize("hours", ["0", "-1", "24.01"])
def test_a_day_has_more_than_0_and_at_most_24_hours(office, harare: Institution, hours: str):
    refused("hours_of_a_day", rules.enter_work, office, pledge=make_pledge(harare), worked_on=DAY, hours=Decimal(hours))
    assert not WorkEntry.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 1, 4), date(2025, 12, 19)])
def test_work_is_done_within_the_days_of_the_pledge(office, harare: Institution, day: date):
    refused("outside_pledge", rules.enter_work, office, pledge=make_pledge(harare), worked_on=day, hours=8)
    assert not WorkEntry.objects.exists()


def test_hours_of_a_day_to_come_are_not_entered(office, harare: Institution):
    tomorrow = today_there() + timedelta(1)
    pledge = make_pledge(harare, ends_on=tomorrow)
    refused("not_yet", rules.enter_work, office, pledge=pledge, worked_on=tomorrow, hours=8)
    refused("not_yet", rules.change_entry, office, make_entry(harare, pledge=pledge), worked_on=tomorrow)
    assert WorkEntry.objects.get().worked_on == DAY


def test_a_day_is_entered_once(office, harare: Institution):
    entry = make_entry(harare)
    refused("day_entered", rules.enter_work, office, pledge=entry.pledge, worked_on=DAY, hours=2)
    assert WorkEntry.objects.count() == 1


def test_the_days_of_a_pledge_are_changed_around_what_was_worked(office, harare: Institution):
    entry = make_entry(harare)
    refused("worked_outside", rules.change_pledge, office, entry.pledge, ends_on=date(2026, 3, 1))
    assert WorkPledge.objects.get().ends_on == date(2026, 12, 18)
    rules.change_pledge(office, entry.pledge, ends_on=date(2026, 3, 2))
    assert WorkEntry.objects.get().ends_on == date(2026, 3, 2)
    connection.check_constraints()
    refused("ends_before_it_starts", rules.change_pledge, office, entry.pledge, ends_on=date(2025, 1, 1))


def test_a_pledge_is_fulfilled_when_all_of_it_is_worked(office, harare: Institution):
    pledge = make_pledge(harare, hours_pledged=8)
    entry = make_entry(harare, pledge=pledge)
    refused("hours_left", rules.fulfill_pledge, office, pledge)
    rules.approve_entry(office, entry)
    assert rules.fulfill_pledge(office, pledge).status == "fulfilled"
    refused("pledge_shut", rules.reverse_entry, office, entry)
    with pytest.raises(IntegrityError, match="work_pledge_fulfilled_when_worked"), transaction.atomic():
        WorkPledge.objects.update(hours_worked=7)


def test_nothing_happens_to_a_pledge_that_ended(office, harare: Institution):
    entry = make_entry(harare)
    pledge = rules.end_pledge(office, entry.pledge)
    refused("pledge_shut", rules.enter_work, office, pledge=pledge, worked_on=date(2026, 3, 3), hours=8)
    refused("pledge_shut", rules.approve_entry, office, entry)
    for rule in (rules.change_pledge, rules.fulfill_pledge, rules.end_pledge):
        refused("pledge_shut", rule, office, pledge)
    assert (WorkPledge.objects.get().hours_worked, WorkEntry.objects.count()) == (0, 1)


PLEDGE = {
    "area": "Library", "hours_pledged": Decimal(40), "rate": Decimal("2.50"), "currency": "USD",
    "starts_on": date(2026, 1, 5), "ends_on": date(2026, 12, 18),
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("hours_pledged", Decimal(0), "min_value"),
        ("rate", Decimal(-1), "min_value"),
        ("currency", "usd", "not_a_currency"),
        ("currency", "XYZ", "not_a_currency"),
        ("ends_on", date(2026, 1, 4), "ends_before_it_starts"),
    ],
)
def test_a_pledge_keeps_its_limits(office, harare: Institution, field: str, value, code: str):
    with pytest.raises(Invalid) as refusal:
        rules.make_pledge(office, student=make_student(harare), **{**PLEDGE, field: value})
    assert code in {problem.code for problem in refusal.value.problems}
    assert not WorkPledge.objects.exists()


def test_nothing_is_pledged_by_somebody_who_was_erased_or_died(office, harare: Institution):
    erased = make_student(harare, erased_at=timezone.now())
    refused("person_erased", rules.make_pledge, office, student=erased, **PLEDGE)
    refused("student_deceased", rules.make_pledge, office, student=make_student(harare, status="deceased"), **PLEDGE)
    assert not WorkPledge.objects.exists()


def test_a_student_enters_hours_of_the_own_pledge_and_sees_no_others(harare: Institution):
    person = make_person(grants=[("student", harare)])
    mine, other = make_pledge(harare, student=make_student(harare, account=person)), make_pledge(harare)
    client = client_of(person.actor)
    assert [row["id"] for row in client.get(PLEDGES).json()["data"]] == [str(mine.pk)]
    body = {"worked_on": str(DAY), "hours": "4"}
    answer = client.post(ENTRIES, {**body, "pledge": str(mine.pk)})
    assert answer.status_code == 201, answer.content
    assert client.post(ENTRIES, {**body, "pledge": str(other.pk)}).status_code == 400
    assert client.post(f"{ENTRIES}{answer.json()['data']['id']}/approve/").status_code == 403
    with reaching(harare.pk):
        assert (WorkEntry.objects.get().pledge_id, WorkEntry.objects.get().status) == (mine.pk, "entered")
        with pytest.raises(NotAllowed):
            rules.enter_work(person.actor, pledge=other, worked_on=DAY, hours=4)


def test_an_entry_has_the_days_of_its_pledge(harare: Institution):
    entry = make_entry(harare)
    with reaching(harare.pk), pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012 (checked at the end)
        WorkEntry.objects.filter(pk=entry.pk).update(starts_on=date(2025, 1, 1))
        connection.check_constraints()
