"""This file holds the tests of employers, placements, visits and logbooks."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.actor import Actor
from core.errors import Invalid, RuleBroken
from core.personal.erasing import erase
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution
from students.employers.rules import add_employer
from students.factories import make_employer, make_placement, make_student
from students.models import Employer, LogbookEntry, Placement, PlacementVisit, Student, StudentStatus
from students.permissions import PERMISSIONS
from students.placements.rules import (
    break_off_placement,
    change_entry,
    change_placement,
    complete_placement,
    open_placement,
    record_visit,
    sign_entry,
    start_placement,
    write_entry,
)
from users.factories import make_person

pytestmark = pytest.mark.django_db
PLACEMENTS, LOGBOOK = "/api/v1/students/placements/", "/api/v1/students/logbook-entries/"
VISITS = "/api/v1/students/placement-visits/"
MONDAY, FIRST, LAST = date(2026, 3, 2), date(2026, 1, 5), date(2026, 6, 26)


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


def written(actor: Actor, placement: Placement, week: date = MONDAY, hours: int = 40) -> LogbookEntry:
    return write_entry(actor, placement=placement, week_starts_on=week, hours=hours, done="Pumps.")


# --- Employers ---
def test_an_employer_is_known_once_however_its_name_is_written(registrar):
    add_employer(registrar, name="Hwange Colliery")
    with pytest.raises(Invalid) as refusal:
        add_employer(registrar, name="  HWANGE  Cóllìery ")
    assert (refusal.value.code, Employer.objects.count()) == ("name_taken", 1)


# --- Days ---
@pytest.mark.parametrize(("first", "last"), [(LAST, LAST + timedelta(9)), (FIRST - timedelta(9), FIRST)])
def test_a_student_is_at_one_place_at_a_time_and_days_that_touch_overlap(registrar, harare, first, last):
    there = make_placement(harare, starts_on=FIRST, ends_on=LAST)
    days = {"starts_on": first, "ends_on": last}
    refusal = refused(
        "placed_elsewhere", open_placement, registrar, student=there.student, employer=there.employer, **days
    )
    assert "another placement" in refusal.message
    assert Placement.objects.count() == 1


def test_the_database_refuses_two_places_at_once_as_well(registrar, harare):
    there = make_placement(harare, starts_on=FIRST, ends_on=LAST)
    with pytest.raises(IntegrityError, match="placement_one_at_a_time"), transaction.atomic():
        Placement.objects.create(
            institution=harare, student=there.student, employer=there.employer, starts_on=LAST, ends_on=LAST
        )


def test_the_next_day_another_student_and_what_was_broken_off_are_no_overlap(registrar, harare):
    there = make_placement(harare, starts_on=FIRST, ends_on=LAST)
    others = {"employer": there.employer, "starts_on": FIRST, "ends_on": LAST}
    open_placement(registrar, student=make_student(harare), **others)
    after = {**others, "starts_on": LAST + timedelta(1), "ends_on": LAST + timedelta(30)}
    open_placement(registrar, student=there.student, **after)
    break_off_placement(registrar, there, broken_off_on=date(2026, 4, 1), reason="The mine closed.")
    open_placement(registrar, student=there.student, **others)
    assert Placement.objects.count() == 4


def test_a_placement_does_not_end_before_it_starts(registrar, harare):
    days = {"starts_on": LAST, "ends_on": FIRST}
    with pytest.raises(Invalid) as refusal:
        open_placement(registrar, student=make_student(harare), employer=make_employer(harare), **days)
    assert not Placement.objects.exists()
    assert [(one.code, one.field) for one in refusal.value.problems] == [("ends_before_it_starts", "ends_on")]


@pytest.mark.parametrize(
    ("fields", "code"), [({"status": "deceased"}, "student_deceased"), ({"erased_at": "now"}, "person_erased")]
)
def test_who_died_or_was_erased_is_not_placed(registrar, harare, fields, code):
    student = make_student(harare, **{**fields, **({"erased_at": timezone.now()} if "erased_at" in fields else {})})
    days = {"starts_on": FIRST, "ends_on": LAST}
    refused(code, open_placement, registrar, student=student, employer=make_employer(harare), **days)
    assert not Placement.objects.exists()


def test_nobody_supervises_the_own_placement(registrar, harare):
    account = make_person()
    placement = make_placement(harare, student=make_student(harare, account=account))
    refused("own_supervisor", change_placement, registrar, placement, academic_supervisor=account)
    assert Placement.objects.get().academic_supervisor is None


# --- Moves ---
def test_a_placement_is_planned_runs_and_is_completed_each_on_its_day(registrar, harare, time_machine):
    days = {"starts_on": date(2026, 5, 11), "ends_on": date(2026, 5, 29)}
    placement = open_placement(registrar, student=make_student(harare), employer=make_employer(harare), **days)
    refused("move_not_allowed", complete_placement, registrar, placement)
    refused("not_yet", start_placement, registrar, placement)
    time_machine.move_to("2026-05-11T12:00:00")
    assert start_placement(registrar, placement).status == "running"
    refused("move_not_allowed", start_placement, registrar, placement)
    refused("not_yet", complete_placement, registrar, placement)
    time_machine.move_to("2026-05-29T12:00:00")
    assert complete_placement(registrar, placement).status == "completed"
    for closed in (break_off_placement, change_placement):
        fields = {"broken_off_on": FIRST, "reason": "x"} if closed is break_off_placement else {"host_supervisor": "x"}
        with pytest.raises(RuleBroken):
            closed(registrar, placement, **fields)
    placement.refresh_from_db()
    assert (placement.status, placement.host_supervisor, placement.broken_off_on) == ("completed", "", None)


def steps_of(placement: Placement) -> list[tuple[str, date]]:
    steps = StudentStatus.objects.filter(student=placement.student_id).order_by("id")
    return list(steps.values_list("status", "starts_on"))


def test_an_attachment_makes_the_student_one_on_attachment_until_it_is_over(registrar, harare, time_machine):
    placement = make_placement(harare, status="planned")
    start_placement(registrar, placement)
    assert steps_of(placement) == [("on_attachment", FIRST)]
    change_placement(registrar, placement, ends_on=LAST)
    time_machine.move_to("2026-07-15")
    complete_placement(registrar, placement)
    assert steps_of(placement)[1:] == [("active", LAST + timedelta(1))]
    assert Student.objects.get(pk=placement.student_id).status == "active"


def test_who_breaks_an_attachment_off_is_active_again(registrar, harare):
    placement = make_placement(harare, student=make_student(harare, status="on_attachment"))
    break_off_placement(registrar, placement, broken_off_on=date(2026, 5, 4), reason="Closed.")
    assert steps_of(placement) == [("active", date(2026, 5, 4))]  # not from a day to come


@pytest.mark.parametrize(("kind", "status"), [("internship", "active"), ("attachment", "suspended")])
def test_other_placements_and_other_students_keep_their_status(registrar, harare, kind, status):
    placement = make_placement(harare, kind=kind, status="planned", student=make_student(harare, status=status))
    start_placement(registrar, placement)
    break_off_placement(registrar, placement, broken_off_on=date(2026, 5, 4), reason="Closed.")
    assert (Student.objects.get(pk=placement.student_id).status, steps_of(placement)) == (status, [])


def test_who_is_at_another_attachment_by_now_stays_on_attachment(registrar, harare):
    student = make_student(harare, status="on_attachment")
    first = make_placement(harare, student=student, ends_on=date(2026, 2, 27))
    make_placement(harare, student=student, starts_on=date(2026, 3, 2))
    complete_placement(registrar, first)
    assert Student.objects.get(pk=student.pk).status == "on_attachment"


def test_a_move_that_is_not_allowed_says_which_is(registrar, harare):
    placement = make_placement(harare, status="planned")
    assert refused("move_not_allowed", complete_placement, registrar, placement).message == (
        "This placement is planned: only one that is running is completed."
    )


def test_breaking_off_over_http_asks_for_the_day_and_the_reason(registrar, harare):
    placement = make_placement(harare)
    client = client_of(registrar)
    answer = client.post(f"{PLACEMENTS}{placement.pk}/break-off/", {})
    assert {problem["field"] for problem in answer.json()["errors"]} == {"broken_off_on", "reason"}
    body = {"broken_off_on": "2026-04-01", "reason": "The mine closed."}
    data = client.post(f"{PLACEMENTS}{placement.pk}/break-off/", body).json()["data"]
    assert (data["status"], data["broken_off_on"], data["reason"]) == ("broken_off", "2026-04-01", "The mine closed.")


@pytest.mark.parametrize(("day", "code"), [(date(2026, 5, 5), "not_yet"), (date(2026, 1, 4), "before_it_started")])
def test_a_running_placement_is_broken_off_on_a_day_that_was_within_it(registrar, harare, day, code):
    refused(code, break_off_placement, registrar, make_placement(harare), broken_off_on=day, reason="x")
    assert Placement.objects.get().status == "running"


# --- Visits and weeks ---
@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2026, 1, 4), "outside_placement"), (date(2026, 5, 5), "not_yet"), (date(2027, 1, 1), "outside_placement")],
)
def test_a_visit_was_within_the_placement(registrar, harare, day, code):
    refused(code, record_visit, registrar, placement=make_placement(harare), visited_on=day, findings="x")
    assert not PlacementVisit.objects.exists()


@pytest.mark.parametrize(
    ("week", "code"),
    [(date(2025, 12, 29), None), (date(2025, 12, 22), "outside_placement"), (date(2026, 5, 11), "not_yet")],
)
def test_a_week_is_written_that_touches_the_placement_and_has_begun(registrar, harare, week, code):
    placement = make_placement(harare, starts_on=date(2026, 1, 1))
    if code:
        refused(code, written, registrar, placement, week)
    else:
        written(registrar, placement, week)
    assert LogbookEntry.objects.count() == (0 if code else 1)


@pytest.mark.parametrize(
    ("week", "hours", "code"), [(MONDAY + timedelta(1), 40, "not_a_monday"), (MONDAY, 81, "max_value")]
)
def test_a_week_starts_on_a_monday_and_has_at_most_80_hours(registrar, harare, week, hours, code):
    refusal = refused(code, written, registrar, make_placement(harare), week, hours)
    assert isinstance(refusal, Invalid)
    assert not LogbookEntry.objects.exists()


def test_a_week_is_written_once(registrar, harare):
    placement = make_placement(harare)
    written(registrar, placement)
    refused("week_written", written, registrar, placement)
    assert LogbookEntry.objects.count() == 1


def test_nothing_is_written_of_a_placement_that_is_planned(registrar, harare):
    placement = make_placement(harare, status="planned")
    refused("not_started", written, registrar, placement)
    refused("not_started", record_visit, registrar, placement=placement, visited_on=MONDAY, findings="x")


def test_a_placement_keeps_the_days_of_its_visits_and_weeks(registrar, harare):
    placement = make_placement(harare)
    record_visit(registrar, placement=placement, visited_on=MONDAY, findings="Well.")
    written(registrar, placement, MONDAY + timedelta(7))
    for fields in ({"starts_on": MONDAY + timedelta(1)}, {"ends_on": MONDAY + timedelta(6)}):
        refused("would_lie_outside", change_placement, registrar, placement, **fields)
        with pytest.raises(IntegrityError, match="outside of its placement"), transaction.atomic():
            Placement.objects.update(**fields)
    day = MONDAY - timedelta(1)
    refused("would_lie_outside", break_off_placement, registrar, placement, broken_off_on=day, reason="x")
    changed = change_placement(registrar, placement, starts_on=MONDAY, ends_on=MONDAY + timedelta(7))
    assert (changed.starts_on, changed.ends_on) == (MONDAY, MONDAY + timedelta(7))


def test_the_database_refuses_a_visit_and_a_week_outside(registrar, harare):
    placement = make_placement(harare)
    own = {"institution": harare, "placement": placement}
    with pytest.raises(IntegrityError, match="outside of its placement"), transaction.atomic():
        PlacementVisit.objects.create(**own, visited_on=date(2025, 1, 1), findings="x")
    with pytest.raises(IntegrityError, match="outside of its placement"), transaction.atomic():
        LogbookEntry.objects.create(**own, week_starts_on=date(2024, 12, 30), hours=1, done="x")


def test_a_signed_entry_stays_as_it_is(registrar, harare):
    entry = sign_entry(registrar, written(registrar, make_placement(harare)))
    refused("already_signed", change_entry, registrar, entry, hours=1)
    refused("already_signed", sign_entry, registrar, entry)
    entry.refresh_from_db()
    assert (entry.hours, entry.version) == (40, 2)


# --- Who ---
@pytest.fixture
def people(harare: Institution):
    """A student at work, who supervises, and another student; with the roles that are shipped."""
    roles = {"student": "student", "supervisor": "lecturer", "other": "student", "colleague": "lecturer"}
    found = {name: make_person(grants=[(role, harare)]) for name, role in roles.items()}
    with reaching(harare.pk):
        placed = make_student(harare, account_id=found["student"].pk)
        make_student(harare, account_id=found["other"].pk)
        found["placement"] = make_placement(
            harare, student=placed, academic_supervisor_id=found["supervisor"].pk, host_supervisor_contact="0771"
        )
    return found


def test_a_student_and_the_supervisor_see_the_placement_and_nobody_else_does(people):
    key = str(people["placement"].pk)
    for name, count in {"student": 1, "supervisor": 1, "other": 0, "colleague": 0}.items():
        client = client_of(people[name])
        assert [row["id"] for row in client.get(PLACEMENTS).json()["data"]] == [key] * count, name
        assert client.get(f"{PLACEMENTS}{key}/").status_code == (200 if count else 404)


def test_the_student_writes_and_the_supervisor_signs(people):
    body = {"placement": str(people["placement"].pk), "week_starts_on": "2026-03-02", "hours": "40", "done": "Pumps."}
    for name, status in {"other": 400, "supervisor": 403, "student": 201}.items():
        answer = client_of(people[name]).post(LOGBOOK, body)
        assert answer.status_code == status, (name, answer.content)
    sign = f"{LOGBOOK}{answer.json()['data']['id']}/sign/"
    for name, status in {"student": 403, "colleague": 404, "supervisor": 200}.items():
        assert client_of(people[name]).post(sign).status_code == status, name


def test_the_supervisor_records_a_visit_as_the_visitor(people):
    body = {"placement": str(people["placement"].pk), "visited_on": "2026-03-02", "findings": "Well."}
    for name, status in {"student": 403, "colleague": 400, "supervisor": 201}.items():
        answer = client_of(people[name]).post(VISITS, body)
        assert answer.status_code == status, (name, answer.content)
    assert answer.json()["data"]["visitor"] == str(people["supervisor"].pk)


def test_nobody_signs_the_own_entry(people, harare):
    with reaching(harare.pk):
        actor = replace(person_at(harare, *PERMISSIONS).actor, id=people["student"].pk)
        entry = written(actor, people["placement"])
        refused("own_entry", sign_entry, actor, entry)
        entry.refresh_from_db()
        assert entry.signed_at is None


def test_how_the_host_supervisor_is_reached_is_sealed_and_shown_to_who_may_see_it(people, harare):
    address = f"{PLACEMENTS}{people['placement'].pk}/"
    assert client_of(people["student"]).get(address).json()["data"]["host_supervisor_contact"] == "0771"
    client = client_of(person_at(harare, "students.view_placement", "students.change_placement"))
    assert "host_supervisor_contact" not in client.get(address).json()["data"]
    assert client.patch(address, {"host_supervisor_contact": "0772"}).status_code == 403
    with reaching(harare.pk), connection.cursor() as cursor:
        cursor.execute("SELECT host_supervisor_contact FROM students_placement")
        assert b"0771" not in bytes(cursor.fetchone()[0])


def test_erasing_a_student_leaves_when_and_where_and_takes_what_was_told(registrar, harare):
    placement = make_placement(harare, host_supervisor="T. Dube", host_supervisor_contact="0771")
    record_visit(registrar, placement=placement, visited_on=MONDAY, findings="Was ill.")
    sign_entry(registrar, written(registrar, placement))
    erase([placement.student], harare.pk)
    left = Placement.objects.get()
    assert (left.host_supervisor, left.host_supervisor_contact, left.starts_on) == ("", None, FIRST)
    assert (PlacementVisit.objects.get().findings, LogbookEntry.objects.get().done) == ("", "")
