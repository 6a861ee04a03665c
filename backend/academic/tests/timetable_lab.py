"""This file holds what tests of timetables begin with: sections and patterns of three weeks, refusals, readers."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.core import mail

from academic.factories import make_course, make_program_version, make_registration, make_section
from academic.models import (
    Meeting,
    MeetingWaiver,
    Occurrence,
    OccurrenceCohort,
    OccurrenceLecturer,
    PublishedHour,
    SectionCohort,
    Teaching,
)
from academic.permissions import RELATED_ROLES
from core.actor import Actor, Reach
from core.errors import RuleBroken
from core.outbox.models import Message
from core.outbox.relay import deliver
from core.testing.fixtures import Person, client_of
from faculties.factories import make_room, saved
from faculties.models import Booking, Institution
from students.factories import make_student
from users.factories import make_user

URL = "/api/v1/academic/timetable/"
MONDAYS = [date(2026, 2, 9), date(2026, 2, 16), date(2026, 2, 23)]
SECOND_WEEK = {"from": "2026-02-16", "until": "2026-02-22"}


def section_of(term: Any, code: str, **fields: Any) -> Any:
    return make_section(term.institution, course=make_course(term.institution, code=code), term=term, **fields)


def weekly(**fields: Any) -> dict[str, Any]:
    return {"weekday": 1, "starts_at": time(8), "ends_at": time(10), **fields}


def at(hour: int, day: int = 9, month: int = 2) -> datetime:
    """A moment by UTC, two hours behind the clocks of Harare."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def days_of(meeting: Meeting) -> list[date]:
    return list(Occurrence.objects.filter(meeting=meeting).order_by("planned_on").values_list("planned_on", flat=True))


def everything() -> list[Any]:
    tables = (
        Meeting,
        MeetingWaiver,
        Occurrence,
        OccurrenceLecturer,
        OccurrenceCohort,
        Booking,
        Teaching,
        SectionCohort,
    )
    return [list(table.objects.order_by("pk").values()) for table in tables]


def refused(rule: Any, *args: Any, **fields: Any) -> RuleBroken:
    """The refusal of a rule, after which everything is as it was."""
    before = everything()
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    assert everything() == before
    return refusal.value


def student_of(section: Any, **account: Any) -> Any:
    """A student with an account who is registered in a section."""
    student = make_student(section.institution, account=make_user(**account))
    make_registration(section.institution, student=student, section=section)
    return student


def lecturer_of(section: Any, **fields: Any) -> Any:
    user = make_user(**{"name": "Rudo Moyo", **fields})
    saved(Teaching(institution=section.institution, section=section, account=user))
    return user


def as_student(student: Any) -> Person:
    """What the role of a student opens: the catalog, and what is about oneself."""
    place = frozenset([student.institution_id])
    related = dict.fromkeys(RELATED_ROLES["student"], Reach(related=place))
    return Person(Actor("Student", student.account_id, {"academic.view_section": Reach(institutions=place), **related}))


def first_hour() -> Any:
    return PublishedHour.objects.order_by("starts_at").first()


def read(person: Person, **asked: Any) -> list[dict[str, Any]]:
    answer = client_of(person).get(URL, {**SECOND_WEEK, **asked})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def told() -> list[Any]:
    """The letters that come of what is in the outbox."""
    while open_ones := list(Message.objects.filter(done_at=None).values_list("pk", flat=True)):
        for message in open_ones:
            assert deliver(message)
    return mail.outbox


def shared(kind: str, harare: Institution, sections: list[Any]) -> dict[str, Any]:
    """One room, lecturer or cohort for both sections; what their meetings name of it."""
    if kind == "room":
        return {"room": make_room(harare)}
    lecturer, version = make_user(), make_program_version(harare)
    for section in sections:
        if kind == "lecturer":
            saved(Teaching(institution=harare, section=section, account=lecturer))
        else:
            saved(SectionCohort(institution=harare, section=section, program_version=version, year_of_study=1))
    return {}
