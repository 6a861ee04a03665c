"""This file holds the tests of contracts, appointments, qualifications and absences."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, make_faculty
from faculties.models import Institution
from staff.absences.rules import change_absence, note_absence
from staff.appointments.rules import appoint, end_appointment
from staff.contracts.rules import change_contract, end_contract, sign_contract
from staff.factories import make_absence, make_appointment, make_contract, make_member, make_qualification
from staff.models import Absence, Appointment, Contract, Qualification
from staff.permissions import PERMISSIONS
from staff.qualifications.rules import enter_qualification
from users.factories import make_person

pytestmark = pytest.mark.django_db
START, END, NEXT = date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1)


@pytest.fixture
def officer(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "faculties.view_faculty", "faculties.view_department")


# --- Contracts ---
def signed(officer, member, **fields) -> Contract:
    return sign_contract(
        officer.actor, member=member, **{"kind": "permanent", "activity": "teaching", "starts_on": START, **fields}
    )


def test_two_contracts_for_one_activity_share_no_day(officer, harare: Institution):
    member = make_member(harare)
    signed(officer, member, fte="0.50", ends_on=END)
    with pytest.raises(Invalid) as refusal:
        signed(officer, member, fte="0.50", starts_on=END)
    assert (refusal.value.code, Contract.objects.count()) == ("overlaps", 1)
    signed(officer, member, fte="0.50", starts_on=NEXT)
    signed(officer, make_member(harare), fte="0.50")
    assert Contract.objects.count() == 3


def test_the_database_itself_refuses_contracts_that_overlap(officer, harare: Institution):
    member = make_member(harare)
    first = signed(officer, member, ends_on=END)
    second = signed(officer, member, starts_on=NEXT)
    with pytest.raises(IntegrityError, match="contract_once_at_a_time"), transaction.atomic():
        Contract.objects.filter(pk=second.pk).update(starts_on=first.ends_on)


def test_contracts_come_to_one_and_a_half_posts_at_most_on_any_day(officer, harare: Institution):
    member = make_member(harare)
    signed(officer, member, ends_on=END)
    signed(officer, member, activity="research", fte="0.50", starts_on=NEXT)
    with pytest.raises(RuleBroken) as refusal:
        signed(officer, member, activity="other", fte="0.51", ends_on=date(2024, 6, 30))
    assert (refusal.value.code, refusal.value.message) == (
        "too_many_posts",
        "On 2024-01-01 the contracts of this member come to 1.51 posts; 1.5 is the most.",
    )
    third = signed(officer, member, activity="other", fte="0.50")  # never all three on one day
    with pytest.raises(RuleBroken) as refusal:
        change_contract(officer.actor, third, fte=Decimal("0.60"))
    assert refusal.value.code == "too_many_posts"
    third.refresh_from_db()
    assert (third.fte, Contract.objects.count()) == (Decimal("0.50"), 3)


def test_the_heaviest_day_may_lie_within_a_new_contract(officer, harare: Institution):
    member = make_member(harare)
    signed(officer, member, fte="0.80", starts_on=date(2024, 6, 1))
    with pytest.raises(RuleBroken) as refusal:
        signed(officer, member, activity="research", fte="0.80")
    assert refusal.value.message.startswith("On 2024-06-01 ")
    assert Contract.objects.count() == 1


@pytest.mark.parametrize("fte", ["0", "-0.1", "1.01"])
def test_a_contract_is_for_a_share_of_one_post(officer, harare: Institution, fte: str):
    with pytest.raises(Invalid) as refusal:
        signed(officer, make_member(harare), fte=fte)
    assert {problem.code for problem in refusal.value.problems} <= {"no_such_share", "max_value"}
    assert not Contract.objects.exists()


def test_a_contract_for_a_fixed_term_has_a_last_day(officer, harare: Institution):
    with pytest.raises(Invalid) as refusal:
        signed(officer, make_member(harare), kind="fixed_term")
    assert (refusal.value.code, Contract.objects.count()) == ("no_last_day", 0)


def test_a_contract_ends_on_or_after_the_day_it_starts(officer, harare: Institution):
    body = {"member": str(make_member(harare).pk), "kind": "permanent", "activity": "other", "starts_on": "2024-01-02"}
    answer = client_of(officer).post("/api/v1/staff/contracts/", {**body, "ends_on": "2024-01-01"})
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert (problem["code"], problem["field"]) == ("ends_before_it_starts", "ends_on")
    assert not Contract.objects.exists()


def test_ending_a_contract_never_makes_it_longer(officer, harare: Institution):
    contract = make_contract(harare, ends_on=END)
    with pytest.raises(RuleBroken) as refusal:
        end_contract(officer.actor, contract, ends_on=NEXT)
    assert refusal.value.code == "ends_sooner"
    contract.refresh_from_db()
    assert contract.ends_on == END
    answer = client_of(officer).post(f"/api/v1/staff/contracts/{contract.pk}/end/", {"ends_on": "2024-06-30"})
    assert answer.json()["data"]["ends_on"] == "2024-06-30"


def test_nothing_lasts_beyond_the_day_on_which_a_member_leaves(officer, harare: Institution):
    member, department = make_member(harare, left_on=END), make_department(harare)
    contract = make_contract(harare, member=member, ends_on=END)
    attempts = (
        lambda: signed(officer, member, activity="research", ends_on=NEXT),
        lambda: signed(officer, member, activity="research"),
        lambda: change_contract(officer.actor, contract, ends_on=None),
        lambda: appoint(officer.actor, member=member, post="head", department=department, starts_on=START),
        lambda: note_absence(officer.actor, member=member, kind="study", starts_on=START),
    )
    for attempt in attempts:
        with pytest.raises(RuleBroken) as refusal:
            attempt()
        assert refusal.value.code == "member_left"
    assert (Contract.objects.get().ends_on, Appointment.objects.count(), Absence.objects.count()) == (END, 0, 0)


def test_one_who_was_erased_is_given_nothing(officer, harare: Institution):
    member = make_member(harare, erased_at="2026-01-01T00:00Z")
    attempts = (
        lambda: signed(officer, member),
        lambda: enter_qualification(officer.actor, member=member, level=8, title="PhD"),
    )
    for attempt in attempts:
        with pytest.raises(RuleBroken) as refusal:
            attempt()
        assert refusal.value.code == "person_erased"
    assert (Contract.objects.count(), Qualification.objects.count()) == (0, 0)


# --- Appointments ---
@pytest.mark.parametrize("post", ["dean", "head"])
def test_there_is_one_dean_and_one_head_at_a_time_and_the_refusal_says_who(officer, harare: Institution, post: str):
    department = make_department(harare, name="Physics")
    unit = {"faculty": make_faculty(harare, name="Science")} if post == "dean" else {"department": department}
    holder = make_member(harare, given_names="Rudo", family_name="Ncube")
    make_appointment(harare, member=holder, post=post, starts_on=START, ends_on=END, **unit)
    member = make_member(harare)
    with pytest.raises(RuleBroken) as refusal:
        appoint(officer.actor, member=member, post=post, starts_on=END, **unit)
    name = "Science" if post == "dean" else "Physics"
    assert (refusal.value.code, refusal.value.message) == (
        "post_taken",
        f"Rudo Ncube is {post} of {name} from 2024-01-01 to 2024-12-31: end that appointment first.",
    )
    assert Appointment.objects.count() == 1
    appoint(officer.actor, member=member, post=post, starts_on=NEXT, **unit)
    with pytest.raises(IntegrityError, match=f"appointment_one_{post}"), transaction.atomic():
        Appointment.objects.filter(member=member).update(starts_on=END)


def test_coordinators_and_lecturers_are_many_and_each_is_one_once(officer, harare: Institution):
    department = make_department(harare)
    members = [make_member(harare), make_member(harare)]
    for member in members:
        appoint(officer.actor, member=member, post="lecturer", department=department, starts_on=START)
    appoint(officer.actor, member=members[0], post="coordinator", department=department, starts_on=START)
    with pytest.raises(Invalid) as refusal:
        appoint(officer.actor, member=members[0], post="lecturer", department=department, starts_on=NEXT)
    assert (refusal.value.code, Appointment.objects.count()) == ("overlaps", 3)


@pytest.mark.parametrize(
    ("post", "faculty", "department"),
    [
        ("dean", False, True),
        ("dean", True, True),
        ("dean", False, False),
        ("head", True, False),
        ("lecturer", True, True),
    ],
)
def test_a_post_lies_where_it_belongs(officer, harare: Institution, post: str, faculty: bool, department: bool):
    places = {"faculty": make_faculty(harare) if faculty else None}
    places["department"] = make_department(harare) if department else None
    with pytest.raises(Invalid) as refusal:
        appoint(officer.actor, member=make_member(harare), post=post, starts_on=START, **places)
    assert (refusal.value.code, Appointment.objects.count()) == ("wrong_place", 0)


def test_nobody_is_appointed_to_a_unit_that_closed(officer, harare: Institution):
    department = make_department(harare, opened_on=date(2020, 1, 1), closed_on=START)
    with pytest.raises(RuleBroken) as refusal:
        appoint(officer.actor, member=make_member(harare), post="head", department=department, starts_on=START)
    assert (refusal.value.code, Appointment.objects.count()) == ("unit_closed", 0)


def test_ending_an_appointment_never_makes_it_longer(officer, harare: Institution):
    appointment = make_appointment(harare, ends_on=END)
    with pytest.raises(RuleBroken) as refusal:
        end_appointment(officer.actor, appointment, ends_on=NEXT)
    assert refusal.value.code == "ends_sooner"
    appointment.refresh_from_db()
    assert appointment.ends_on == END
    answer = client_of(officer).post(f"/api/v1/staff/appointments/{appointment.pk}/end/", {"ends_on": "2024-06-30"})
    assert answer.json()["data"]["ends_on"] == "2024-06-30"


def test_a_dean_sees_the_posts_of_the_faculty_and_its_departments(harare: Institution):
    faculty = make_faculty(harare)
    department = make_department(harare, faculty=faculty)
    seen = [make_appointment(harare, post="dean", faculty=faculty), make_appointment(harare, department=department)]
    make_appointment(harare)
    make_appointment(harare, post="dean")
    dean = make_person(grants=[("dean", faculty)])
    rows = client_of(dean.actor).get("/api/v1/staff/appointments/").json()["data"]
    assert [row["id"] for row in rows] == [str(one.pk) for one in seen]


# --- Qualifications ---
def test_an_award_is_entered_once(officer, harare: Institution):
    award = make_qualification(harare)
    with pytest.raises(Invalid) as refusal:
        enter_qualification(officer.actor, member=award.member, level=7, title="MSc Physics")
    assert (refusal.value.code, Qualification.objects.count()) == ("already_entered", 1)


@pytest.mark.parametrize("level", [3, 9])
def test_a_level_is_one_of_isced_from_4_to_8(officer, harare: Institution, level: int):
    award = make_qualification(harare)
    with pytest.raises(IntegrityError, match="qualification_level_of_isced"), transaction.atomic():
        Qualification.objects.filter(pk=award.pk).update(level=level)
    with pytest.raises(Invalid) as refusal:
        enter_qualification(officer.actor, member=award.member, level=level, title="x")
    assert {problem.field for problem in refusal.value.problems} >= {"level"}
    assert Qualification.objects.count() == 1


# --- Absences ---
def test_nobody_is_away_twice_on_a_day(officer, harare: Institution):
    absence = make_absence(harare)
    with pytest.raises(Invalid) as refusal:
        note_absence(officer.actor, member=absence.member, kind="sick", starts_on=absence.ends_on)
    assert (refusal.value.code, Absence.objects.count()) == ("overlaps", 1)
    other = note_absence(officer.actor, member=absence.member, kind="sick", starts_on=date(2026, 5, 9))
    with pytest.raises(Invalid) as refusal:
        change_absence(officer.actor, other, starts_on=date(2026, 5, 8))
    assert refusal.value.code == "overlaps"
    other.refresh_from_db()
    assert other.starts_on == date(2026, 5, 9)


def test_members_see_what_is_held_on_them_and_nobody_elses(harare: Institution):
    person = make_person(grants=[("lecturer", harare)])
    mine = make_member(harare, account=person)
    client = client_of(person.actor)
    for name, make in (
        ("contracts", make_contract),
        ("appointments", make_appointment),
        ("qualifications", make_qualification),
        ("absences", make_absence),
    ):
        row = make(harare, member=mine)
        make(harare)
        assert [one["id"] for one in client.get(f"/api/v1/staff/{name}/").json()["data"]] == [str(row.pk)], name
