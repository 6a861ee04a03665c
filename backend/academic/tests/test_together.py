"""This file holds what is promised of sections that belong together: parts of a whole, and cross-listed ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from academic.factories import (
    make_course,
    make_enrollment,
    make_meeting,
    make_program_version,
    make_registration,
    make_section,
    make_term,
)
from academic.meetings.rules import add_meeting
from academic.models import OccurrenceCohort, OccurrenceLecturer, Registration, Section, SectionCohort
from academic.permissions import PERMISSIONS
from academic.registrations.rules import check_cohort, drop, reinstate, swap, withdraw
from academic.sections.rules import add_section_cohort, change_section, end_teaching, give_teaching, offer_section
from academic.tests.registration_lab import codes, cohort, make_coming_section, recount
from academic.tests.timetable_lab import MONDAYS, refused, section_of, weekly
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_room
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from users.factories import make_user

pytestmark = pytest.mark.django_db
SECTIONS = "/api/v1/academic/sections/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Friday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 27))


@pytest.fixture
def physics(term: Any) -> Section:
    return section_of(term, "PHY101", capacity=30)


@pytest.fixture
def engineering(term: Any, physics: Section) -> Section:
    """Cross-listed with physics."""
    return section_of(term, "ENG101", capacity=30, meets_with=physics)


def broken(constraint: str, section: Section, **fields: Any) -> None:
    """The database refuses what no rule wrote."""
    with refused_by(constraint):
        Section.objects.filter(pk=section.pk).update(**fields)


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert refusal.value.__cause__.diag.constraint_name == constraint


# --- Parts ---
def test_a_part_is_of_the_course_and_term_of_its_whole_and_no_part_of_a_part(registrar, harare, physics):
    course, term = physics.course, physics.term
    lab = offer_section(registrar, course=course, term=term, code="L1", kind="lab", whole=physics)
    assert list(physics.parts.all()) == [lab]
    for wrong in ({"course": make_course(harare), "term": term}, {"course": course, "term": make_term(harare)}):
        assert refused(offer_section, registrar, **wrong, whole=physics).code == "other_course_or_term"
    refusal = refused(offer_section, registrar, course=course, term=term, code="L2", whole=lab)
    assert (refusal.code, refusal.problems[0].field) == ("section_in_steps", "whole")
    other = make_section(harare, course=course, term=term, code="2")
    broken("section_in_one_step", other, whole=lab)
    broken("section_in_one_step", physics, whole=other)


def test_parts_of_a_section_are_listed(registrar, physics):
    body = {"course": str(physics.course_id), "term": str(physics.term_id), "code": "L1", "kind": "lab"}
    made = client_of(registrar).post(SECTIONS, {**body, "whole": str(physics.pk)})
    assert made.status_code == 201, made.json()
    listed = client_of(registrar).get(SECTIONS, {"whole": str(physics.pk), "expand": "whole"}).json()["data"]
    (row,) = listed
    alone = client_of(registrar).get(f"{SECTIONS}{row['id']}/", {"expand": "whole"}).json()["data"]
    assert (row["kind"], row["whole"]["code"]) == ("lab", physics.code)
    assert row["whole"]["course"]["code"] == "PHY101"
    # A list shows what belongs to a reference as a single row does.
    assert row["whole"] == alone["whole"]


# --- Cross-listed ---
def test_a_cross_listed_section_has_no_meetings_of_its_own(registrar, physics, engineering, term):
    refusal = refused(add_meeting, registrar, section=engineering, **weekly())
    assert (refusal.code, refusal.message) == (
        "meets_elsewhere",
        f"This section meets with PHY101 {physics.code}: add the meeting there.",
    )
    with refused_by("section_meets_in_one_place"):
        make_meeting(term.institution, section=engineering)
    other = section_of(term, "CHE101")
    meeting = make_meeting(term.institution, section=other)
    assert refused(change_section, registrar, other, meets_with=physics).code == "meets_elsewhere"
    broken("section_meets_in_one_place", other, meets_with=physics)
    meeting.change(status="canceled")
    assert change_section(registrar, other, meets_with=physics).meets_as == physics.pk


def test_sections_meet_with_one_that_meets_itself_in_their_term(registrar, harare, physics, engineering, term):
    refusal = refused(change_section, registrar, section_of(term, "CHE101"), meets_with=engineering)
    assert (refusal.code, refusal.problems[0].field) == ("section_in_steps", "meets_with")
    assert refused(change_section, registrar, physics, meets_with=physics).code == "section_in_steps"
    assert refused(change_section, registrar, physics, meets_with=section_of(term, "CHE102")).code == "section_in_steps"
    elsewhere = make_section(harare)
    assert refused(change_section, registrar, elsewhere, meets_with=physics).code == "other_term"
    broken("section_in_one_step", physics, meets_with=section_of(term, "CHE103"))


def test_whoever_teaches_or_takes_either_section_is_at_its_meetings(registrar, harare, physics, engineering):
    meeting = make_meeting(harare, section=physics)
    both, one, version = make_user(), make_user(), make_program_version(harare)
    teachings = [give_teaching(registrar, section=section, account=both) for section in (physics, engineering)]
    give_teaching(registrar, section=engineering, account=one)
    add_section_cohort(registrar, section=engineering, program_version=version, year_of_study=1)

    def hours_of(person: Any) -> int:
        return OccurrenceLecturer.objects.filter(account=person, occurrence__meeting=meeting).count()

    assert [hours_of(both), hours_of(one), OccurrenceCohort.objects.count()] == [3, 3, 3]
    end_teaching(registrar, teachings[0])
    assert hours_of(both) == 3  # by the other section
    end_teaching(registrar, teachings[1])
    assert hours_of(both) == 0
    # On their own again, and whatever writes.
    change_section(registrar, engineering, meets_with=None)
    assert [hours_of(one), OccurrenceCohort.objects.count()] == [0, 0]
    change_section(registrar, engineering, meets_with=physics)
    assert [hours_of(one), OccurrenceCohort.objects.count()] == [3, 3]
    SectionCohort.objects.all().delete()
    assert OccurrenceCohort.objects.count() == 0


def test_a_clash_of_either_section_is_refused(registrar, harare, physics, engineering, term):
    busy = make_user()
    other = section_of(term, "CHE101")
    make_meeting(harare, section=other)
    give_teaching(registrar, section=other, account=busy)
    give_teaching(registrar, section=engineering, account=busy)
    assert refused(add_meeting, registrar, section=physics, **weekly()).code == "lecturer_busy"


def test_the_room_holds_all_who_meet_together(registrar, harare, physics, engineering):
    hall = make_room(harare, capacity=40)
    assert refused(add_meeting, registrar, section=physics, room=hall, **weekly()).code == "room_too_small"
    change_section(registrar, physics, combined_capacity=40)
    add_meeting(registrar, section=Section.objects.get(pk=physics.pk), room=hall, **weekly())
    refusal = refused(change_section, registrar, physics, combined_capacity=41)
    assert (refusal.code, refusal.problems[0].field) == ("room_too_small", "combined_capacity")


def test_the_database_counts_the_seats_of_all_who_meet_together(registrar, physics, engineering):
    change_section(registrar, physics, combined_capacity=3)
    Section.objects.filter(pk=physics.pk).update(seats_taken=2)
    Section.objects.filter(pk=engineering.pk).update(seats_taken=1)
    for section, seats in ((physics, 3), (engineering, 2)):
        broken("section_seats_within_combined", section, seats_taken=seats)
    refusal = refused(change_section, registrar, physics, combined_capacity=2)
    assert (refusal.code, refusal.problems[0].field) == ("too_few_seats", "combined_capacity")
    broken("section_combined_where_they_meet", engineering, combined_capacity=9)


# --- Registering ---
@pytest.fixture
def mechanics(harare) -> Section:
    return make_coming_section(harare, code="M1", capacity=10)


def lab_of(whole: Section, code: str, **fields: Any) -> Section:
    return make_section(
        whole.institution, course=whole.course, term=whole.term, code=code, kind="lab", whole=whole, **fields
    )


def held_by(enrollment: Any) -> list[str]:
    rows = Registration.objects.filter(enrollment=enrollment, status="registered")
    return sorted(rows.values_list("section__code", flat=True))


def test_a_whole_is_taken_with_one_part_of_each_kind(registrar, harare, mechanics):
    first, second = lab_of(mechanics, "L1"), lab_of(mechanics, "L2")
    enrollment = make_enrollment(harare)
    (verdict,) = check_cohort(registrar, [enrollment], [mechanics])
    (failure,) = verdict.failed
    assert (failure.check, failure.code) == ("linked", "part_missing")
    assert "Register for one of L1, L2 in the same call" in failure.remedy
    assert codes(cohort(registrar, [enrollment], [first])) == [["whole_missing"]]
    # In whatever order they are named.
    assert codes(cohort(registrar, [enrollment], [first, mechanics])) == [[], []]
    assert codes(cohort(registrar, [enrollment], [second])) == [["other_part"]]
    assert held_by(enrollment) == ["L1", "M1"]
    swap(registrar, Registration.objects.get(section=first), section=second)
    assert held_by(enrollment) == ["L2", "M1"]
    assert all(taken == rows for taken, rows in recount(harare))


def test_a_whole_and_its_part_are_taken_together_or_not_at_all(registrar, harare, mechanics):
    lab = lab_of(mechanics, "L1", capacity=1)
    some = [make_enrollment(harare) for _ in range(3)]
    answers = cohort(registrar, some, [mechanics, lab])
    assert codes(answers) == [[], ["torn_apart"], ["torn_apart"], [], ["full"], ["full"]]
    assert [held_by(one) for one in some] == [["L1", "M1"], [], []]
    assert recount(harare) == [(1, 1), (1, 1)]
    assert answers[1].failed[0].message == "It was asked for together with section L1, which was refused."


def test_a_seat_of_whom_a_part_refuses_goes_to_the_next(registrar, harare, mechanics):
    change_section(registrar, mechanics, capacity=1)
    lab = lab_of(mechanics, "L1")
    first, second = make_enrollment(harare), make_enrollment(harare)
    make_registration(harare, enrollment=first, section=lab)  # a part without its whole, from before
    Section.objects.filter(pk=lab.pk).update(seats_taken=1)
    answers = cohort(registrar, [first, second], [mechanics, lab])
    assert codes(answers) == [["torn_apart"], [], ["already_registered"], []]
    assert held_by(second) == ["L1", "M1"]


def test_who_leaves_a_whole_leaves_its_parts(registrar, harare, mechanics):
    lab = lab_of(mechanics, "L1")
    dropping, withdrawing = make_enrollment(harare), make_enrollment(harare)
    cohort(registrar, [dropping, withdrawing], [mechanics, lab])
    of = {(one.enrollment_id, one.section_id): one for one in Registration.objects.all()}
    for leave, fields in ((drop, {}), (withdraw, {"withdrawn_on": timezone.localdate()})):
        with pytest.raises(RuleBroken, match="part of section M1"):
            leave(registrar, of[dropping.pk, lab.pk], **fields)
    drop(registrar, of[dropping.pk, mechanics.pk])
    withdraw(registrar, of[withdrawing.pk, mechanics.pk], withdrawn_on=timezone.localdate())
    assert (held_by(dropping), held_by(withdrawing)) == ([], [])
    assert recount(harare) == [(0, 0), (0, 0)]
    assert Registration.objects.filter(enrollment=dropping).count() == 0
    reinstate(registrar, of[withdrawing.pk, mechanics.pk])
    assert held_by(withdrawing) == ["L1", "M1"]


def test_the_hours_of_cross_listed_sections_clash_with_others(registrar, harare, physics, engineering, term):
    make_meeting(harare, section=physics)
    other = section_of(term, "CHE101")
    make_meeting(harare, section=other)
    enrollment = make_enrollment(harare)
    make_registration(harare, enrollment=enrollment, section=engineering)
    for section in (other, physics):
        (verdict,) = check_cohort(registrar, [enrollment], [section])
        assert [failure.code for failure in verdict.failed] == ["time_clash"]
