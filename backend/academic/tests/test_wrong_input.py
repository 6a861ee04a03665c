"""This file holds wrong input of a calendar and a timetable, over HTTP: each names its field, and changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps

from academic.factories import (
    make_course,
    make_holiday,
    make_meeting,
    make_program,
    make_program_version,
    make_registration,
    make_term,
    make_term_exception,
    make_window,
)
from academic.models import Occurrence
from academic.permissions import PERMISSIONS
from academic.requisites.trees import MOST_NODES
from academic.tests.timetable_lab import section_of
from core.ids import uuid7
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from users.factories import make_grant, make_user

pytestmark = pytest.mark.django_db
FIRST, LAST = "2026-03-23", "2026-11-06"  # thirty-three weeks
BACK = {"starts_on": "2026-05-02", "ends_on": "2026-05-01"}
NEXT = {"code": "NEXT", "name": "Second", "academic_year": 2027, "starts_on": "2027-01-04", "ends_on": "2027-03-05"}
WINDOW = {"term": "{term}", "kind": "drop"}
DAYS = {"opens_after": 3, "closes_after": 2}
INSTANTS = {"opens_at": "2026-04-02T00:00:00Z", "closes_at": "2026-04-01T00:00:00Z"}
EXCEPTION = {"term": "{term}", "program": "{program}", "reason": "Practice"}
WEEKLY = {"section": "{planned}", "weekday": 1, "starts_at": "08:00", "ends_at": "10:00"}
IN_THE_NIGHT = {**WEEKLY, "weekday": 7, "starts_at": "01:15", "ends_at": "01:45"}
NEVER = {"account": "{lecturer}", "kind": "unavailable"}
NO_OFFSET = {"starts_at": "2026-03-30T10:00:00Z", "ends_at": "2026-03-30T12:00"}
JOINS = {"enrollment": "{enrollment}", "section": "{section}"}
NO_TIME = {"starts_at": "2026-03-30T10:00:00Z", "ends_at": "2026-03-30T10:00:00Z"}

DAY = {"opens_after": 0, "closes_after": 1}
OFFERED = {"course": "{course}", "term": "{term}"}
WAIVED = {"student": "{student}", "waives": "load", "reason": "Last term", "until": "2100-01-01"}
RESERVED = {"section": "{roomy}", "seats": 2, "until": "2100-01-01T00:00:00Z"}
BOTH = {"program": "{program}", "program_version": "{draft}"}

VERBS = ("/move", "/change-status", "/withdraw")


def passed(*codes: str) -> dict[str, Any]:
    """The tree of a course that asks for these."""
    of = [{"is": "passed", "course": code} for code in codes]
    return {"course": "{course}", "tree": {"is": "all_of", "of": of}}


BEFORE = [{"status": status, "starts_on": "1999-01-01"} for status in ("deferred", "withdrawn")]
BEYOND = [
    ("terms", {**NEXT, "starts_on": "9998-12-31", "ends_on": "9999-12-31"}, "ends_on"),
    ("terms", {**NEXT, "starts_on": "0001-01-01", "ends_on": "0001-06-01"}, "starts_on"),
    ("holidays", {"name": "The end", "starts_on": "9999-12-30", "ends_on": "9999-12-31"}, "ends_on"),
    ("sections", {**OFFERED, "ends_on": "9999-12-31"}, "ends_on"),
    ("sections/{planned}", {"starts_on": "0001-01-01"}, "starts_on"),
]
REVERSED = [
    ("terms", {**NEXT, "ends_on": "2027-01-03"}, "ends_on"),
    ("terms/{term}", {"ends_on": "2026-03-01"}, "ends_on"),
    ("holidays", {"name": "No day", **BACK}, "ends_on"),
    ("holidays/{holiday}", {"ends_on": "2026-04-30"}, "ends_on"),
    ("term-exceptions", {**EXCEPTION, **BACK}, "ends_on"),
    ("term-exceptions/{exception}", {"ends_on": "2026-03-24"}, "ends_on"),
    ("sections/{section}", {"ends_on": FIRST}, "ends_on"),
    ("meetings", {**WEEKLY, "ends_at": "08:00"}, "ends_at"),
    ("meetings/{meeting}", {"ends_at": "07:00"}, "ends_at"),
    ("occurrences/{occurrence}/move", NO_TIME, "ends_at"),
    ("lecturer-availability", {**NEVER, "weekday": 1, "starts_at": "10:00", "ends_at": "09:00"}, "ends_at"),
    ("lecturer-availability", {**NEVER, **BACK}, "ends_on"),
]
WRONG = [
    ("terms_overlap", "terms", {**NEXT, "track": "{track}", "starts_on": LAST}, "starts_on"),
    ("terms_overlap", "terms/{earlier}", {"ends_on": FIRST}, "starts_on"),
    ("outside_parent", "terms", {**NEXT, "parent": "{term}", "kind": "sub_term"}, "ends_on"),
    *(("beyond_the_calendar", *one) for one in BEYOND),
    ("term_too_long", "terms", {**NEXT, "ends_on": "2029-01-05"}, "ends_on"),
    ("whole_needed", "terms", {**NEXT, "kind": "sub_term"}, "parent"),
    ("census_outside", "terms", {**NEXT, "census_on": LAST}, "census_on"),
    ("census_outside", "terms/{term}", {"census_on": "2027-03-05"}, "census_on"),
    ("census_outside", "term-exceptions/{exception}", {"census_on": FIRST}, "census_on"),
    ("outside_the_term", "sections", {**OFFERED, "starts_on": "2062-02-09", "ends_on": "2062-06-19"}, "starts_on"),
    ("outside_the_term", "sections/{planned}", {"starts_on": "2026-01-05", "ends_on": "2026-03-22"}, "ends_on"),
    ("program_or_section", "windows", {**WINDOW, **DAY, "program": "{program}", "section": "{section}"}, "section"),
    ("least_above_most", "load-limits", {"most_credits": "20", "least_credits": "40"}, "least_credits"),
    ("not_positive", "load-limits", {"most_credits": "0"}, "most_credits"),
    ("section_or_course", "waivers", WAIVED, "section"),
    ("section_or_course", "waivers", {**WAIVED, "section": "{section}", "course": "{course}"}, "section"),
    ("for_nobody", "seat-reservations", RESERVED, "program"),
    ("program_or_version", "seat-reservations", {**RESERVED, **BOTH}, "program_version"),
    ("no_credits", "course-groups", {"program_version": "{draft}", "name": "Core", "min_credits": "0"}, "min_credits"),
    ("window_outside_the_term", "windows", {**WINDOW, "opens_after": 0, "closes_after": 300}, "closes_after"),
    ("window_outside_the_term", "windows/{window}", {"opens_after": -366}, "opens_after"),
    ("closes_before_it_opens", "windows", {**WINDOW, **DAYS}, "closes_after"),
    ("closes_before_it_opens", "windows", {**WINDOW, **INSTANTS}, "closes_at"),
    ("closes_before_it_opens", "windows", {**WINDOW, "opens_after": -401, "closes_after": 0}, "opens_after"),
    ("instants_or_days", "windows/{window}", {"closes_after": None}, "closes_after"),
    *(("ends_before_it_starts", *one) for one in REVERSED),
    ("offset_needed", "windows", {**WINDOW, **INSTANTS, "opens_at": "2026-03-30T00:00:00"}, "opens_at"),
    ("offset_needed", "windows/{window}", {"closes_at": "2026-03-30"}, "closes_at"),
    ("offset_needed", "occurrences/{occurrence}/move", NO_OFFSET, "ends_at"),
    ("max_value", "occurrences/{occurrence}/move", {**NO_TIME, "ends_at": "9999-12-31T23:00:00Z"}, "ends_at"),
    ("week_beyond_term", "meetings", {**WEEKLY, "rhythm": "listed", "weeks": [1, 34]}, "weeks"),
    ("week_beyond_term", "meetings", {**WEEKLY, "first_week": 34}, "first_week"),
    ("week_beyond_term", "meetings/{meeting}", {"last_week": 34}, "last_week"),
    ("clocks_change", "meetings", {**IN_THE_NIGHT, "last_week": 1}, "starts_at"),  # skipped
    ("clocks_change", "meetings", {**IN_THE_NIGHT, "first_week": 2}, "starts_at"),  # there twice
    ("clocks_change", "meetings/{meeting}", {"weekday": 7, "starts_at": "00:30", "ends_at": "03:00"}, "starts_at"),
    ("too_few_seats", "sections/{section}", {"capacity": 1}, "capacity"),
    ("no_meetings", "sections/{planned}", {"status": "open"}, "status"),
    (
        "not_yet",
        "enrollments/{enrollment}/change-status",
        {"status": "withdrawn", "starts_on": "2100-01-01"},
        "starts_on",
    ),
    *(("before_last_step", "enrollments/{enrollment}/change-status", one, "starts_on") for one in BEFORE),
    ("not_yet", "registrations", {**JOINS, "registered_on": "2100-01-01"}, "registered_on"),
    ("not_yet", "registrations/{registration}/withdraw", {"withdrawn_on": "2100-01-01"}, "withdrawn_on"),
    ("withdrawn_before_registered", "registrations/{registration}/withdraw", {"withdrawn_on": FIRST}, "withdrawn_on"),
    ("too_many_nodes", "requisites", passed(*["CS101"] * MOST_NODES), "tree"),
    ("unknown_course", "requisites", passed("NO101"), "tree/of/0/course"),
    ("does_not_exist", "prerequisites", {"course": "{course}", "requires": str(uuid7())}, "requires"),
]


@pytest.fixture
def london(harare: Institution) -> Institution:
    """Its clocks go from one to two on 29 March 2026, and from two back to one on 25 October, both Sundays."""
    harare.time_zone = "Europe/London"
    harare.save()
    return harare


@pytest.fixture
def places(london: Institution) -> dict[str, Any]:
    """A term with what lies in it, by the names that the bodies above give them."""
    term = make_term(london, starts_on=date.fromisoformat(FIRST), ends_on=date.fromisoformat(LAST))
    earlier = make_term(london, track=term.track, starts_on=date(2026, 1, 5), ends_on=date(2026, 3, 20))
    section = section_of(term, "PHY", capacity=2)
    for _ in range(2):
        registration = make_registration(london, section=section, registered_on=date(2026, 3, 24))
    meeting = make_meeting(london, section=section)
    with reaching(london.pk):
        occurrence = Occurrence.objects.filter(meeting=meeting).earliest("starts_at")
    rows = {
        "term": term,
        "earlier": earlier,
        "section": section,
        "registration": registration,
        "enrollment": registration.enrollment,
        "planned": section_of(term, "ALG", status="planned"),
        "roomy": section_of(term, "ROOM", capacity=5),
        "student": registration.student,
        "draft": make_program_version(london, status="draft"),
        "meeting": meeting,
        "occurrence": occurrence,
        "program": make_program(london),
        "holiday": make_holiday(london),
        "window": make_window(london, term=term),
        "exception": make_term_exception(london, term=term),
        "course": make_course(london, code="CS101"),
        "lecturer": make_grant(make_user(), "lecturer", london).user,
    }
    return {name: str(row.pk) for name, row in rows.items()} | {"track": term.track}


def everything() -> list[list[dict[str, Any]]]:
    """What stands in each table of this app."""
    return [list(one.objects.order_by("pk").values()) for one in apps.get_app_config("academic").get_models()]


@pytest.mark.time_machine(datetime(2026, 3, 25, 12, tzinfo=UTC))
def test_wrong_input_is_told_by_its_field_and_changes_nothing(london: Institution, places: Mapping[str, Any]):
    client = client_of(person_at(london, *PERMISSIONS, *PLACES, "staff.view_member", "students.view_student"))
    with reaching(london.pk):
        before = everything()
    answered: list[Sequence[Any]] = []
    for _, url, body, _ in WRONG:
        sent = {name: value.format(**places) if isinstance(value, str) else value for name, value in body.items()}
        send = client.patch if "/" in url and not url.endswith(VERBS) else client.post
        answer = send(f"/api/v1/academic/{url.format(**places)}/", sent, headers={"If-Match": "*"})
        told = [(one["code"], one["field"]) for one in answer.json().get("errors", [])]
        answered.append((answer.status_code in (400, 422), url, body, *told))
    for one, (code, url, body, field) in zip(answered, WRONG, strict=True):
        assert one == (True, url, body, (code, field))
    asked = client.get("/api/v1/academic/occurrences/?starts_at__gte=2026-03-30T08:00").json()["errors"]
    assert [(one["code"], one["field"]) for one in asked] == [("offset_needed", "starts_at__gte")]
    with reaching(london.pk):
        assert everything() == before
