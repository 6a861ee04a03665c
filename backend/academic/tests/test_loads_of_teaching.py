"""This file holds what is promised of the load of lecturers: hours times shares, against the norm of contracts."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academic.factories import make_term
from academic.meetings.rules import add_meeting, change_meeting, end_waiver, schedule_meeting, waive_limit
from academic.models import TeachingNorm
from academic.norms.rules import change_norm, set_norm
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_teaching, give_teaching, share_teaching
from academic.tests.timetable_lab import MONDAYS, refused, section_of, weekly
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, make_room
from faculties.models import Institution
from faculties.permissions import PERMISSIONS as PLACES
from staff.factories import make_contract, make_member
from staff.models import Member
from users.factories import make_grant, make_user
from users.roles.actors import actor_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/academic/teaching-loads/"
SEES = ("academic.view_teaching_load", "academic.view_term")
HALF = Decimal("0.5")


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, *PLACES).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks of twenty days, from a Monday to the last Saturday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=date(2026, 2, 28))


def employed(harare: Institution, name: str = "Rudo Moyo", *, department: Any = None, **contract: Any) -> Any:
    user = make_user(name=name)
    make_contract(harare, member=make_member(harare, account=user, department=department), **contract)
    return user


def load_of(harare: Institution, term: Any, account: Any) -> dict[str, Any]:
    client = client_of(person_at(harare, *SEES))
    rows = client.get(URL, {"term": str(term.pk)}).json()["data"]
    return next(row for row in rows if row["account"] == str(account.pk))


# --- What the list tells ---
def test_hours_times_share_stand_against_the_norm_of_the_contracts(registrar, harare, term):
    set_norm(registrar, hours=Decimal(4))
    set_norm(registrar, activity="research", per="term", hours=Decimal(5))
    lecturer = employed(harare, fte=HALF)
    section, other = section_of(term, "PHY"), section_of(term, "ALG")
    add_meeting(registrar, section=section, **weekly())
    add_meeting(registrar, section=other, **weekly(weekday=2))
    give_teaching(registrar, section=section, account=lecturer)
    teaching = give_teaching(registrar, section=other, account=lecturer)
    share_teaching(
        registrar,
        other,
        shares=[
            {"teaching": teaching.pk, "share": Decimal("0.25")},
            {"teaching": give_teaching(registrar, section=other, account=make_user()).pk, "share": Decimal("0.75")},
        ],
    )
    # Half a post of 4 hours in each of three weeks; six hours in full, and a quarter of six.
    assert load_of(harare, term, lecturer) == {
        "account": str(lecturer.pk),
        "name": "Rudo Moyo",
        "sections": 2,
        "hours": "7.50",
        "unshared": "6.00",
        "fte": "0.50",
        "norm": "6.00",
        "most": None,
        "balance": "1.50",
        "status": "over",
        "reasons": ["6.00 hours have no share stated, and count in full."],
    }
    # A contract for research that began in the middle of the term has a norm of its own.
    member = Member.objects.get(account=lecturer)
    make_contract(harare, member=member, activity="research", fte=HALF, starts_on=date(2026, 2, 19))
    told = load_of(harare, term, lecturer)
    assert (told["fte"], told["norm"], told["status"]) == ("0.75", "7.25", "over")


def test_whoever_teaches_without_a_contract_and_whoever_should_and_does_not_are_told(registrar, harare, term):
    set_norm(registrar, hours=Decimal(2))
    idle, guest, clerk = employed(harare, "Idle"), make_user(name="Guest"), employed(harare, "Clerk", activity="other")
    section = section_of(term, "PHY")
    add_meeting(registrar, section=section, **weekly())
    give_teaching(registrar, section=section, account=guest)
    told = load_of(harare, term, idle)
    assert (told["hours"], told["norm"], told["balance"], told["status"]) == ("0.00", "6.00", "-6.00", "under")
    told = load_of(harare, term, guest)
    assert (told["norm"], told["balance"], told["status"]) == (None, None, "no_norm")
    assert told["reasons"][0] == "There is no contract in this term, so no norm."
    give_teaching(registrar, section=section, account=clerk)
    told = load_of(harare, term, clerk)
    assert told["reasons"][0].startswith("There is no norm for these contracts")


def test_parts_of_a_term_count_with_it_and_other_terms_do_not(registrar, harare, term):
    part = make_term(harare, kind="sub_term", parent=term, starts_on=MONDAYS[0], ends_on=date(2026, 2, 15))
    later = make_term(harare, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 20))
    lecturer = make_user()
    for place, one in enumerate((term, part, later)):
        section = section_of(one, f"X{place}")
        add_meeting(registrar, section=section, **weekly(weekday=1 + place))
        give_teaching(registrar, section=section, account=lecturer)
    assert (load_of(harare, term, lecturer)["hours"], load_of(harare, later, lecturer)["hours"]) == ("8.00", "6.00")


def test_a_head_sees_who_belongs_to_the_department_or_teaches_there_and_a_lecturer_themselves(registrar, harare, term):
    set_norm(registrar, hours=Decimal(2))
    section, elsewhere = section_of(term, "PHY"), make_department(harare)
    department = section.course.program.department
    employed(harare, "Ours", department=department)
    guest, theirs = (employed(harare, name, department=elsewhere) for name in ("Guest", "Theirs"))
    add_meeting(registrar, section=section, **weekly())
    give_teaching(registrar, section=section, account=guest)
    make_grant(theirs, "lecturer", harare)
    for actor, names in (
        (person_at(department, *SEES), {"Ours", "Guest"}),
        (actor_of(theirs), {"Theirs"}),
        (registrar, {"Ours", "Guest", "Theirs"}),
    ):
        rows = client_of(actor).get(URL, {"term": str(term.pk)}).json()["data"]
        assert {row["name"] for row in rows} == names
    rows = client_of(registrar).get(URL, {"term": str(term.pk), "department": str(department.pk)}).json()["data"]
    assert [row["name"] for row in rows] == ["Guest", "Ours"]


def test_a_longer_list_costs_no_more_queries_and_wrong_questions_are_told(registrar, harare, mutare, term):
    set_norm(registrar, hours=Decimal(2))
    client, asked, costs = client_of(registrar), {"term": str(term.pk)}, []
    for _ in range(2):
        employed(harare)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL, asked).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]
    with reaching(mutare.pk):
        theirs = make_term(mutare)
    assert client.get(URL, {"term": str(theirs.pk)}).status_code == 404
    year = make_term(harare, kind="year", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    for wrong in ({}, {"term": "x"}, {"term": str(year.pk)}):
        answer = client.get(URL, wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "term")
    assert client_of(person_at(harare)).get(URL, asked).status_code == 403


# --- Norms ---
def test_a_norm_is_positive_and_its_most_is_not_below_it(registrar):
    refusal = refused(set_norm, registrar, hours=Decimal(4), most_hours=Decimal(3))
    assert (refusal.code, refusal.problems[0].field) == ("most_below_norm", "most_hours")
    assert refused(set_norm, registrar, hours=Decimal(0)).problems[0].field == "hours"
    norm = set_norm(registrar, hours=Decimal(4))
    assert refused(set_norm, registrar, hours=Decimal(5)).code == "norm_set"
    assert change_norm(registrar, norm, most_hours=Decimal(4)).most_hours == 4
    for wrong, name in (({"hours": 0}, "positive"), ({"most_hours": 3}, "most_not_below")):
        with pytest.raises(IntegrityError, match=f"teaching_norm_{name}"), transaction.atomic():
            TeachingNorm.objects.update(**wrong)


# --- The most hours ---
@pytest.fixture
def limited(registrar, harare):
    """Somebody who teaches at most six hours in three weeks."""
    set_norm(registrar, per="term", hours=Decimal(5), most_hours=Decimal(6))
    return employed(harare)


def test_nobody_is_given_more_hours_than_the_most(registrar, term, limited):
    first, second = section_of(term, "PHY"), section_of(term, "ALG")
    add_meeting(registrar, section=second, **weekly(weekday=2, ends_at=time(9), first_week=3))
    add_meeting(registrar, section=first, **weekly())
    give_teaching(registrar, section=first, account=limited)
    refusal = refused(give_teaching, registrar, section=second, account=limited)
    assert (refusal.code, refusal.problems[0].field) == ("too_many_hours", "account")
    assert refusal.message == (
        f"Rudo Moyo would teach 7.00 hours in {term.code}, and with 1.00 of a full post it is at most 6.00."
        " Give hours to somebody else, or have it waived for a meeting (load)."
    )
    examiner = give_teaching(registrar, section=second, account=limited, role="examiner")
    assert refused(change_teaching, registrar, examiner, attends=True).code == "too_many_hours"
    refusal = refused(add_meeting, registrar, section=first, **weekly(weekday=3))
    assert (refusal.code, refusal.problems[0].field) == ("too_many_hours", "section")


def test_shares_make_room_and_take_it(registrar, term, limited):
    section = section_of(term, "PHY")
    add_meeting(registrar, section=section, **weekly(ends_at=time(11)))
    mine, other = (
        give_teaching(registrar, section=section, account=account, role="examiner")
        for account in (limited, make_user())
    )
    change_teaching(registrar, other, attends=True)
    assert refused(change_teaching, registrar, mine, attends=True).code == "too_many_hours"
    change_teaching(registrar, mine, attends=True, share=HALF)
    change_teaching(registrar, other, share=HALF)
    shares = [{"teaching": mine.pk, "share": Decimal("0.9")}, {"teaching": other.pk, "share": Decimal("0.1")}]
    assert refused(share_teaching, registrar, section, shares=shares).problems[0].field == "shares"


@pytest.mark.time_machine(datetime(2026, 2, 1, tzinfo=UTC))
def test_who_has_too_many_hours_already_keeps_them_until_they_grow(registrar, harare, term):
    norm, lecturer = set_norm(registrar, per="term", hours=Decimal(5)), employed(harare)
    section = section_of(term, "PHY")
    meeting = add_meeting(registrar, section=section, **weekly())
    give_teaching(registrar, section=section, account=lecturer)
    change_norm(registrar, norm, most_hours=Decimal(5))
    assert load_of(harare, term, lecturer)["status"] == "above_most"
    change_meeting(registrar, meeting, room=make_room(harare))
    change_meeting(registrar, meeting, starts_at=time(8, 10))
    assert refused(change_meeting, registrar, meeting, starts_at=time(8)).code == "too_many_hours"


def test_it_is_waived_for_a_section_by_one_of_its_meetings(registrar, term, limited):
    section = section_of(term, "PHY")
    give_teaching(registrar, section=section, account=limited)
    planned = add_meeting(registrar, section=section, is_planned=True, **weekly(ends_at=time(12)))
    assert refused(schedule_meeting, registrar, planned).code == "too_many_hours"
    waiver = waive_limit(registrar, meeting=planned, waives="load", reason="Nobody else knows it.")
    assert schedule_meeting(registrar, planned).status == "scheduled"
    assert refused(end_waiver, registrar, waiver).code == "too_many_hours"
