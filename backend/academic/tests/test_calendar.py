"""This file holds the tests of the calendar: years, terms and their parts."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from academic.calendar.rules import add_term, change_term
from academic.factories import make_course, make_section, make_term
from academic.models import Section, Term
from academic.permissions import PERMISSIONS
from academic.sections.rules import offer_section
from core.actor import Actor
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department
from faculties.models import Institution

pytestmark = pytest.mark.django_db
URL = "/api/v1/academic/terms/"
TERM = {"code": "2026-1", "name": "First semester", "academic_year": 2026}
YEAR = {"code": "2026", "name": "Year 2026", "academic_year": 2026, "kind": "year"}
FIRST = {"starts_on": date(2026, 2, 9), "ends_on": date(2026, 6, 19)}
WHOLE = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def year(registrar: Actor) -> Term:
    return add_term(registrar, **YEAR, **WHOLE)


def refused(code: str, field: str | None, rule, /, *args, **fields) -> str:
    """The sentence of a refusal, after which all terms are as they were."""
    before = list(Term.objects.values())
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    assert (refusal.value.code, refusal.value.problems[0].field) == (code, field)
    assert list(Term.objects.values()) == before
    return refusal.value.message


# --- Terms in terms --------------------------------------------------------------------------------------------------
def test_a_term_ends_after_it_starts(registrar: Actor):
    refused(
        "ends_before_it_starts", "ends_on", add_term, registrar,
        **TERM, starts_on=date(2026, 6, 1), ends_on=date(2026, 2, 1),
    )  # fmt: skip


def test_the_census_lies_in_the_term(registrar: Actor):
    with pytest.raises(Invalid) as refusal:
        add_term(registrar, **TERM, **FIRST, census_on=date(2026, 7, 1))
    assert (refusal.value.code, Term.objects.count()) == ("census_outside", 0)


def test_terms_of_one_track_share_no_day(registrar: Actor):
    first = add_term(registrar, **TERM, **FIRST)
    days = {"starts_on": first.ends_on, "ends_on": date(2026, 12, 1)}
    words = refused("terms_overlap", "starts_on", add_term, registrar, **{**TERM, "code": "2026-2"}, **days)
    assert words == "It shares days with 2026-1 (2026-02-09 to 2026-06-19): two of one kind share none."
    days["starts_on"] = date(2026, 6, 20)
    assert add_term(registrar, **{**TERM, "code": "2026-2"}, **days).starts_on == date(2026, 6, 20)


def test_terms_of_two_tracks_may_overlap(registrar: Actor):
    add_term(registrar, **TERM, **FIRST, track="B")
    later = add_term(registrar, **{**TERM, "code": "2026-2"}, **FIRST, track="J")
    assert later.track == "J"
    refused("terms_overlap", "starts_on", change_term, registrar, later, track="B")


def test_the_database_refuses_terms_that_overlap_however_they_arrive(registrar: Actor, harare: Institution):
    make_term(harare, track="")
    with pytest.raises(IntegrityError, match="term_one_at_a_time"), transaction.atomic():
        Term.objects.bulk_create([Term(institution=harare, **TERM, **FIRST)])


def test_a_year_has_terms_and_a_term_has_parts(registrar: Actor):
    year = add_term(registrar, **YEAR, **WHOLE, track="evening")
    term = add_term(registrar, **TERM, **FIRST, parent=year)
    block = {**TERM, "code": "B1", "kind": "sub_term", "starts_on": date(2026, 2, 9), "ends_on": date(2026, 3, 20)}
    part = add_term(registrar, **block, parent=term)
    assert [part.parent, part.parent.parent, part.track] == [term, year, "evening"]


def test_a_part_lies_within_the_days_of_its_whole(registrar: Actor, year: Term):
    days = {"starts_on": date(2026, 9, 1), "ends_on": date(2027, 1, 15)}
    words = refused("outside_parent", "ends_on", add_term, registrar, **TERM, **days, parent=year)
    assert words == "It lies within the days of 2026 (2026-01-01 to 2026-12-31)."


def test_a_whole_does_not_shrink_under_its_parts(registrar: Actor, year: Term):
    add_term(registrar, **TERM, **FIRST, parent=year)
    words = refused("parts_outside", "ends_on", change_term, registrar, year, ends_on=date(2026, 6, 18))
    assert words == "Its part 2026-1 (2026-02-09 to 2026-06-19) would lie outside it."
    assert change_term(registrar, year, ends_on=date(2026, 6, 19)).ends_on == date(2026, 6, 19)


@pytest.mark.parametrize(("kind", "whole"), [("term", "term"), ("term", "sub_term"), ("sub_term", "sub_term")])
def test_a_part_is_of_a_lower_kind(registrar: Actor, harare: Institution, kind: str, whole: str):
    parent = make_term(harare, kind=whole)
    refused("kind_not_below", "parent", add_term, registrar, **TERM, **FIRST, kind=kind, parent=parent)


def test_a_year_is_no_part(registrar: Actor, year: Term):
    refused("kind_not_below", "parent", add_term, registrar, **{**YEAR, "code": "X"}, **WHOLE, parent=year, track="X")


def test_the_database_refuses_a_part_outside_its_whole_however_it_arrives(registrar: Actor, harare: Institution):
    year = make_term(harare, kind="year")
    part = make_term(harare, parent=year)
    for row, changes in ((year, {"starts_on": date(2026, 2, 10)}), (part, {"ends_on": date(2026, 6, 20)})):
        with pytest.raises(IntegrityError, match="lies within its days"), transaction.atomic():
            Term.objects.filter(pk=row.pk).update(**changes)
    with pytest.raises(IntegrityError, match="of a lower kind"), transaction.atomic():
        Term.objects.filter(pk=year.pk).update(kind="sub_term")


def test_a_section_is_offered_in_no_year(registrar: Actor, harare: Institution, year: Term):
    course = make_course(harare)
    words = refused("offered_in_a_year", "term", offer_section, registrar, course=course, term=year)
    assert (words, Section.objects.count()) == ("2026 is a year: choose a term of it.", 0)
    with pytest.raises(IntegrityError, match="offered in a year"), transaction.atomic():
        make_section(harare, course=course, term=year)
    with pytest.raises(IntegrityError, match="offered in a year"), transaction.atomic():
        Term.objects.filter(pk=make_section(harare).term_id).update(kind="year")


def test_the_kind_of_a_term_stays(harare: Institution):
    term = make_term(harare)
    person = person_at(harare, *PERMISSIONS)
    answer = client_of(person).patch(f"{URL}{term.pk}/", {"kind": "year"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "kind")


def test_who_is_at_a_department_sees_the_calendar_and_changes_none(harare: Institution):
    term, department = make_term(harare), make_department(harare)
    client = client_of(person_at(department, "academic.view_term", "academic.change_term"))
    assert [row["id"] for row in client.get(URL).json()["data"]] == [str(term.pk)]
    assert client.patch(f"{URL}{term.pk}/", {"name": "Other"}).status_code == 403
