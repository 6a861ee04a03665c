"""This file holds the tests of the calendar: years, terms and their parts."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from academic.calendar.dividing import divide_year
from academic.calendar.rules import add_exception, add_holiday, add_term, cancel_holiday, change_holiday, change_term
from academic.calendar.weeks import days_of, weeks_of
from academic.factories import (
    make_course,
    make_feed,
    make_holiday,
    make_program,
    make_section,
    make_term,
    make_term_exception,
    make_window,
)
from academic.models import Holiday, Section, Term, TermException
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_section, offer_section
from core.actor import Actor
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, person_at
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
    parent = make_term(harare, kind=whole, parent=make_term(harare) if whole == "sub_term" else None)
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
        Term.objects.filter(pk=year.pk).update(kind="term")


def test_the_database_refuses_days_that_no_calendar_has_however_they_arrive(registrar: Actor, harare: Institution):
    term, section = make_term(harare), make_section(harare)
    wrong: list[tuple[str, Any, dict[str, Any]]] = [
        ("longer than two years", term, {"ends_on": date(2028, 2, 11)}),
        ("term_not_after_2200", term, {"starts_on": date(2200, 1, 1), "ends_on": date(2201, 1, 1)}),
        ("term_part_of_a_whole", term, {"kind": "sub_term"}),
        ("section_not_before_1900", section, {"starts_on": date(1899, 12, 31)}),
        ("section shares no day with its term", section, {"ends_on": date(2026, 2, 8), "starts_on": date(2026, 2, 1)}),
    ]
    for name, row, changes in wrong:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**changes)


def test_the_first_and_the_last_days_of_the_calendar_are_days_like_others(registrar: Actor, harare: Institution):
    first = make_term(harare, starts_on=date(1900, 1, 1), ends_on=date(1900, 5, 1))
    last = make_term(harare, starts_on=date(2200, 9, 1), ends_on=date(2200, 12, 31))
    make_holiday(harare, starts_on=date(2200, 12, 31), ends_on=date(2200, 12, 31))
    for term in (first, last):
        make_window(harare, term=term, opens_after=-300, closes_after=100)
    client = client_of(Person(registrar))
    assert [len(client.get(f"{URL}{term.pk}/weeks/").json()["data"]) for term in (first, last)] == [18, 18]
    feed = client_of().get("/api/" + make_feed(harare).url.partition("/api/")[2])
    assert feed.content.count(b"DTEND;VALUE=DATE:22010101") == 2


def test_a_section_shares_a_day_with_its_term_or_with_the_days_of_its_program(registrar: Actor, harare: Institution):
    program = make_program(harare)
    term = make_term(harare, ends_on=date(2026, 3, 1))
    days = {"starts_on": date(2026, 3, 9), "ends_on": date(2026, 5, 1)}
    course = make_course(harare, program=program)
    words = refused("outside_the_term", "starts_on", offer_section, registrar, course=course, term=term, **days)
    assert words == f"A section of {term.code} has a day from 2026-02-09 to 2026-03-01."
    make_term_exception(harare, term=term, program=program, starts_on=date(2026, 3, 2), ends_on=date(2026, 5, 1))
    section = offer_section(registrar, course=course, term=term, **days)
    before_it = {"starts_on": date(2026, 1, 5), "ends_on": date(2026, 2, 1)}
    refused("outside_the_term", "ends_on", change_section, registrar, section, **before_it)
    assert change_section(registrar, section, starts_on=date(2026, 2, 1)).starts_on == date(2026, 2, 1)


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


# --- Years by a structure --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("structure", "days"),
    [
        ("semesters", [("01-05", "04-26", "02-09"), ("06-08", "09-27", "07-13")]),
        ("trimesters", [("01-05", "04-05", "01-26"), ("04-27", "07-26", "05-18"), ("08-17", "11-15", "09-07")]),
        (
            "quarters",
            [
                ("01-05", "03-15", "01-19"),
                ("03-30", "06-07", "04-13"),
                ("06-22", "08-30", "07-06"),
                ("09-14", "11-22", "09-28"),
            ],
        ),
        (
            "block_release",
            [
                ("01-05", "02-15", "01-12"),
                ("03-30", "05-10", "04-06"),
                ("06-22", "08-02", "06-29"),
                ("09-14", "10-25", "09-21"),
            ],
        ),
    ],
)
def test_a_year_is_divided_by_a_structure(registrar: Actor, year: Term, structure: str, days: list):
    divide_year(registrar, year, structure=structure)
    terms = list(Term.objects.filter(parent=year).order_by("starts_on"))
    assert [(f"{one.starts_on:%m-%d}", f"{one.ends_on:%m-%d}", f"{one.census_on:%m-%d}") for one in terms] == days
    assert [one.code for one in terms] == [f"2026-{number}" for number in range(1, len(days) + 1)]
    assert {one.kind for one in terms} == {"term"}


def test_a_division_says_parts_weeks_gaps_and_census(registrar: Actor, harare: Institution, year: Term):
    body = {"structure": "block_release", "parts": 2, "weeks": 3, "gap_weeks": 1, "census_week": 2}
    answer = client_of(registrar).post(f"{URL}{year.pk}/divide/", body)
    assert answer.status_code == 200, answer.content
    terms = Term.objects.filter(parent=year).order_by("starts_on")
    assert list(terms.values_list("name", "starts_on", "ends_on", "census_on")) == [
        ("Block 1 of 2026", date(2026, 1, 5), date(2026, 1, 25), date(2026, 1, 12)),
        ("Block 2 of 2026", date(2026, 2, 2), date(2026, 2, 22), date(2026, 2, 9)),
    ]


def test_a_divided_year_passes_over_its_breaks(registrar: Actor, harare: Institution, year: Term):
    make_holiday(harare, starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 9), is_break=True)
    make_holiday(harare, starts_on=date(2026, 2, 2), ends_on=date(2026, 2, 8), is_break=True)
    [first, *_] = divide_year(registrar, year, structure="semesters")
    assert (first.starts_on, first.ends_on, first.census_on) == (
        date(2026, 1, 12),
        date(2026, 5, 10),
        date(2026, 2, 23),
    )
    assert max(week.number for week in weeks_of(first) if week.number) == 16


def test_terms_that_the_year_does_not_hold_are_refused(registrar: Actor, year: Term):
    words = refused("longer_than_the_year", "weeks", divide_year, registrar, year, structure="quarters", weeks=12)
    expected = "4 times 12 teaching weeks with 2 weeks between them last until 2027-01-17; the year ends on 2026-12-31."
    assert words == expected


def test_what_a_division_can_not_be_is_told(registrar: Actor, harare: Institution, year: Term):
    refused("census_outside", "census_week", divide_year, registrar, year, structure="quarters", census_week=11)
    refused("parts_are_fixed", "parts", divide_year, registrar, year, structure="quarters", parts=5)
    refused("not_a_year", None, divide_year, registrar, make_term(harare), structure="quarters")
    long = make_term(harare, kind="year", code="Y" * 18)
    assert refused("code_too_long", None, divide_year, registrar, long, structure="quarters").startswith("The terms ")
    divide_year(registrar, year, structure="quarters")
    refused("already_divided", None, divide_year, registrar, year, structure="semesters")


# --- Exceptions, holidays, weeks -------------------------------------------------------------------------------------
def test_a_program_may_have_days_of_its_own(registrar: Actor, harare: Institution):
    term, program = make_term(harare, census_on=date(2026, 4, 1)), make_program(harare)
    own = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 7, 3), "census_on": date(2026, 4, 20)}
    add_exception(registrar, term=term, program=program, reason="Attachment", **own)
    assert vars_of(days_of(term, program.pk)) == tuple(own.values())
    assert vars_of(days_of(term, make_program(harare).pk)) == (term.starts_on, term.ends_on, term.census_on)
    with pytest.raises(Invalid) as refusal:
        add_exception(registrar, term=term, program=program, reason="Twice", **own)
    assert (refusal.value.code, TermException.objects.count()) == ("exception_there", 1)


def vars_of(days) -> tuple:
    return (days.starts_on, days.ends_on, days.census_on)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_on": date(2025, 10, 1)}, "far_from_the_term"),
        ({"ends_on": date(2026, 10, 18)}, "far_from_the_term"),
        ({"ends_on": date(2026, 2, 20)}, "ends_before_it_starts"),
        ({"census_on": date(2026, 3, 1)}, "census_outside"),
    ],
)
def test_an_exception_stays_near_its_term(registrar: Actor, harare: Institution, changes: dict, code: str):
    days = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 7, 3), **changes}
    with pytest.raises(RuleBroken) as refusal:
        add_exception(registrar, term=make_term(harare), program=make_program(harare), reason="Late", **days)
    assert (refusal.value.code, TermException.objects.count()) == (code, 0)


def test_a_term_does_not_move_far_from_its_exceptions(registrar: Actor, harare: Institution):
    exception = make_term_exception(harare)
    term = exception.term
    words = refused("far_from_the_term", "ends_on", change_term, registrar, term, ends_on=date(2026, 10, 18))
    assert words == "The term ends on 2026-10-18: an exception ends within 120 days of that."


@pytest.mark.parametrize(
    ("ends_on", "code"), [(date(2026, 4, 17), "ends_before_it_starts"), (date(2026, 9, 1), "holiday_too_long")]
)
def test_a_holiday_ends_after_it_starts_and_soon(registrar: Actor, ends_on: date, code: str):
    with pytest.raises(RuleBroken) as refusal:
        add_holiday(registrar, name="Independence Day", starts_on=date(2026, 4, 18), ends_on=ends_on)
    assert (refusal.value.code, Holiday.objects.count()) == (code, 0)


def test_a_canceled_holiday_stays_as_it_was(registrar: Actor, harare: Institution):
    holiday = cancel_holiday(registrar, make_holiday(harare))
    for rule, fields in ((cancel_holiday, {}), (change_holiday, {"name": "Other"})):
        with pytest.raises(RuleBroken) as refusal:
            rule(registrar, holiday, **fields)
        assert refusal.value.code == "holiday_canceled"
    assert Holiday.objects.values_list("name", "is_canceled").get() == (holiday.name, True)


def test_teaching_weeks_are_numbered_and_breaks_are_not(registrar: Actor, harare: Institution):
    term = make_term(harare, starts_on=date(2026, 2, 11), ends_on=date(2026, 3, 10))
    make_holiday(harare, name="Break", starts_on=date(2026, 2, 23), ends_on=date(2026, 2, 27), is_break=True)
    make_holiday(harare, name="Youth Day", starts_on=date(2026, 2, 21), ends_on=date(2026, 2, 21))
    make_holiday(harare, name="Taught", starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 5), is_break=True)
    make_holiday(harare, name="Canceled", starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 3), is_canceled=True)
    answer = client_of(person_at(harare, "academic.view_term")).get(f"{URL}{term.pk}/weeks/")
    assert [tuple(week.values()) for week in answer.json()["data"]] == [
        (1, "2026-02-09", "2026-02-15", []),
        (2, "2026-02-16", "2026-02-22", ["Youth Day"]),
        (None, "2026-02-23", "2026-03-01", ["Break"]),
        (3, "2026-03-02", "2026-03-08", ["Taught"]),
        (4, "2026-03-09", "2026-03-15", []),
    ]


def test_the_weeks_of_a_program_are_those_of_its_own_days(harare: Institution, mutare: Institution):
    with reaching(harare.pk):
        exception = make_term_exception(harare)
        own = weeks_of(exception.term, exception.program_id)
        assert own[0].starts_on == exception.term.starts_on + timedelta(weeks=1)
    url, client = f"{URL}{exception.term_id}/weeks/", client_of(person_at(harare, "academic.view_term"))
    assert len(client.get(f"{url}?program={exception.program_id}").json()["data"]) == len(own)
    for unknown in ("x", exception.term_id):
        assert client.get(f"{url}?program={unknown}").json()["errors"][0]["field"] == "program"
    assert client_of(person_at(mutare, "academic.view_term")).get(url).status_code == 404
