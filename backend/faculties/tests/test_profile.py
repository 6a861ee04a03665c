"""This file holds what is promised of an institution's profile: names, contacts, accreditations, approved intakes."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.accreditations.rules import grant_accreditation
from faculties.contacts.rules import add_contact
from faculties.factories import make_department, make_faculty, today_there
from faculties.faculties.rules import close_faculty, rename_faculty
from faculties.intakes.rules import approve_intake
from faculties.models import Accreditation, ApprovedIntake, FormerName, Institution, InstitutionContact
from faculties.permissions import PERMISSIONS, ROLES

pytestmark = pytest.mark.django_db

VIEW, CHANGE = "faculties.view_institution", "faculties.change_institution"
NAMES, ACCREDITATIONS = "/api/v1/former-names/", "/api/v1/accreditations/"


def url(institution: Any, verb: str = "") -> str:
    return f"/api/v1/institutions/{institution.pk}/{verb}"


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def days(start: str, end: str | None = None) -> dict[str, Any]:
    return {"starts_on": date.fromisoformat(start), "ends_on": end and date.fromisoformat(end)}


# --- Names ---
def test_a_renamed_institution_keeps_its_former_names_and_is_found_by_the_last(harare):
    client = client_of(person_of_nation(VIEW, CHANGE))
    for name, day in (("Zambezi College", "1990-01-01"), ("Zambezi University", "2005-06-01")):
        answer = client.post(url(harare, "rename/"), {"name": name, "renamed_on": day})
        assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["former_names"] == [
        {"name": "Zambezi College", "starts_on": "1990-01-01", "ends_on": "2005-06-01"},
        {"name": "Harare University", "starts_on": None, "ends_on": "1990-01-01"},
    ]
    for asked in ("zambezi univ", "Zambezi Coll"):
        assert [row["name"] for row in client.get("/api/v1/institutions/", {"search": asked}).json()["data"]] == [
            "Zambezi University"
        ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "Harare University", "renamed_on": "2010-01-01"}, "same_name"),
        ({"name": "Another", "renamed_on": "2000-01-01"}, "renamed_before"),
        ({"name": "Another", "renamed_on": str(today_there() + timedelta(days=2))}, "renamed_later"),
    ],
)
def test_a_renaming_that_can_not_be_changes_nothing(harare, fields, code):
    client = client_of(person_of_nation(VIEW, CHANGE))
    client.post(url(harare, "rename/"), {"name": "In Between", "renamed_on": "2000-01-01"})
    client.post(url(harare, "rename/"), {"name": "Harare University", "renamed_on": "2001-01-01"})
    answer = client.post(url(harare, "rename/"), fields)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
    harare.refresh_from_db()
    with reaching(harare.pk):
        assert (harare.name, FormerName.objects.count()) == ("Harare University", 2)


def test_a_closed_institution_is_not_renamed(harare):
    Institution.objects.filter(pk=harare.pk).update(status="closed", closed_on=date(2020, 1, 1))
    client = client_of(person_of_nation(VIEW, CHANGE))
    answer = client.post(url(harare, "rename/"), {"name": "Anew", "renamed_on": "2021-01-01"})
    assert answer.json()["errors"][0]["code"] == "institution_closed"


def test_a_correction_of_a_name_leaves_none_behind(harare):
    client_of(person_of_nation(VIEW, CHANGE)).patch(url(harare), {"name": "Harare Univ."})
    with reaching(harare.pk):
        assert not FormerName.objects.exists()


@pytest.mark.parametrize(("path", "make"), [("faculties", make_faculty), ("departments", make_department)])
def test_a_renamed_unit_keeps_its_former_name_since_it_opened(harare, path, make):
    unit = make(harare, name="Natural Philosophy", opened_on=date(1980, 1, 1))
    client = client_of(person_at(harare, *PERMISSIONS))
    answer = client.post(f"/api/v1/{path}/{unit.pk}/rename/", {"name": "Physics", "renamed_on": "1999-01-01"})
    assert (answer.status_code, answer.json()["data"]["name"]) == (200, "Physics")
    one = "faculty" if path == "faculties" else "department"
    (row,) = client.get(NAMES, {one: str(unit.pk)}).json()["data"]
    assert (row["name"], row["starts_on"], row["ends_on"]) == ("Natural Philosophy", "1980-01-01", "1999-01-01")
    assert client.get(url(harare)).json()["data"]["former_names"] == []  # they are the unit's


def test_a_merged_unit_keeps_its_former_names_and_gets_no_other(registrar, harare):
    old, new = make_faculty(harare), make_faculty(harare)
    rename_faculty(registrar, old, name="Letters", renamed_on=date(2001, 1, 1))
    close_faculty(registrar, old, closed_on=date(2010, 1, 1), merged_into=new)
    with pytest.raises(RuleBroken) as refusal:
        rename_faculty(registrar, old, name="Arts", renamed_on=date(2011, 1, 1))
    assert (refusal.value.code, old.former_names.count()) == ("unit_closed", 1)


def test_two_names_of_one_place_never_overlap_and_those_of_two_places_may(harare):
    faculty = make_faculty(harare)
    with reaching(harare.pk):
        known = {"institution": harare, "starts_on": date(2000, 1, 1), "ends_on": date(2005, 1, 1)}
        FormerName.objects.create(name="A", **known)
        FormerName.objects.create(name="B", faculty=faculty, **known)
        with pytest.raises(IntegrityError, match="former_name_one_at_a_time"), transaction.atomic():
            FormerName.objects.create(name="C", faculty=faculty, **known)
        assert FormerName.objects.count() == 2


def test_a_dean_sees_the_former_names_of_the_own_faculty_only(harare):
    mine, other = make_faculty(harare), make_faculty(harare)
    with reaching(harare.pk):
        for place in ({"faculty": mine}, {"faculty": other}, {"department": make_department(harare, faculty=mine)}):
            FormerName.objects.create(institution=harare, name=f"Of {next(iter(place))}", ends_on="2000-01-01", **place)
    rows = client_of(person_at(mine, VIEW)).get(NAMES).json()["data"]
    assert [row["faculty"] for row in rows] == [str(mine.pk), None]


# --- Where it lies ---
@pytest.mark.parametrize(
    "place",
    [
        {"latitude": "90.000001", "longitude": "31.05"},
        {"latitude": "-17.78", "longitude": "-180.5"},
        {"latitude": "-17.78"},
    ],
)
def test_an_institution_lies_on_earth_or_nowhere_said(harare, place):
    client = client_of(person_of_nation(VIEW, CHANGE))
    answer = client.patch(url(harare), place)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "not_on_earth")
    harare.refresh_from_db()
    assert (harare.latitude, harare.longitude) == (None, None)
    assert client.patch(url(harare), {"latitude": "-17.784", "longitude": "31.053"}).status_code == 200


def test_the_database_refuses_half_a_place(harare):
    with pytest.raises(IntegrityError, match="institution_lies_on_earth"), transaction.atomic():
        Institution.objects.filter(pk=harare.pk).update(latitude=1)


# --- Accreditation ---
def granted(client: Any, **fields: Any) -> Any:
    return client.post(ACCREDITATIONS, {"body": "ZIMCHE", "starts_on": "2020-01-01", **fields})


def regulator(institution: Any) -> Any:
    return client_of(person_of_nation(*PERMISSIONS), **{"X-Institution": institution.code})


def test_an_institution_shows_what_it_is_accredited_for_today(harare, mutare):
    client, today = regulator(harare), today_there()
    granted(client, body="Expired", ends_on="2021-01-01")
    granted(client, body="Later", starts_on=str(today + timedelta(days=1)))
    granted(client, number="Z/1", ends_on=str(today + timedelta(days=1)))
    for reader in (person_at(harare, VIEW), person_of_nation(VIEW)):
        (one,) = client_of(reader).get(url(harare)).json()["data"]["accreditations"]
        assert (one["body"], one["number"], one["status"]) == ("ZIMCHE", "Z/1", "granted")
    assert client_of(person_of_nation(VIEW)).get(url(mutare)).json()["data"]["accreditations"] == []


def test_one_body_accredits_an_institution_once_at_a_time_however_it_is_written(harare, mutare):
    client = regulator(harare)
    assert granted(client, ends_on="2025-01-01").status_code == 201
    answer = granted(client, body="Zimche", starts_on="2024-12-31")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "accreditations_overlap")
    assert granted(client, starts_on="2025-01-01").status_code == 201  # it ended on that day
    assert granted(client, body="ECZ").status_code == 201
    assert granted(regulator(mutare)).status_code == 201
    with reaching(harare.pk), pytest.raises(IntegrityError, match="accreditation_one_at_a_time"), transaction.atomic():
        Accreditation.objects.create(institution=harare, body="ZIMCHE", starts_on=date(2024, 1, 1))


def test_a_conditional_accreditation_says_its_conditions(harare):
    client = regulator(harare)
    answer = granted(client, status="conditional")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "conditions_needed")
    assert granted(client, status="conditional", conditions="A library within a year.").status_code == 201


def test_a_withdrawn_accreditation_ends_with_a_reason_and_stays(harare):
    client = regulator(harare)
    key = granted(client, ends_on="2026-01-01").json()["data"]["id"]
    body = {"withdrawn_on": "2026-01-01", "reason": "Fees without teaching."}
    answer = client.post(f"{ACCREDITATIONS}{key}/withdraw/", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "ends_anyway")
    answer = client.post(f"{ACCREDITATIONS}{key}/withdraw/", {**body, "withdrawn_on": "2023-05-01"})
    shown = answer.json()["data"]
    assert (shown["status"], shown["ends_on"], shown["conditions"]) == ("withdrawn", "2023-05-01", body["reason"])
    for answer in (
        client.post(f"{ACCREDITATIONS}{key}/withdraw/", {**body, "withdrawn_on": "2022-05-01"}),
        client.patch(f"{ACCREDITATIONS}{key}/", {"ends_on": None}),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "already_withdrawn")
    assert client.get(f"{ACCREDITATIONS}{key}/").json()["data"]["ends_on"] == "2023-05-01"


def test_an_accreditation_is_withdrawn_by_its_verb_alone(harare):
    client = regulator(harare)
    key = granted(client, ends_on="2026-01-01").json()["data"]["id"]
    answer = client.patch(f"{ACCREDITATIONS}{key}/", {"status": "withdrawn", "conditions": "Why."})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "by_verb")


def test_the_regulator_alone_says_what_is_accredited_and_approved():
    for need in ("faculties.change_accreditation", "faculties.change_intake"):
        assert [name for name, held in ROLES.items() if need in held] == ["national-administrator"]


# --- Approved intakes ---
def test_an_intake_is_approved_once_for_a_year_and_level(registrar, harare):
    approve_intake(registrar, year=2026, number=1000)
    approve_intake(registrar, year=2026, level="master", number=100)
    with pytest.raises(Invalid) as refusal:
        approve_intake(registrar, year=2026, number=1200)
    assert (refusal.value.code, ApprovedIntake.objects.count()) == ("intake_taken", 2)


# --- Contacts ---
def test_the_telephone_of_a_contact_is_sealed_and_shown_to_those_who_may_see_it(harare):
    writer = person_at(harare, "faculties.view_contact", "faculties.change_contact", "faculties.view_contact_phone")
    body = {"office": "registrar", "name": "Rudo Sibanda", "phone": "+263 77 123 4567"}
    made = client_of(writer).post("/api/v1/institution-contacts/", body).json()["data"]
    assert made["phone"] == body["phone"]
    with connection.cursor() as cursor, reaching(harare.pk):
        cursor.execute("SELECT row::text FROM faculties_institutioncontact row")
        (row,) = cursor.fetchone()
    assert "Rudo" in row
    assert not any(text in row for text in (body["phone"], body["phone"].encode().hex()))
    place = f"/api/v1/institution-contacts/{made['id']}/"
    assert "phone" not in client_of(person_at(harare, "faculties.view_contact")).get(place).json()["data"]
    assert AuditEntry.objects.filter(subject_id=made["id"], rule__endswith=".read").count() == 1  # as it was made
    (row,) = client_of(writer).get("/api/v1/institution-contacts/").json()["data"]
    assert "phone" not in row


def test_a_person_is_a_contact_of_an_office_once(registrar, harare):
    add_contact(registrar, office="ict", name="Tafara Dube")
    with pytest.raises(Invalid) as refusal:
        add_contact(registrar, office="ict", name="Tafara Dube")
    assert (refusal.value.code, InstitutionContact.objects.count()) == ("contact_taken", 1)


def test_an_accreditation_ends_after_it_began(registrar, harare):
    with pytest.raises(Invalid) as refusal:
        grant_accreditation(registrar, body="ZIMCHE", **days("2024-01-01", "2024-01-01"))
    assert {problem.code for problem in refusal.value.problems} == {"ends_before_start"}
    assert not Accreditation.objects.exists()
