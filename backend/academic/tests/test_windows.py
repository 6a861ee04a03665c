"""This file holds the tests of windows: which one holds, and where it may lie."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from academic.calendar.rules import add_window, change_exception, change_term, change_window, remove_exception
from academic.calendar.windows import Opening, window_of
from academic.factories import (
    make_program,
    make_section,
    make_term,
    make_term_exception,
    make_window,
)
from academic.models import Section, Term, TermException, Window
from academic.permissions import PERMISSIONS
from core.actor import Actor
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from faculties.institutions.rules import change_institution
from faculties.models import Institution

pytestmark = pytest.mark.django_db
LAST = "closes by the end of 2026-06-19, its last day."
ADD, RESULTS = Window.Kind.ADD, Window.Kind.RESULTS
DAYS = {"opens_after": 0, "closes_after": 14}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Africa/Harare"))


def instants(opens: str, closes: str) -> dict:
    return {"opens_at": at(opens), "closes_at": at(closes)}


def held_by(section: Section, program=None, kind: Window.Kind = ADD) -> Opening | None:
    return window_of(section.institution_id, section.pk, program and program.pk, kind)


# --- Which window holds ----------------------------------------------------------------------------------------------
def test_without_a_window_there_is_no_limit(harare: Institution):
    with reaching(harare.pk):
        section = make_section(harare)
        make_window(harare)
        make_window(harare, term=section.term, kind="drop")
        assert held_by(section) is None


def test_days_count_from_the_first_of_the_section_by_the_clocks_of_the_institution(harare: Institution):
    with reaching(harare.pk):
        section = make_section(harare, starts_on=date(2026, 3, 2))
        make_window(harare, term=section.term, opens_after=-1, closes_after=3)
        opening = held_by(section)
    assert opening == Opening(at("2026-03-01"), at("2026-03-06"))
    assert opening.opens_at == datetime(2026, 2, 28, 22, tzinfo=UTC)
    moments = [opening.opens_at - timedelta(seconds=1), opening.opens_at, opening.closes_at]
    assert [opening.holds(now) for now in moments] == [False, True, False]


def test_days_are_whole_days_when_the_clocks_change(harare: Institution):
    with reaching(harare.pk):
        Institution.objects.filter(pk=harare.pk).update(time_zone="Europe/London")
        section = make_section(harare, starts_on=date(2026, 3, 28))
        make_window(harare, term=section.term, opens_after=0, closes_after=1)
        opening = held_by(section)
    assert opening == Opening(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC))


def test_the_window_of_a_section_holds_before_that_of_a_program_and_that_before_the_terms(harare: Institution):
    with reaching(harare.pk):
        section, other, program = make_section(harare), make_section(harare), make_program(harare)
        term = section.term
        for closes, of in ((20, {}), (21, {"program": program}), (22, {"section": section})):
            make_window(harare, term=term, opens_after=0, closes_after=closes, **of)
        beside = make_section(harare, term=term)
        days = {
            "section": held_by(section, program),
            "program": held_by(beside, program),
            "term": held_by(beside, make_program(harare)),
            "nobody's": held_by(beside),
        }
        assert held_by(other, program) is None
    first = at("2026-02-09")
    lasted = {name: (opening.closes_at - first).days - 1 for name, opening in days.items()}
    assert lasted == {"section": 22, "program": 21, "term": 20, "nobody's": 20}


def test_a_part_of_a_term_has_the_windows_of_its_whole_unless_it_has_its_own(harare: Institution):
    with reaching(harare.pk):
        year = make_term(harare, kind="year")
        term = make_term(harare, parent=year)
        section = make_section(harare, term=make_term(harare, kind="sub_term", parent=term))
        found = []
        for closes, where in ((30, year), (20, term), (10, section.term)):
            make_window(harare, term=where, opens_after=0, closes_after=closes)
            found.append((held_by(section).closes_at - at("2026-02-09")).days - 1)
    assert found == [30, 20, 10]


def test_other_sql_joins_the_window_that_holds(harare: Institution, mutare: Institution):
    with reaching(harare.pk, mutare.pk):
        ours, theirs, open_to_all = make_section(harare), make_section(mutare), make_section(harare)
        make_window(harare, term=ours.term)
        make_window(mutare, term=theirs.term)
    statement = """
    SELECT section.id, closes_at FROM academic_section section
    LEFT JOIN LATERAL academic_window_of(section.institution_id, section.id, NULL, 'add') own ON true"""
    with reaching(harare.pk), connection.cursor() as cursor:
        cursor.execute(statement)
        assert dict(cursor.fetchall()) == {ours.pk: at("2026-02-24"), open_to_all.pk: None}


# --- Where a window may lie ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "given", "field", "words"),
    [
        (
            ADD,
            instants("2026-02-09", "2026-06-20T00:01"),
            "closes_at",
            LAST,
        ),
        (
            ADD,
            {"opens_after": 0, "closes_after": 131},
            "closes_after",
            LAST,
        ),
        ("register", instants("2025-02-08", "2026-03-01"), "opens_at", "opens on 2025-02-09 or later."),
        ("register", {"opens_after": -366, "closes_after": 1}, "opens_after", "opens on 2025-02-09 or later."),
        (RESULTS, instants("2026-02-08", "2026-07-01"), "opens_at", "opens on 2026-02-09 or later."),
    ],
)
def test_a_window_outside_its_term_is_refused(registrar: Actor, harare: Institution, kind, given, field, words):
    term = make_term(harare)
    with pytest.raises(RuleBroken) as refusal:
        add_window(registrar, term=term, kind=kind, **given)
    assert (refusal.value.code, refusal.value.problems[0].field) == ("window_outside_the_term", field)
    assert refusal.value.message == f"This window of {term.code} {words}"
    assert Window.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (ADD, instants("2025-02-09", "2026-06-20")),
        (ADD, {"opens_after": -365, "closes_after": 130}),
        (RESULTS, instants("2026-07-01", "2027-01-01")),
    ],
)
def test_a_window_may_reach_to_the_ends_of_its_term(registrar: Actor, harare: Institution, kind, given):
    assert add_window(registrar, term=make_term(harare), kind=kind, **given).kind == kind


def test_a_window_of_a_program_keeps_to_the_days_of_its_exception(registrar: Actor, harare: Institution):
    exception = make_term_exception(harare, ends_on=date(2026, 7, 3))
    of = {"term": exception.term, "program": exception.program, "kind": ADD}
    assert add_window(registrar, **of, **instants("2026-02-16", "2026-07-04")).program == exception.program


def test_a_term_does_not_leave_its_windows(registrar: Actor, harare: Institution):
    window = add_window(registrar, term=make_term(harare), kind=ADD, **instants("2026-02-09", "2026-06-20"))
    with pytest.raises(RuleBroken) as refusal:
        change_term(registrar, window.term, ends_on=date(2026, 6, 18))
    assert (refusal.value.code, refusal.value.problems[0].field) == ("windows_outside", "ends_on")
    assert Term.objects.get(pk=window.term_id).ends_on == date(2026, 6, 19)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "instants_or_days"),
        ({"opens_after": 0}, "instants_or_days"),
        ({**DAYS, **instants("2026-02-09", "2026-03-01")}, "instants_or_days"),
        ({"opens_at": at("2026-02-09"), "closes_after": 3}, "instants_or_days"),
        (instants("2026-03-01", "2026-03-01"), "closes_before_it_opens"),
        ({"opens_after": 3, "closes_after": 2}, "closes_before_it_opens"),
    ],
)
def test_a_window_has_two_ends_of_one_form_in_order(registrar: Actor, harare: Institution, given: dict, code: str):
    term = make_term(harare)
    with pytest.raises(Invalid) as refusal:
        add_window(registrar, term=term, kind=ADD, **given)
    assert (refusal.value.code, Window.objects.count()) == (code, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Window.objects.bulk_create([Window(institution=harare, term=term, kind=ADD, **given)])


def test_there_is_one_window_of_a_kind_for_the_same(registrar: Actor, harare: Institution):
    window = make_window(harare)
    with pytest.raises(Invalid) as refusal:
        add_window(registrar, term=window.term, kind=ADD, **DAYS)
    assert (refusal.value.code, Window.objects.count()) == ("window_there", 1)
    with pytest.raises(IntegrityError, match="window_once"), transaction.atomic():
        Window.objects.bulk_create([Window(institution=harare, term=window.term, kind=ADD, **DAYS)])


def test_a_window_is_of_a_program_or_of_a_section(registrar: Actor, harare: Institution):
    section = make_section(harare)
    with pytest.raises(Invalid) as refusal:
        add_window(registrar, term=section.term, kind=ADD, **DAYS, section=section, program=make_program(harare))
    assert (refusal.value.code, Window.objects.count()) == ("program_or_section", 0)


def test_the_window_of_a_section_is_of_its_term(registrar: Actor, harare: Institution):
    section, term = make_section(harare), make_term(harare)
    with pytest.raises(RuleBroken) as refusal:
        add_window(registrar, term=term, kind=ADD, **DAYS, section=section)
    assert (refusal.value.code, Window.objects.count()) == ("section_of_another_term", 0)
    Window.objects.bulk_create([Window(institution=harare, term=term, section=section, kind=ADD, **DAYS)])
    with pytest.raises(IntegrityError, match="academic_window_section_same"), transaction.atomic():
        connection.check_constraints()
    Window.objects.all().delete()


def test_a_window_changes_its_form(registrar: Actor, harare: Institution):
    window = make_window(harare)
    times = instants("2026-02-09", "2026-03-01")
    assert change_window(registrar, window, **times, opens_after=None, closes_after=None).closes_at == at("2026-03-01")
    with pytest.raises(RuleBroken):
        change_window(registrar, window, closes_at=at("2027-01-01"))
    assert Window.objects.get().closes_at == at("2026-03-01")


def test_an_exception_does_not_leave_the_windows_of_its_program(registrar: Actor, harare: Institution):
    exception = make_term_exception(harare, ends_on=date(2026, 7, 3))
    of = {"term": exception.term, "program": exception.program, "kind": ADD}
    add_window(registrar, **of, **instants("2026-02-16", "2026-07-04"))
    for rule, changes in ((change_exception, {"ends_on": date(2026, 7, 2)}), (remove_exception, {})):
        with pytest.raises(RuleBroken) as refusal:
            rule(registrar, exception, **changes)
        assert (refusal.value.code, refusal.value.problems[0].field) == ("windows_outside", "ends_on")
    assert TermException.objects.get().ends_on == date(2026, 7, 3)


# --- What the database refuses, however it arrives ---
def outside_by_force(write) -> str:
    """The limit that the database names at the end of what is written."""

    def written() -> None:
        with transaction.atomic():
            write()
            connection.check_constraints()

    with pytest.raises(IntegrityError) as refusal:
        written()
    return refusal.value.__cause__.diag.constraint_name


def test_the_database_holds_windows_to_their_term_however_they_arrive(harare: Institution):
    with reaching(harare.pk):
        window = make_window(harare, closes_after=130)
        section = make_section(harare, term=make_term(harare))
        make_window(harare, term=section.term, section=section, closes_after=130)
        results = make_window(harare, kind=RESULTS, opens_after=0, closes_after=300)
        writes = [
            lambda: Window.objects.filter(pk=window.pk).update(closes_after=131),
            lambda: Window.objects.filter(pk=window.pk).update(opens_after=-366),
            lambda: Window.objects.filter(pk=results.pk).update(opens_after=-1),
            lambda: Term.objects.filter(pk=window.term_id).update(ends_on=date(2026, 6, 18)),
            lambda: Section.objects.filter(pk=section.pk).update(starts_on=date(2026, 2, 10)),
            lambda: Window.objects.bulk_create(
                [Window(institution=harare, term=window.term, kind="drop", opens_after=0, closes_after=131)]
            ),
        ]
        assert {outside_by_force(write) for write in writes} == {"window_near_its_term"}


def test_the_database_holds_the_windows_of_a_program_to_its_exception(harare: Institution):
    with reaching(harare.pk):
        exception = make_term_exception(harare, ends_on=date(2026, 7, 3))
        of = {"term": exception.term, "program": exception.program, "kind": ADD}
        make_window(harare, **of, **instants("2026-02-16", "2026-07-04"), opens_after=None, closes_after=None)
        rows = TermException.objects.filter(pk=exception.pk)
        assert outside_by_force(rows.delete) == "window_near_its_term"
        assert outside_by_force(lambda: rows.update(ends_on=date(2026, 7, 2))) == "window_near_its_term"


def test_the_database_holds_exceptions_near_their_term(harare: Institution):
    with reaching(harare.pk):
        exception = make_term_exception(harare)
        rows, term = TermException.objects.filter(pk=exception.pk), Term.objects.filter(pk=exception.term_id)
        far = date(2026, 10, 18)
        assert outside_by_force(lambda: rows.update(ends_on=far)) == "term_exception_near_its_term"
        assert outside_by_force(lambda: term.update(ends_on=far)) == "term_exception_near_its_term"


def test_a_term_and_its_window_may_move_in_one_transaction(harare: Institution):
    with reaching(harare.pk):
        window = make_window(harare, **instants("2026-02-09", "2026-06-20"), opens_after=None, closes_after=None)
        term = Term.objects.filter(pk=window.term_id)
        with transaction.atomic():
            term.update(starts_on=date(2027, 8, 2), ends_on=date(2027, 11, 26))
            Window.objects.update(**instants("2027-08-02", "2027-11-27"))
            connection.check_constraints()
        assert term.get().starts_on == date(2027, 8, 2)


# --- Time zones ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["Mars/Olympus", "Africa", "", "../etc/passwd", "africa/harare", "+02:00"])
def test_the_time_zone_of_an_institution_is_a_real_one(harare: Institution, name: str):
    actor = person_at(harare, "faculties.change_institution").actor
    with reaching(harare.pk), pytest.raises(Invalid) as refusal:
        change_institution(actor, harare, time_zone=name)
    assert refusal.value.problems[0].field == "time_zone"
    assert Institution.objects.get(pk=harare.pk).time_zone == "Africa/Harare"
