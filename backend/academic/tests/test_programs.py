"""This file holds the tests of what a program plans and is accredited for."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from academic.accreditations.rules import change_accreditation, grant_accreditation, withdraw_accreditation
from academic.enrollments.rules import change_status, enroll_student
from academic.factories import make_enrollment, make_program_version, make_term
from academic.intakes.queries import enrolled_in
from academic.intakes.rules import plan_intake
from academic.models import Enrollment, Program, ProgramAccreditation, ProgramIntake, ProgramVersion
from academic.permissions import PERMISSIONS
from core.errors import Conflict, Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.tests.uploads_lab import checked, errors_of, uploader, workbook
from faculties.factories import today_there
from faculties.models import Institution
from students.factories import make_student

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
PROGRAMS, VERSIONS = "/api/v1/academic/programs/", "/api/v1/academic/program-versions/"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


@pytest.fixture
def program(registrar, harare: Institution) -> Program:
    return make_program_version(harare).program


def planned(registrar, program: Program, places: int = 1) -> ProgramIntake:
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    return plan_intake(registrar, program=program, places=places, **days)


def enroll(actor, program: Program, **fields) -> Enrollment:
    given = {"program_version": program.versions.get(), "enrolled_on": DAY, **fields}
    return enroll_student(actor, student=make_student(program.institution), **given)


def test_beyond_the_places_comes_who_has_a_reason_from_somebody_who_may_say_it(registrar, harare, program):
    intake = planned(registrar, program)
    first = enroll(registrar, program)
    clerk = person_at(harare, "academic.add_enrollment").actor
    for actor, reason, words in (
        (registrar, "", "say the reason for an exception."),
        (clerk, "Sent by the ministry", "needs the permission academic.enroll_exceptionally."),
    ):
        with pytest.raises(RuleBroken) as refusal:
            enroll(actor, program, reason=reason)
        assert refusal.value.code == "intake_full"
        assert refusal.value.message.startswith("All 1 places of the intake from 2026-01-01 to 2026-12-31 are taken")
        assert refusal.value.message.endswith(words)
    assert Enrollment.objects.count() == 1
    assert enroll(registrar, program, enrolled_on=date(2027, 1, 4)).pk  # the intake of no plan has no limit
    second = enroll(registrar, program, reason="Sent by the ministry")
    assert second.history.get().reason == "Sent by the ministry"
    for gone in (first, second):
        change_status(registrar, gone, status="withdrawn", starts_on=DAY)
    assert enroll(registrar, program).pk
    shown = client_of(registrar).get(f"/api/v1/academic/program-intakes/{intake.pk}/").json()["data"]
    assert (shown["places"], shown["enrolled"], enrolled_in(intake)) == (1, 1, 1)


def test_an_intake_lasts_as_long_as_its_term_and_one_is_at_a_time(registrar, harare, program):
    term = make_term(harare)
    intake = plan_intake(registrar, program=program, term=term, places=30)
    assert (intake.starts_on, intake.ends_on) == (term.starts_on, term.ends_on)
    with pytest.raises(Invalid) as refusal:
        planned(registrar, program)
    assert refusal.value.code == "overlaps"
    with pytest.raises(RuleBroken) as refusal:
        plan_intake(registrar, program=program, starts_on=DAY, places=30)
    assert (refusal.value.code, refusal.value.problems[0].field) == ("days_needed", "ends_on")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgramIntake.objects.update(places=0)
    assert ProgramIntake.objects.count() == 1


def test_a_file_does_not_enroll_beyond_the_places(registrar, harare, program):
    with reaching(harare.pk):
        person = uploader(harare, "enrollments")
        planned(registrar, program, places=2)
        make_enrollment(harare, program_version=program.versions.get(), enrolled_on=DAY)
        for number in ("R1", "R2"):
            make_student(harare, number=number)
    header = ("Student ID", "Programme", "Start date")
    rows = [(number, program.code, "2026-02-03") for number in ("R1", "R2")]
    upload = checked(person, "enrollments", workbook(header, *rows))
    assert [(one["column"], one["code"]) for one in errors_of(person, upload)] == [("program", "intake_full")]


def test_a_program_shows_what_it_is_accredited_for_today(registrar, program):
    today = today_there()
    grant_accreditation(registrar, program=program, body="ZIMCHE", starts_on=today, ends_on=today + timedelta(days=30))
    grant_accreditation(registrar, program=program, body="ECZ", starts_on=date(2020, 1, 1), ends_on=today)
    with pytest.raises((Conflict, Invalid)) as refusal:
        grant_accreditation(registrar, program=program, body="zimche", starts_on=today)
    assert refusal.value.code == "accreditations_overlap"
    client = client_of(registrar)
    shown = client.get(f"{PROGRAMS}{program.pk}/").json()["data"]["accreditations"]
    assert [(one["body"], one["status"]) for one in shown] == [("ZIMCHE", "granted")]
    lapsing = {"ends_on__gte": today.isoformat(), "ends_on__lt": (today + timedelta(days=31)).isoformat()}
    listed = client.get("/api/v1/academic/program-accreditations/", lapsing).json()["data"]
    assert [one["body"] for one in listed] == ["ZIMCHE", "ECZ"]


@pytest.mark.parametrize(("url", "field"), [("", "ends_on"), ("withdraw/", "withdrawn_on")])
def test_an_accreditation_that_ends_before_it_begins_is_refused_by_its_field(registrar, program, url, field):
    granted = grant_accreditation(registrar, program=program, body="ZIMCHE", starts_on=DAY)
    client, path = client_of(registrar), f"/api/v1/academic/program-accreditations/{granted.pk}/{url}"
    send = client.post if url else client.patch
    body = {field: "2026-03-01", **({"reason": "No laboratory"} if url else {})}
    (problem,) = send(path, body, headers={"If-Match": "*"}).json()["errors"]
    assert (problem["code"], problem["field"]) == ("not_begun" if url else "ends_before_start", field)
    kept = ProgramAccreditation.objects.get()
    assert (kept.ends_on, kept.status) == (None, "granted")


def test_a_suspended_program_takes_nobody_new_until_it_is_reopened(registrar, program):
    client, here = client_of(registrar), f"{PROGRAMS}{program.pk}/"
    inside = enroll(registrar, program)
    for verb, status in (("suspend", "suspended"), ("reopen", "active"), ("close", "closed")):
        assert client.post(f"{here}{verb}/", headers={"If-Match": "*"}).json()["data"]["status"] == status
        again = client.post(f"{here}{'reopen' if status == 'closed' else verb}/", headers={"If-Match": "*"})
        program.refresh_from_db()
        assert (again.status_code, program.status) == (422, status)
        if status != "active":
            with pytest.raises(RuleBroken) as refusal:
                enroll(registrar, program)
            words = f"{program.name} is {status}: students enroll in a program that is active."
            assert (refusal.value.code, refusal.value.message) == ("program_not_active", words)
    change_status(registrar, inside, status="completed", starts_on=DAY)  # who is in it finishes
    with pytest.raises(RuleBroken) as refusal:
        planned(registrar, program)
    assert (refusal.value.code, ProgramIntake.objects.count()) == ("program_closed", 0)


@pytest.mark.parametrize(
    ("model", "field", "limit"),
    [
        (Program, "duration_years", "program_takes_up_to_10_years"),
        (ProgramVersion, "credits_required", "program_version_credits_positive"),
    ],
)
def test_a_program_takes_some_time_and_asks_for_some_credits(registrar, program, model, field, limit):
    url = f"{PROGRAMS}{program.pk}/" if model is Program else f"{VERSIONS}{program.versions.get().pk}/"
    answer = client_of(registrar).patch(url, {field: 0}, headers={"If-Match": "*"})
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [("min_value", field)]
    with pytest.raises(IntegrityError, match=limit), transaction.atomic():
        model.objects.update(**{field: 0})


def test_nobody_new_comes_into_a_program_whose_accreditation_has_lapsed(registrar, harare, program):
    inside = enroll(registrar, program)  # none is recorded: nothing is asked
    days = {"starts_on": date(2020, 1, 1), "ends_on": DAY}
    lapsed = grant_accreditation(registrar, program=program, body="ZIMCHE", **days)
    grant_accreditation(registrar, program=program, body="ECZ", starts_on=date(2020, 1, 1), ends_on=date(2024, 1, 1))
    version = program.versions.get()
    body = {"student": make_student(harare).pk, "program_version": version.pk, "enrolled_on": DAY}
    clerk = client_of(person_at(harare, *PERMISSIONS, "students.view_student"))
    answer = clerk.post("/api/v1/academic/enrollments/", {name: str(value) for name, value in body.items()})
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["code"], problem["field"]) == (422, "accreditation_lapsed", "program_version")
    lapses = f"The accreditation of {program.name} lapsed on 2026-03-02: "
    assert problem["message"] == f"{lapses}record its renewal, or prolong it beyond the day of enrolling."
    with reaching(harare.pk):
        assert Enrollment.objects.count() == 1
        change_status(registrar, inside, status="completed", starts_on=DAY)  # who is in it finishes
        assert enroll(registrar, program, enrolled_on=DAY - timedelta(days=1)).pk  # it held on that day
        change_accreditation(registrar, lapsed, ends_on=DAY + timedelta(days=1))
        assert enroll(registrar, program).pk
        change_accreditation(registrar, lapsed, ends_on=DAY)
        grant_accreditation(registrar, program=program, body="ZIMCHE", starts_on=DAY)
        assert enroll(registrar, program).pk


def test_a_file_brings_nobody_new_into_a_program_whose_accreditation_has_lapsed(registrar, harare, program):
    with reaching(harare.pk):
        person = uploader(harare, "enrollments", "students", "graduates")
        inside = make_enrollment(harare, program_version=program.versions.get(), enrolled_on=DAY)
        new = make_student(harare)
        grant_accreditation(registrar, program=program, body="ECZ", starts_on=date(2020, 1, 1), ends_on=DAY)
        other = make_program_version(harare).program
        grant_accreditation(registrar, program=other, body="ECZ", starts_on=date(2020, 1, 1))
        rows = [
            (inside.student.number, program.code, DAY),
            (new.number, other.code, DAY),
            (new.number, program.code, DAY),
        ]
        header = ("Student ID", "Programme", "Start date")
        upload = checked(person, "enrollments", workbook(header, *rows))
        assert [(one["column"], one["code"], one["found"]) for one in errors_of(person, upload)] == [
            ("program", "accreditation_lapsed", program.code)
        ]
        for entry_year, codes in ((2026, []), (2027, ["accreditation_lapsed"])):  # it held on the first day of 2026
            row = (f"R{entry_year}9", "Rudo", "Ncube", program.name, entry_year)
            header = ("Reg Number", "First Name", "Surname", "Program", "Entry Year")
            upload = checked(person, "students", workbook(header, row))
            assert [one["code"] for one in errors_of(person, upload)] == codes


def test_a_withdrawn_accreditation_of_a_program_stays_as_it_is(registrar, program):
    granted = grant_accreditation(registrar, program=program, body="ZIMCHE", starts_on=date(2020, 1, 1))
    withdraw_accreditation(registrar, granted, withdrawn_on=DAY, reason="No laboratory")
    kept = ProgramAccreditation.objects.get()
    assert (kept.status, kept.ends_on, kept.conditions) == ("withdrawn", DAY, "No laboratory")
    with pytest.raises(RuleBroken) as refusal:
        change_accreditation(registrar, kept, ends_on=None)
    assert refusal.value.code == "already_withdrawn"


def test_a_program_tells_its_award_and_how_it_is_studied(registrar, program):
    client = client_of(registrar)
    said = {"award_title": "Bachelor of Science Honours in Physics", "mode_of_study": "block_release"}
    changed = client.patch(f"{PROGRAMS}{program.pk}/", said)
    assert (changed.status_code, {name: changed.json()["data"][name] for name in said}) == (200, said)
    assert client.patch(f"{PROGRAMS}{program.pk}/", {"mode_of_study": "by night"}).status_code == 400
