"""This file holds the tests of vacancies and applications."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import AuditEntry
from core.errors import Invalid, NotAllowed, RuleBroken
from core.personal.erasing import erase
from core.personal.walk import persons_of
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, make_faculty
from faculties.models import Institution
from staff.factories import make_application, make_contract, make_member, make_vacancy
from staff.models import Application, Contract, Member, Vacancy
from staff.permissions import PERMISSIONS
from staff.vacancies.rules import (
    advance,
    appoint_applicant,
    change_application,
    change_vacancy,
    close_vacancy,
    enter_application,
    move_application,
    open_vacancy,
)
from users.factories import make_person

pytestmark = pytest.mark.django_db
APPLICATIONS = "/api/v1/staff/applications/"
START = date(2026, 8, 1)
SECRET = {"national_id": "63-123456A42", "phone": "+263 77 000 0000"}


@pytest.fixture
def officer(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS)


def offered(institution: Institution, **fields) -> Application:
    vacancy = make_vacancy(institution, stage="offer", fte="0.80")
    return make_application(institution, vacancy=vacancy, state="offered", **fields)


# --- Vacancies ---
def test_a_vacancy_goes_stage_by_stage_up_to_the_offer(officer, harare: Institution):
    vacancy = make_vacancy(harare)
    stages = [advance(officer.actor, vacancy).stage for _ in range(3)]
    assert stages == ["shortlist", "interview", "offer"]
    with pytest.raises(RuleBroken) as refusal:
        advance(officer.actor, vacancy)
    assert refusal.value.code == "last_stage"
    vacancy.refresh_from_db()
    assert vacancy.stage == "offer"


def test_a_vacancy_stays_what_people_applied_for(officer, harare: Institution):
    vacancy = make_vacancy(harare, stage="shortlist")
    with pytest.raises(RuleBroken) as refusal:
        change_vacancy(officer.actor, vacancy, title="Dean")
    assert refusal.value.code == "no_longer_open"
    vacancy.refresh_from_db()
    assert vacancy.title == "Lecturer in Physics"


def test_closing_a_vacancy_rejects_what_still_stands_and_nothing_moves_any_more(officer, harare: Institution):
    vacancy = make_vacancy(harare, stage="shortlist")
    for state in ("applied", "shortlisted", "withdrawn"):
        make_application(harare, vacancy=vacancy, state=state)
    close_vacancy(officer.actor, vacancy)
    states = Application.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["rejected", "rejected", "withdrawn"]
    entry = AuditEntry.objects.get(rule="staff.application.rest_rejected")
    assert entry.count == 2
    for rule in (advance, close_vacancy):
        with pytest.raises(RuleBroken) as refusal:
            rule(officer.actor, vacancy)
        assert refusal.value.code == "vacancy_ended"
    vacancy.refresh_from_db()
    assert vacancy.stage == "closed"


def test_no_vacancy_opens_in_a_department_that_closed(officer, harare: Institution):
    department = make_department(harare, opened_on=date(2020, 1, 1), closed_on=date(2025, 1, 1))
    with pytest.raises(RuleBroken) as refusal:
        open_vacancy(officer.actor, department=department, title="x")
    assert (refusal.value.code, Vacancy.objects.count()) == ("unit_closed", 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"closes_on": date(2025, 12, 31)}, "closes_before_it_opens"), ({"fte": "0"}, "no_such_share")],
)
def test_a_vacancy_keeps_its_limits(officer, harare: Institution, fields: dict, code: str):
    vacancy = make_vacancy(harare)
    with pytest.raises(Invalid) as refusal:
        change_vacancy(officer.actor, vacancy, **fields)
    assert refusal.value.code == code
    vacancy.refresh_from_db()
    assert (vacancy.closes_on, vacancy.fte) == (date(2026, 12, 31), Decimal(1))


def test_a_head_sees_the_vacancies_and_applications_of_the_department(harare: Institution):
    department = make_department(harare, faculty=make_faculty(harare))
    mine = make_application(harare, vacancy=make_vacancy(harare, department=department), **SECRET)
    make_application(harare)
    client = client_of(make_person(grants=[("head-of-department", department)]).actor)
    assert [row["id"] for row in client.get("/api/v1/staff/vacancies/").json()["data"]] == [str(mine.vacancy_id)]
    assert [row["id"] for row in client.get(APPLICATIONS).json()["data"]] == [str(mine.pk)]
    assert not set(SECRET) & set(client.get(f"{APPLICATIONS}{mine.pk}/").json()["data"])


# --- Applications ---
@pytest.mark.parametrize(
    ("stage", "applied_on", "code"),
    [
        ("shortlist", date(2026, 2, 1), "no_longer_open"),
        ("open", date(2025, 12, 31), "not_in_time"),
        ("open", date(2027, 1, 1), "not_in_time"),
    ],
)
def test_applications_are_taken_in_time_alone(officer, harare: Institution, stage: str, applied_on: date, code: str):
    vacancy = make_vacancy(harare, stage=stage)
    with pytest.raises(RuleBroken) as refusal:
        enter_application(officer.actor, vacancy=vacancy, family_name="Moyo", applied_on=applied_on)
    assert (refusal.value.code, Application.objects.count()) == (code, 0)


def test_a_person_applies_once_for_a_vacancy_however_the_national_id_is_written(officer, harare: Institution):
    vacancy = make_application(harare, national_id="63-123456A42").vacancy
    fields = {"family_name": "Moyo", "applied_on": date(2026, 2, 1), "national_id": "63 123456 a 42"}
    with pytest.raises(Invalid) as refusal:
        enter_application(officer.actor, vacancy=vacancy, **fields)
    assert (refusal.value.code, Application.objects.count()) == ("already_applied", 1)
    enter_application(officer.actor, vacancy=make_vacancy(harare), **fields)
    assert Application.objects.count() == 2


def test_what_identifies_an_applicant_is_not_in_the_table_in_clear(officer, harare: Institution):
    make_application(harare, **SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(s)::text FROM staff_application s")
        (row,) = cursor.fetchone()
    assert "Rudo" in row
    for secret in SECRET.values():
        assert secret not in row
        assert secret.encode().hex() not in row


def test_an_application_goes_state_by_state_behind_its_vacancy(officer, harare: Institution):
    application = make_application(harare)
    vacancy = application.vacancy
    for state, stage in (("shortlisted", "shortlist"), ("interview", "interview"), ("offered", "offer")):
        with pytest.raises(RuleBroken) as refusal:
            move_application(officer.actor, application, state=state)
        assert (refusal.value.code, f"take it to {stage} first" in refusal.value.message) == ("vacancy_not_there", True)
        advance(officer.actor, vacancy)
        assert move_application(officer.actor, application, state=state).state == state


@pytest.mark.parametrize(
    ("state", "to", "told"),
    [
        ("applied", "interview", "From applied an application goes to: shortlisted, rejected, withdrawn."),
        ("interview", "shortlisted", "From interview an application goes to: offered, rejected, withdrawn."),
        ("offered", "applied", "From offered an application goes to: rejected, withdrawn."),
    ],
)
def test_an_application_neither_leaps_nor_goes_back(officer, harare: Institution, state: str, to: str, told: str):
    application = make_application(harare, vacancy=make_vacancy(harare, stage="offer"), state=state)
    answer = client_of(officer).post(f"{APPLICATIONS}{application.pk}/move/", {"state": to})
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert (problem["code"], problem["message"], problem["field"]) == ("no_such_move", told, "state")
    application.refresh_from_db()
    assert application.state == state


@pytest.mark.parametrize("state", ["rejected", "withdrawn"])
def test_what_was_decided_stays_so(officer, harare: Institution, state: str):
    application = move_application(officer.actor, make_application(harare), state=state)
    attempts = (
        lambda: move_application(officer.actor, application, state="shortlisted"),
        lambda: change_application(officer.actor, application, family_name="Moyo"),
    )
    for attempt in attempts:
        with pytest.raises(RuleBroken) as refusal:
            attempt()
        assert refusal.value.code == "already_decided"
    application.refresh_from_db()
    assert (application.state, application.family_name) == (state, "Ncube")


def test_a_post_is_offered_to_one_at_a_time(officer, harare: Institution):
    first = offered(harare)
    second = make_application(harare, vacancy=first.vacancy, state="interview")
    with pytest.raises(Invalid) as refusal:
        move_application(officer.actor, second, state="offered")
    assert refusal.value.code == "offered_already"
    with pytest.raises(IntegrityError, match="application_one_offer"), transaction.atomic():
        Application.objects.filter(pk=second.pk).update(state="offered")
    move_application(officer.actor, first, state="withdrawn")
    assert move_application(officer.actor, second, state="offered").state == "offered"


# --- Appointing ---
def test_appointing_makes_a_member_and_a_contract_and_fills_the_vacancy(officer, harare: Institution):
    application = offered(harare, title="Dr", sex="female", date_of_birth=date(1980, 5, 17), **SECRET)
    other = make_application(harare, vacancy=application.vacancy, state="interview")
    body = {"number": "E-99", "starts_on": "2026-08-01"}
    answer = client_of(officer).post(f"{APPLICATIONS}{application.pk}/appoint/", body)
    assert answer.status_code == 200, answer.content
    member, contract = Member.objects.get(), Contract.objects.get()
    assert (answer.json()["data"]["state"], answer.json()["data"]["member"]) == ("appointed", str(member.pk))
    assert (member.number, member.title, member.family_name, member.sex, member.birth_year) == (
        "E-99", "Dr", "Ncube", "female", 1980,
    )  # fmt: skip
    assert (member.national_id, member.phone, member.joined_on, member.position) == (
        "63-123456A42", "+263 77 000 0000", START, "Lecturer in Physics",
    )  # fmt: skip
    vacancy, other = Vacancy.objects.get(), Application.objects.get(pk=other.pk)
    assert (vacancy.stage, other.state, member.department_id) == ("appointed", "rejected", vacancy.department_id)
    assert (contract.member, contract.activity, contract.fte, contract.starts_on) == (
        member, "teaching", Decimal("0.80"), START,
    )  # fmt: skip
    done = set(AuditEntry.objects.filter(decision="done").values_list("rule", flat=True))
    assert done >= {
        "staff.member.entered", "staff.contract.signed", "staff.application.appointed", "staff.vacancy.filled",
    }  # fmt: skip


def test_who_works_here_already_is_appointed_as_that_member(officer, harare: Institution):
    application, member = offered(harare), make_member(harare)
    appoint_applicant(officer.actor, application, member=member, starts_on=START)
    assert (Member.objects.get(), Contract.objects.get().member) == (member, member)


def test_appointing_is_all_or_nothing(officer, harare: Institution):
    application, member = offered(harare), make_member(harare)
    make_contract(harare, member=member, activity="research")
    with pytest.raises(RuleBroken) as refusal:
        appoint_applicant(officer.actor, application, member=member, starts_on=START)
    assert refusal.value.code == "too_many_posts"
    clerk = person_at(harare, "staff.change_application", "staff.change_vacancy")
    with pytest.raises(NotAllowed):
        appoint_applicant(clerk.actor, application, number="E-99", starts_on=START)
    application.refresh_from_db()
    assert (application.state, Vacancy.objects.get().stage) == ("offered", "offer")
    assert (Member.objects.count(), Contract.objects.count()) == (1, 1)


def test_nobody_is_appointed_without_an_offer_or_as_nobody(officer, harare: Institution):
    waiting = make_application(harare, vacancy=make_vacancy(harare, stage="interview"), state="interview")
    with pytest.raises(RuleBroken) as refusal:
        appoint_applicant(officer.actor, waiting, number="E-99", starts_on=START)
    assert refusal.value.code == "not_offered"
    application = offered(harare)
    for who in ({}, {"number": "E-99", "member": make_member(harare)}):
        with pytest.raises(RuleBroken) as refusal:
            appoint_applicant(officer.actor, application, starts_on=START, **who)
        assert refusal.value.code == "number_or_member"
    assert (Member.objects.count(), Contract.objects.count()) == (1, 0)


def test_whoever_is_appointed_is_one_person_with_the_application_when_erased(officer, harare: Institution):
    application = appoint_applicant(officer.actor, offered(harare, **SECRET), number="E-99", starts_on=START)
    persons = persons_of(application.member)
    assert set(persons) == {application, application.member}
    erase(persons, harare.pk)
    for row in (Application.objects.get(), Member.objects.get()):
        assert (row.family_name, row.national_id, row.phone, row.erased_at is None) == (
            "Erased person", None, None, False,
        )  # fmt: skip
