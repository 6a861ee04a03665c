"""This file holds the tests of members of staff."""

from datetime import date

import pytest
from django.db import connection

from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, make_faculty
from faculties.models import Institution
from staff.factories import make_appointment, make_contract, make_member
from staff.members.rules import change_member, enter_member, let_leave, reinstate
from staff.models import Member
from staff.permissions import PERMISSIONS
from users.factories import make_person

pytestmark = pytest.mark.django_db
MEMBERS = "/api/v1/staff/members/"
TENDAI = {"number": "E-17", "given_names": "Tendai", "family_name": "Moyo", "joined_on": date(2020, 1, 1)}
SECRET = {"national_id": "63-123456A42", "date_of_birth": "1980-05-17", "phone": "+263 77 000 0000", "address": "1 Rd"}


@pytest.fixture
def officer(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS)


def test_a_number_is_given_once_in_an_institution(officer, mutare: Institution):
    make_member(mutare, number="E-17")
    enter_member(officer.actor, **TENDAI)
    with pytest.raises(Invalid) as refusal:
        enter_member(officer.actor, **TENDAI)
    assert (refusal.value.code, Member.objects.count()) == ("number_taken", 1)


def test_a_national_id_is_one_person_however_it_is_written(officer):
    enter_member(officer.actor, **TENDAI, national_id="63-123456A42")
    with pytest.raises(Invalid) as refusal:
        enter_member(officer.actor, **{**TENDAI, "number": "E-18"}, national_id="63 123456 a 42")
    assert (refusal.value.code, Member.objects.count()) == ("person_known", 1)


def test_an_account_is_one_member_of_an_institution(officer, harare: Institution):
    person = make_person(grants=[("lecturer", harare)])
    make_member(harare, account=person)
    with pytest.raises(Invalid) as refusal:
        enter_member(officer.actor, **TENDAI, account=person)
    assert (refusal.value.code, Member.objects.count()) == ("account_taken", 1)


def test_the_year_of_birth_follows_the_date(officer):
    member = enter_member(officer.actor, **TENDAI, date_of_birth=date(1980, 5, 17))
    assert member.birth_year == 1980
    assert change_member(officer.actor, member, date_of_birth=date(1981, 5, 17)).birth_year == 1981


def test_what_identifies_is_not_in_the_table_in_clear(officer):
    enter_member(officer.actor, **TENDAI, national_id="63-123456A42", phone="+263770000000", address="1 Main Road")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(s)::text FROM staff_member s")
        (row,) = cursor.fetchone()
    assert "Tendai" in row
    for secret in ("63-123456A42", "+263770000000", "1 Main Road"):
        assert secret not in row
        assert secret.encode().hex() not in row


def test_what_identifies_is_shown_on_the_single_member_and_each_look_is_on_the_audit_log(officer):
    created = client_of(officer).post(MEMBERS, {**TENDAI, **SECRET, "joined_on": "2020-01-01"})
    assert created.status_code == 201, created.json()
    key = created.json()["data"]["id"]
    shown = client_of(officer).get(f"{MEMBERS}{key}/").json()["data"]
    assert {name: shown[name] for name in SECRET} == SECRET
    entry = AuditEntry.objects.filter(rule="staff.member.read").last()
    assert (entry.subject_id, entry.actor_id) == (key, officer.actor.id)
    assert entry.changes == {"fields": sorted(SECRET)}
    (row,) = client_of(officer).get(MEMBERS).json()["data"]
    assert not set(SECRET) & set(row)


def test_seeing_a_member_is_not_seeing_what_identifies(harare: Institution):
    member = make_member(harare, national_id="63-123456A42")
    shown = client_of(person_at(harare, "staff.view_member")).get(f"{MEMBERS}{member.pk}/")
    assert shown.status_code == 200
    assert not set(SECRET) & set(shown.json()["data"])


def test_writing_what_identifies_needs_a_permission_of_its_own(harare: Institution):
    clerk = client_of(person_at(harare, "staff.view_member", "staff.add_member"))
    answer = clerk.post(MEMBERS, {**TENDAI, "joined_on": "2020-01-01", "phone": "+263 77 000 0000"})
    assert answer.status_code == 403
    with reaching(harare.pk):
        assert not Member.objects.exists()


