"""This file holds what is promised of sections that belong together: parts of a whole, and cross-listed ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from academic.factories import make_course, make_meeting, make_program_version, make_section, make_term
from academic.meetings.rules import add_meeting
from academic.models import OccurrenceCohort, OccurrenceLecturer, Section, SectionCohort
from academic.permissions import PERMISSIONS
from academic.sections.rules import add_section_cohort, change_section, end_teaching, give_teaching, offer_section
from academic.tests.timetable_lab import MONDAYS, refused, section_of, weekly
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
