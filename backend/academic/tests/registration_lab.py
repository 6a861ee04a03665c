"""This file holds what tests of registration begin with: holds, waivers, limits, and calls for many at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from academic.factories import make_course, make_enrollment, make_section, make_term
from academic.models import Enrollment, Hold, LoadLimit, Registration, SeatReservation, Section, WaitlistEntry, Waiver
from academic.registrations.rules import check_cohort, register_cohort
from academic.registrations.verdicts import Verdict
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from students.models import Student

REGISTRATIONS = "/api/v1/academic/registrations/"


def refused(rule: Any, *args: Any, **fields: Any) -> list[str]:
    """The codes with which a rule says no."""
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return [problem.code for problem in refusal.value.problems]


def make_coming_section(institution: Institution, *, load: int = 20, **fields: Any) -> Section:
    """A section that starts in a week, in a term of its own unless one is given."""
    today = today_there()
    days = {"starts_on": today + timedelta(days=7), "ends_on": today + timedelta(days=100)}
    term = fields.pop("term", None) or make_term(institution, **days)
    course = fields.pop("course", None) or make_course(institution, credits=load)
    return make_section(institution, term=term, course=course, **fields)


def make_hold(institution: Institution, *, student: Student | None = None, **fields: Any) -> Hold:
    """A financial hold since the first of the year, which blocks registration."""
    usual = {"kind": Hold.Kind.FINANCIAL, "reason": "Fees", "starts_on": date(2026, 1, 1)}
    student = student or make_student(institution)
    return saved(Hold(institution=institution, student=student, **{**usual, **fields}))


def make_waiver(institution: Institution, *, student: Student | None = None, **fields: Any) -> Waiver:
    """A waiver of the load in one section, for a month."""
    usual = {"waives": Waiver.Waived.LOAD, "reason": "Last term", "until": today_there() + timedelta(days=30)}
    student = student or make_student(institution)
    if not fields.keys() & {"course", "section"}:
        fields["section"] = make_section(institution)
    return saved(Waiver(institution=institution, student=student, **{**usual, **fields}))


def make_load_limit(institution: Institution, **fields: Any) -> LoadLimit:
    """At most 60 credits a term, for every program of an institution."""
    return saved(LoadLimit(institution=institution, **{"most_credits": 60, **fields}))


def make_reservation(institution: Institution, *, section: Section | None = None, **fields: Any) -> SeatReservation:
    """Two seats of a section of ten for the first year, for a month."""
    section = section or make_coming_section(institution, capacity=10)
    usual = {"seats": 2, "until": timezone.now() + timedelta(days=30)}
    if not fields.keys() & {"program", "program_version", "year_of_study"}:
        fields["year_of_study"] = 1
    row = SeatReservation(institution=institution, section=section, **{**usual, **fields})
    with reaching(institution.pk):
        Section.objects.filter(pk=section.pk).update(seats_reserved=F("seats_reserved") + row.seats)
    return saved(row)


def cohort(actor: Actor, enrollments: list[Enrollment], sections: list[Section]) -> list[Verdict]:
    """Register each in each; the answers."""
    answers: list[Verdict] = []
    register_cohort(actor, enrollments=enrollments, sections=sections, answers=answers)
    return answers


def codes(verdicts: list[Verdict]) -> list[list[str]]:
    return [[failure.code for failure in one.failed] for one in verdicts]


def checked(actor: Actor, enrollment: Enrollment, section: Section) -> list[str]:
    """The codes of what a dry run finds."""
    (verdict,) = check_cohort(actor, [enrollment], [section])
    return [failure.code for failure in verdict.failed]


def make_entry(institution: Institution, *, section: Section | None = None, **fields: Any) -> WaitlistEntry:
    """Somebody who waits for a seat in a section of one."""
    section = section or make_coming_section(institution, capacity=1)
    enrollment = fields.pop("enrollment", None) or make_enrollment(institution)
    row = WaitlistEntry(institution=institution, enrollment=enrollment, student=enrollment.student, section=section)
    for name, value in fields.items():
        setattr(row, name, value)
    return saved(row)


def recount(institution: Institution) -> list[tuple[int, int]]:
    """The seats that each section counts, beside the rows that are there. As many are offered and reserved as counted,
    and never more than the capacity.
    """
    offers = WaitlistEntry.objects.filter(institution=institution, status="offered")
    for one in SeatReservation.objects.filter(institution=institution):
        assert one.seats_taken == Registration.objects.filter(reservation=one).count()
        assert one.seats_offered == offers.filter(reservation=one).count()
    counted = []
    for section in Section.objects.filter(institution=institution).order_by("pk"):
        reserved = sum(one.seats_free for one in section.reservations.filter(ended_at=None))
        assert (section.seats_reserved, section.seats_offered) == (reserved, offers.filter(section=section).count())
        assert section.capacity is None or section.seats_held <= section.capacity
        counted.append((section.seats_taken, Registration.objects.filter(section=section, status="registered").count()))
    return counted