def test_a_member_sees_the_own_record_in_full_and_no_other(harare: Institution):
    person = make_person(grants=[("lecturer", harare)])
    mine, other = make_member(harare, account=person, phone="+263 77 000 0000"), make_member(harare)
    client = client_of(person.actor)
    assert [row["id"] for row in client.get(MEMBERS).json()["data"]] == [str(mine.pk)]
    assert client.get(f"{MEMBERS}{mine.pk}/").json()["data"]["phone"] == "+263 77 000 0000"
    assert client.get(f"{MEMBERS}{other.pk}/").status_code == 404


def test_a_dean_sees_the_staff_of_the_faculty_and_the_own_record_without_what_identifies_others(harare: Institution):
    faculty = make_faculty(harare)
    inside = make_member(harare, department=make_department(harare, faculty=faculty))
    make_member(harare, department=make_department(harare))
    dean = make_person(grants=[("dean", faculty)])
    client = client_of(dean.actor)
    assert [row["id"] for row in client.get(MEMBERS).json()["data"]] == [str(inside.pk)]
    assert not set(SECRET) & set(client.get(f"{MEMBERS}{inside.pk}/").json()["data"])


@pytest.mark.parametrize("text", ["moyo", "MOYO t", "E-1", "  Moyo  Tendai "])
def test_a_member_is_found_by_the_beginning_of_a_name_or_number(officer, text: str):
    enter_member(officer.actor, **TENDAI)
    enter_member(officer.actor, number="X9", family_name="Ncube", joined_on=date(2021, 1, 1))
    rows = client_of(officer).get(MEMBERS, {"search": text}).json()["data"]
    assert [row["number"] for row in rows] == ["E-17"]


# --- Leaving ---
def test_whoever_has_a_contract_or_a_post_beyond_a_day_does_not_leave_by_then(officer, harare: Institution):
    member = make_member(harare)
    make_contract(harare, member=member)
    make_contract(harare, member=member, activity="research", fte="0.20", ends_on=date(2025, 6, 30))
    make_appointment(harare, member=member)
    with pytest.raises(RuleBroken) as refusal:
        let_leave(officer.actor, member, left_on=date(2025, 6, 30))
    assert (refusal.value.code, refusal.value.message) == (
        "still_bound",
        "Beyond 2025-06-30 last contracts (1) and appointments (1): end those first.",
    )
    member.refresh_from_db()
    assert member.left_on is None


def test_a_member_leaves_and_is_reinstated(officer, harare: Institution):
    member = make_member(harare)
    with pytest.raises(RuleBroken) as refusal:
        reinstate(officer.actor, member)
    assert refusal.value.code == "never_left"
    client = client_of(officer)
    left = client.post(f"{MEMBERS}{member.pk}/leave/", {"left_on": "2025-06-30"})
    assert left.json()["data"]["left_on"] == "2025-06-30"
    assert client.post(f"{MEMBERS}{member.pk}/reinstate/").json()["data"]["left_on"] is None


def test_nobody_leaves_before_joining(officer, harare: Institution):
    member = make_member(harare)
    with pytest.raises(Invalid) as refusal:
        let_leave(officer.actor, member, left_on=date(2019, 12, 31))
    assert refusal.value.code == "left_before_joining"
    member.refresh_from_db()
    assert member.left_on is None


@pytest.mark.parametrize("rule", [change_member, reinstate])
def test_of_one_who_was_erased_nothing_is_entered(officer, harare: Institution, rule):
    member = make_member(harare, left_on=date(2025, 1, 1), erased_at="2026-01-01T00:00Z")
    with pytest.raises(RuleBroken) as refusal:
        rule(officer.actor, member)
    assert refusal.value.code == "person_erased"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("number", "", "blank"),
        ("family_name", None, "null"),
        ("sex", "other", "invalid_choice"),
        ("nationality", "Zw", "invalid"),
        ("left_on", "2025-01-01", "read_only"),
        ("joined_on", "soon", "invalid"),
    ],
)
def test_a_wrong_value_names_its_field_and_changes_nothing(officer, field: str, value, code: str):
    answer = client_of(officer).post(MEMBERS, {**TENDAI, "joined_on": "2020-01-01", field: value})
    assert answer.status_code == 400
    assert [(error["code"], error["field"]) for error in answer.json()["errors"]] == [(code, field)]
    assert Member.objects.count() == 0
