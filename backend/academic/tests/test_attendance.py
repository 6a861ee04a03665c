"""This file holds what is promised of attendance: registers of what was held, and rates with their denominator."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academic.attendance.rules import close_register, mark, open_register, reopen_register
from academic.calendar.rules import add_holiday, cancel_holiday
from academic.factories import (
    make_attendance,
    make_course,
    make_enrollment,
    make_meeting,
    make_registration,
    make_section,
    make_term,
)
from academic.meetings.occurring import cancel_occurrence, move_occurrence
from academic.meetings.rules import change_meeting
from academic.models import Attendance, AttendanceRegister, Occurrence, Registration, Section, Teaching
from academic.permissions import PERMISSIONS
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.rules import conflict_of
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
API = "/api/v1/academic/"
MONDAY = date(2026, 2, 9)
ANY = {"If-Match": "*"}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


@pytest.fixture
def section(harare: Institution) -> Section:
    """Three Mondays in February, at eight."""
    term = make_term(harare, starts_on=MONDAY, ends_on=date(2026, 2, 27))
    section = make_section(harare, term=term)
    make_meeting(harare, section=section)
    return section


def classes_of(section: Section) -> list[Occurrence]:
    return list(Occurrence.objects.filter(section=section).order_by("starts_at"))


def registered(section: Section, count: int = 1, **fields: Any) -> list[Registration]:
    fields = {"registered_on": MONDAY, **fields}
    return [make_registration(section.institution, section=section, **fields) for _ in range(count)]


def said(register: AttendanceRegister) -> list[str]:
    return list(register.marks.order_by("pk").values_list("status", flat=True))


def marks(statuses: dict[Registration, str]) -> list[dict[str, Any]]:
    return [{"registration": registration.pk, "status": status} for registration, status in statuses.items()]


def taken(registrar: Actor, occurrence: Occurrence, statuses: dict[Registration, str]) -> AttendanceRegister:
    """A register that is opened, marked and closed."""
    register = open_register(registrar, occurrence=occurrence)
    mark(registrar, register, marks=marks(statuses))
    return close_register(registrar, register, others="absent")


def refused(rule: Any, *args: Any, **fields: Any) -> RuleBroken:
    before = [list(table.objects.order_by("pk").values()) for table in (AttendanceRegister, Attendance, Occurrence)]
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    after = [list(table.objects.order_by("pk").values()) for table in (AttendanceRegister, Attendance, Occurrence)]
    assert after == before
    return refusal.value


# --- Registers ---
def test_a_register_has_whoever_was_registered_on_the_day_of_the_class(registrar, harare, section):
    first, second, _ = classes_of(section)
    (stays,), (late,) = registered(section), registered(section, registered_on=MONDAY + timedelta(days=1))
    left = {"status": "withdrawn", "result": "withdrawn", "withdrawn_on": MONDAY + timedelta(days=7)}
    (leaves,) = registered(section, **left)
    (unknown,) = registered(section, registered_on=None)
    with CaptureQueriesContext(connection) as few:
        register = open_register(registrar, occurrence=first)
    assert {mark.registration for mark in register.marks.all()} == {stays, leaves, unknown}
    assert said(register) == [""] * 3
    registered(section, 20)
    with CaptureQueriesContext(connection) as many:
        register = open_register(registrar, occurrence=second)
    assert register.marks.count() == 23
    assert register.marks.filter(registration=late).exists()
    assert len(many) == len(few)


def test_those_of_cross_listed_sections_are_in_one_register(registrar, harare, section):
    other = make_section(harare, course=make_course(harare), term=section.term, meets_with=section)
    (own,), (theirs,) = registered(section), registered(other)
    register = open_register(registrar, occurrence=classes_of(section)[0])
    assert {mark.registration for mark in register.marks.all()} == {own, theirs}


def test_a_register_is_of_a_class_that_was_held(registrar, harare, section):
    canceled, _, _ = classes_of(section)
    canceled = cancel_occurrence(registrar, canceled)
    today = today_there()
    term = make_term(harare, starts_on=today, ends_on=today + timedelta(days=20))
    coming = make_section(harare, term=term, course=make_course(harare))
    make_meeting(harare, section=coming, weekday=(today + timedelta(days=2)).isoweekday())
    ahead, gone, *_ = classes_of(coming)
    Occurrence.objects.filter(pk=gone.pk).delete()
    for occurrence in (canceled, ahead, gone):
        refusal = refused(open_register, registrar, occurrence=occurrence)
        assert (refusal.code, refusal.problems[0].field) == ("not_held", "occurrence")
        if occurrence == gone:
            continue
        with pytest.raises(IntegrityError, match="was not canceled and has begun"), transaction.atomic():
            saved(AttendanceRegister(institution=harare, occurrence=occurrence))


def test_the_database_keeps_strangers_out_of_a_register(registrar, harare, section):
    register = open_register(registrar, occurrence=classes_of(section)[0])
    stranger = make_registration(harare)
    with pytest.raises(IntegrityError, match="in no section that meets then") as error, transaction.atomic():
        saved(Attendance(institution=harare, register=register, registration=stranger, student=stranger.student))
    assert conflict_of(error.value).code == "not_in_section"
    refusal = refused(mark, registrar, register, marks=marks({stranger: "present"}))
    assert (refusal.code, refusal.problems[0].field) == ("not_in_section", "marks/0/registration")


@pytest.mark.time_machine(datetime(2026, 2, 10, tzinfo=UTC))
def test_a_class_that_has_a_register_stays_as_it_was(registrar, harare, section):
    first, *_ = classes_of(section)
    open_register(registrar, occurrence=first)
    change_meeting(registrar, first.meeting, weekday=2)
    # Its week had its class: neither the pattern nor the calendar makes another one in it.
    days = [MONDAY, date(2026, 2, 17), date(2026, 2, 24)]
    assert [one.starts_at.date() for one in classes_of(section)] == days
    cancel_holiday(registrar, add_holiday(registrar, name="Funeral", starts_on=MONDAY, ends_on=days[1]))
    assert [one.starts_at.date() for one in classes_of(section)] == days
    first.refresh_from_db()
    later = {"starts_at": first.starts_at + timedelta(hours=4), "ends_at": first.ends_at + timedelta(hours=4)}
    assert refused(cancel_occurrence, registrar, first).code == "was_held"
    assert refused(move_occurrence, registrar, first, **later).code == "was_held"


# --- Marking ---
def test_marks_are_kept_and_told_to_the_audit_log(registrar, section):
    ann, bob, eve = registered(section, 3)
    register = open_register(registrar, occurrence=classes_of(section)[0])
    mark(registrar, register, marks=marks({ann: "present", bob: "late"}))
    assert sorted(said(register)) == ["", "late", "present"]
    entry = AuditEntry.objects.get(rule="academic.attendance_register.marked")
    assert entry.changes == {f"of {ann.pk}": ["", "present"], f"of {bob.pk}": ["", "late"]}
    refusal = refused(close_register, registrar, register)
    assert (refusal.code, refusal.problems[0].field) == ("not_all_marked", "others")
    close_register(registrar, register, others="absent")
    assert Attendance.objects.get(registration=eve).status == "absent"
    assert refused(mark, registrar, register, marks=marks({eve: "present"})).code == "register_closed"
    reopen_register(registrar, register, reason="Eve was there")
    mark(registrar, register, marks=marks({eve: "present"}))
    register.refresh_from_db()
    assert (register.status, register.reopened_because, register.closed_at) == ("open", "Eve was there", None)
    assert refused(reopen_register, registrar, register, reason="Again").code == "register_open"


def test_of_two_who_take_one_register_the_second_is_told(registrar, section):
    (ann,) = registered(section)
    register = open_register(registrar, occurrence=classes_of(section)[0])
    client, url = client_of(registrar), f"{API}attendance-registers/{register.pk}/"
    tag = {"If-Match": client.get(url)["ETag"]}
    body = {"marks": [{"registration": str(ann.pk), "status": "present"}]}
    assert client.post(f"{url}mark/", body, headers=tag).status_code == 200
    body["marks"][0]["status"] = "absent"
    assert client.post(f"{url}mark/", body, headers=tag).status_code == 412
    assert client.post(f"{url}mark/", body).status_code == 428
    assert said(register) == ["present"]


def test_only_who_is_excused_has_a_reason_and_few_read_it(registrar, harare, section):
    ann, bob = registered(section, 2)
    register = open_register(registrar, occurrence=classes_of(section)[0])
    wrong = [{**marks({ann: "absent"})[0], "reason": "Ill"}]
    refusal = refused(mark, registrar, register, marks=wrong)
    assert isinstance(refusal, Invalid)
    assert refusal.problems[0].field == "marks/0/reason"
    mark(registrar, register, marks=[{**marks({ann: "excused"})[0], "reason": "In hospital"}, *marks({bob: "excused"})])
    row = Attendance.objects.get(registration=ann)
    url = f"{API}attendance/{row.pk}/"
    assert client_of(registrar).get(url).json()["data"]["reason"] == "In hospital"
    clerk = person_at(harare, "academic.view_attendance")
    assert "reason" not in client_of(clerk).get(url).json()["data"]
    assert "hospital" not in client_of(registrar).get(f"{API}attendance/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM academic_attendance WHERE id = %s", [row.pk])
        assert b"hospital" not in bytes(cursor.fetchone()[0])
    # The reason goes with the excuse.
    mark(registrar, register, marks=marks({ann: "present"}))
    row = Attendance.objects.get(pk=row.pk)
    assert (row.status, row.reason) == ("present", None)


# --- Who may ---
def test_lecturers_take_the_registers_of_their_sections_and_students_see_their_own(registrar, harare, section):
    lecturer = make_person(grants=[("lecturer", harare)])
    saved(Teaching(institution=harare, section=section, account=lecturer))
    account = make_person(grants=[("student", harare)])
    (ann,) = registered(section, enrollment=make_enrollment(harare, student=make_student(harare, account=account)))
    registered(section)
    occurrence, *_ = classes_of(section)
    body = {"occurrence": str(occurrence.pk)}
    teaching, other = client_of(lecturer.actor), client_of(make_person(grants=[("lecturer", harare)]).actor)
    assert other.post(f"{API}attendance-registers/", body).status_code in (403, 404)
    assert AttendanceRegister.objects.count() == 0
    made = teaching.post(f"{API}attendance-registers/", body)
    assert made.status_code == 201, made.json()
    url = f"{API}attendance-registers/{made.json()['data']['id']}/"
    present = {"marks": [{"registration": str(ann.pk), "status": "present"}]}
    assert teaching.post(f"{url}mark/", present, headers=ANY).status_code == 200
    assert teaching.post(f"{url}close/", {"others": "absent"}, headers=ANY).status_code == 200
    assert len(teaching.get(f"{API}attendance/").json()["data"]) == 2
    (own,) = client_of(account.actor).get(f"{API}attendance/").json()["data"]
    assert (own["registration"], own["status"]) == (str(ann.pk), "present")
    assert other.get(f"{API}attendance/").json()["data"] == []
    (rate,) = client_of(account.actor).get(f"{API}attendance-rates/?section={section.pk}").json()["data"]["rates"]
    assert rate["registration"] == str(ann.pk)
    assert client_of(account.actor).post(f"{url}mark/", present, headers=ANY).status_code in (403, 404)


# --- Figures ---
def rates(registrar: Actor, query: str) -> dict[str, Any]:
    answer = client_of(registrar).get(f"{API}attendance-rates/?{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def test_the_rate_counts_present_and_late_among_those_not_excused(registrar, section):
    ann, bob, eve = registered(section, 3)
    first, second, third = classes_of(section)
    taken(registrar, first, {ann: "present", bob: "absent", eve: "excused"})
    taken(registrar, second, {ann: "late", bob: "present", eve: "excused"})
    taken(registrar, third, {ann: "absent", bob: "absent", eve: "excused"})
    answer = rates(registrar, f"section={section.pk}")
    found = {row["registration"]: (row["counted"], row["percent"]) for row in answer["rates"]}
    # Two of three is 66.7; who was always excused has no rate, which is not zero.
    assert found == {str(ann.pk): (3, "66.7"), str(bob.pk): (3, "33.3"), str(eve.pk): (0, None)}
    assert (answer["percent"], answer["least_percent"]) == ("50.0", 75)
    assert "excused ones are left out" in answer["definition"]
    below = rates(registrar, f"term={section.term_id}&below=true")["rates"]
    assert {row["registration"] for row in below} == {str(ann.pk), str(bob.pk)}
    unclear = client_of(registrar).get(f"{API}attendance-rates/?term={section.term_id}&below=some")
    assert (unclear.status_code, unclear.json()["errors"][0]["field"]) == (400, "below")
    client_of(registrar).post(f"{API}attendance-policies/", {"least_percent": 60})
    below = rates(registrar, f"term={section.term_id}&below=1")
    assert ([row["registration"] for row in below["rates"]], below["least_percent"]) == ([str(bob.pk)], 60)


def test_only_closed_registers_count_and_one_statement_brings_the_rates(registrar, section):
    (ann,) = registered(section)
    first, second, _ = classes_of(section)
    taken(registrar, first, {ann: "present"})
    mark(registrar, open_register(registrar, occurrence=second), marks=marks({ann: "absent"}))
    assert rates(registrar, f"student={ann.student_id}")["percent"] == "100.0"
    with CaptureQueriesContext(connection) as few:
        rates(registrar, f"section={section.pk}")
    registered(section, 10)
    with CaptureQueriesContext(connection) as many:
        rates(registrar, f"section={section.pk}")
    assert len(few) == len(many)


@pytest.mark.parametrize(("query", "field"), [("", "section"), ("section=x", "section"), ("term=1", "term")])
def test_rates_are_asked_for_of_something(registrar, query, field):
    answer = client_of(registrar).get(f"{API}attendance-rates/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_classes_whose_register_nobody_closed_are_missing(registrar, harare, section):
    lecturer = make_person(grants=[("lecturer", harare)])
    saved(Teaching(institution=harare, section=section, account=lecturer))
    (ann,) = registered(section)
    first, second, third = classes_of(section)
    taken(registrar, first, {ann: "present"})
    open_register(registrar, occurrence=second)
    url = f"{API}missing-registers/?occurrencelecturers__account={lecturer.pk}&ordering=starts_at"
    missing = client_of(registrar).get(url).json()["data"]
    assert [row["id"] for row in missing] == [str(second.pk), str(third.pk)]
    own = client_of(lecturer.actor).get(f"{API}missing-registers/").json()["data"]
    assert len(own) == 2
    cancel_occurrence(registrar, third)
    assert len(client_of(registrar).get(url).json()["data"]) == 1


def test_an_attendance_is_of_the_student_who_is_registered(registrar, harare):
    row, other = make_attendance(harare), make_attendance(harare)
    wrong = make_registration(harare, section=row.registration.section)
    with pytest.raises(IntegrityError, match="in no section that meets then"), transaction.atomic():
        saved(Attendance(institution=harare, register=row.register, registration=wrong, student=other.student))


def test_who_is_in_a_register_drops_or_swaps_until_the_census_and_the_log_keeps_what_was(
    registrar: Actor, harare: Institution
):
    today, week = today_there(), timedelta(days=7)
    term = make_term(harare, starts_on=today - week, ends_on=today + 8 * week, census_on=today)
    section = make_section(harare, term=term)
    make_meeting(harare, section=section, weekday=(today - timedelta(days=1)).isoweekday())
    dropping, swapping = registered(section, 2, registered_on=today - week)
    register = open_register(registrar, occurrence=classes_of(section)[0])
    mark(registrar, register, marks=marks({dropping: "present", swapping: "late"}))
    wanted = make_section(section.institution, term=section.term, course=section.course, code="2")
    make_meeting(section.institution, section=wanted)
    client = client_of(registrar)
    assert client.delete(f"{API}registrations/{dropping.pk}/", headers=ANY).status_code == 204
    answer = client.post(f"{API}registrations/{swapping.pk}/swap/", {"section": str(wanted.pk)}, headers=ANY)
    assert answer.status_code == 200, answer.content
    assert (said(register), Registration.objects.get().section) == ([], wanted)
    logged = AuditEntry.objects.filter(rule="academic.attendance.dropped").values_list("subject_id", "changes")
    told = {
        str(one.pk): {f"in {register.pk}": [status, None]}
        for one, status in ((dropping, "present"), (swapping, "late"))
    }
    assert dict(logged) == told
