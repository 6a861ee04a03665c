"""This file holds the tests of the register of institutions and the hierarchy below it."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core import removing
from core.audit.models import AuditEntry
from core.errors import Conflict, Invalid, NotAllowed, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.departments.rules import close_department, open_department, remove_department, rename_department
from faculties.factories import make_department, make_faculty
from faculties.faculties.rules import change_faculty, close_faculty, open_faculty, remove_faculty
from faculties.institutions.rules import change_institution, close_institution, enter_institution
from faculties.models import Department, Faculty, Institution
from faculties.permissions import PERMISSIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def test_only_reach_over_the_nation_enters_an_institution(harare: Institution):
    fields = {"code": "NUST", "name": "NUST", "type": "university"}
    with pytest.raises(NotAllowed):
        enter_institution(person_at(harare, "faculties.add_institution").actor, **fields)
    assert Institution.objects.filter(code="NUST").count() == 0
    enter_institution(person_of_nation("faculties.add_institution").actor, **fields)
    assert Institution.objects.filter(code="NUST").count() == 1


def test_a_code_is_given_once(harare: Institution):
    with pytest.raises(Invalid) as refusal:
        enter_institution(
            person_of_nation("faculties.add_institution").actor, code=harare.code, name="Other", type="university"
        )
    assert [(problem.code, problem.field) for problem in refusal.value.problems] == [("unique", "code")]


def test_a_closed_institution_has_a_date(harare: Institution):
    with pytest.raises(IntegrityError), transaction.atomic():
        Institution.objects.filter(pk=harare.pk).update(status="closed")


def test_a_closed_institution_stays_as_it_was(harare: Institution):
    nation = person_of_nation(*PERMISSIONS).actor
    close_institution(nation, harare, closed_on=date(2026, 1, 1))
    with pytest.raises(RuleBroken) as refusal:
        change_institution(nation, harare, name="Another name")
    assert refusal.value.code == "institution_closed"


def test_a_faculty_opens_in_the_institution_of_the_actor(registrar, harare: Institution):
    assert open_faculty(registrar, code="ENG", name="Engineering").institution_id == harare.pk


def test_an_actor_of_several_institutions_says_in_which(registrar, mutare: Institution):
    nation = person_of_nation(*PERMISSIONS).actor
    with pytest.raises(RuleBroken) as refusal:
        open_faculty(nation, code="ENG", name="Engineering")
    assert refusal.value.code == "institution_needed"


def test_two_institutions_may_use_the_same_code(registrar, mutare: Institution):
    make_faculty(mutare, code="ENG")
    assert open_faculty(registrar, code="ENG", name="Engineering").code == "ENG"
    with pytest.raises(Invalid) as refusal:
        open_faculty(registrar, code="ENG", name="Engines")
    assert refusal.value.code == "code_taken"


def test_a_faculty_with_open_departments_does_not_close(registrar, harare: Institution):
    faculty = make_faculty(harare)
    department = make_department(harare, faculty=faculty)
    with pytest.raises(RuleBroken) as refusal:
        close_faculty(registrar, faculty, closed_on=date(2026, 6, 30))
    assert refusal.value.code == "departments_open"
    close_department(registrar, department, closed_on=date(2026, 6, 30))
    assert close_faculty(registrar, faculty, closed_on=date(2026, 6, 30)).closed_on == date(2026, 6, 30)


def test_a_merged_unit_closes_and_keeps_its_history(registrar, harare: Institution):
    old, new = make_faculty(harare), make_faculty(harare)
    close_faculty(registrar, old, closed_on=date(2026, 6, 30), merged_into=new)
    old.refresh_from_db()
    assert (old.merged_into, list(Faculty.objects.open_on(date(2026, 6, 29)))) == (new, [old, new])
    assert list(Faculty.objects.open_on(date(2026, 6, 30))) == [new]
    with pytest.raises(RuleBroken) as refusal:
        change_faculty(registrar, old, name="Anew")
    assert refusal.value.code == "unit_closed"


def test_a_unit_does_not_merge_into_itself(registrar, harare: Institution):
    faculty = make_faculty(harare)
    with pytest.raises(Invalid) as refusal:
        close_faculty(registrar, faculty, closed_on=date(2026, 6, 30), merged_into=faculty)
    assert refusal.value.code == "merged_stays_open"


def test_a_department_opens_only_in_an_open_faculty(registrar, harare: Institution):
    faculty = make_faculty(harare, closed_on=date(2025, 1, 1))
    with pytest.raises(RuleBroken) as refusal:
        open_department(registrar, faculty=faculty, code="CS", name="Computer science")
    assert (refusal.value.code, Department.objects.count()) == ("faculty_closed", 0)


def test_a_department_can_not_lie_in_a_faculty_of_another_institution(harare: Institution, mutare: Institution):
    theirs = make_faculty(mutare)
    with reaching(harare.pk), pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012 (the key is checked at the end)
        Department.objects.create(institution=harare, faculty_id=theirs.pk, code="CS", name="Computer science")
        connection.check_constraints()


def test_a_dean_changes_departments_of_the_own_faculty_only(harare: Institution):
    mine, other = make_faculty(harare), make_faculty(harare)
    here, there = make_department(harare, faculty=mine), make_department(harare, faculty=other)
    dean = person_at(mine, "faculties.view_department", "faculties.change_department", "faculties.add_department")
    # What a grant reaches is worked out when it is read: the departments below are in it.
    reach = dean.actor.reach("faculties.view_department")
    assert reach.units == {mine.pk}
    client = client_of(dean)
    assert [row["id"] for row in client.get("/api/v1/departments/").json()["data"]] == [str(here.pk)]
    assert client.patch(f"/api/v1/departments/{here.pk}/", {"name": "Informatics"}).status_code == 200
    assert client.patch(f"/api/v1/departments/{there.pk}/", {"name": "Informatics"}).status_code == 404
    with reaching(harare.pk):
        assert Department.objects.get(pk=there.pk).name == there.name


def test_what_the_register_says_is_changed_with_an_audit_entry(harare: Institution):
    client = client_of(person_of_nation("faculties.view_institution", "faculties.change_institution"))
    answer = client.patch(f"/api/v1/institutions/{harare.pk}/", {"capacity": 12000})
    assert (answer.status_code, answer.json()["data"]["capacity"]) == (200, 12000)
    entry = AuditEntry.objects.get(rule="faculties.institution.changed")
    assert entry.changes == {"capacity": [None, 12000]}


def test_two_departments_with_one_code_at_once_are_a_conflict_with_its_own_words(
    registrar, harare: Institution, monkeypatch: pytest.MonkeyPatch
):
    faculty = make_faculty(harare)
    make_department(harare, faculty=faculty, code="CS")
    # The check of a moment ago saw nothing: the other one was not committed.
    monkeypatch.setattr(Department, "full_clean", lambda row: None)
    with pytest.raises(Conflict) as refusal:
        open_department(registrar, faculty=faculty, code="CS", name="Computer science")
    assert refusal.value.code == "code_taken"


# --- Removing ---
def refused(client: Any, url: str) -> tuple[int, str, str]:
    answer = client.delete(url)
    (problem,) = answer.json()["errors"]
    return answer.status_code, problem["code"], problem["message"].removeprefix("Pointing at this: ").partition(".")[0]


def test_a_unit_stays_while_something_points_at_it_and_one_says_what(harare: Institution, monkeypatch):
    faculty, other = make_faculty(harare), make_faculty(harare)
    departments = [make_department(harare, faculty=faculty) for _ in range(3)]
    client, url = client_of(person_at(harare, *PERMISSIONS)), f"/api/v1/faculties/{faculty.pk}/"
    assert refused(client, url) == (409, "still_in_use", "3 departments")
    with reaching(harare.pk):
        close_faculty(person_at(harare, *PERMISSIONS).actor, other, closed_on=date(2026, 1, 1), merged_into=faculty)
    assert refused(client, url) == (409, "still_in_use", "1 faculty, 3 departments")
    monkeypatch.setattr(removing, "MOST_COUNTED", 2)
    assert refused(client, url) == (409, "still_in_use", "1 faculty, more than 2 departments")
    with reaching(harare.pk):
        assert (Faculty.objects.count(), Department.objects.count()) == (2, 3)
        assert AuditEntry.objects.filter(rule="faculties.faculty.removed", decision="refused").count() == 3
    for department in departments:
        assert client.delete(f"/api/v1/departments/{department.pk}/").status_code == 204
    with reaching(harare.pk):
        Faculty.objects.filter(pk=other.pk).update(merged_into=None)
    assert client.delete(url).status_code == 204


def test_a_unit_that_was_renamed_has_a_history_and_stays(registrar, harare: Institution):
    department = make_department(harare)
    rename_department(registrar, department, name="Physics", renamed_on=date(2020, 1, 1))
    with pytest.raises(Conflict) as refusal:
        remove_department(registrar, department)
    assert refusal.value.message.startswith("Pointing at this: 1 former name.")
    assert Department.objects.count() == 1


def test_who_points_at_a_unit_unseen_is_seen_by_the_foreign_key(registrar, harare: Institution, monkeypatch):
    faculty = make_faculty(harare)
    make_department(harare, faculty=faculty)
    monkeypatch.setattr(removing, "pointing_at", lambda row: iter(()))
    with pytest.raises(Conflict) as refusal:
        remove_faculty(registrar, faculty)
    assert (refusal.value.code, Faculty.objects.count()) == ("still_in_use", 1)
