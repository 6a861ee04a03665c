"""This file holds what is promised of who teaches: roles, shares that add up, and hours that follow whoever writes."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from academic.factories import make_course, make_program, make_program_version, make_section, make_term
from academic.meetings.rules import add_meeting
from academic.models import OccurrenceCohort, OccurrenceLecturer, SectionCohort, Teaching
from academic.permissions import PERMISSIONS
from academic.sections.rules import change_teaching, end_teaching, give_teaching, share_teaching
from academic.tests.timetable_lab import MONDAYS, refused, section_of, weekly
from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department
from faculties.models import Institution
from users.factories import make_grant, make_user
from users.roles.actors import actor_of

pytestmark = pytest.mark.django_db
HALF = Decimal("0.5")


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def term(harare: Institution):
    """Three weeks, from a Monday to a Sunday."""
    return make_term(harare, starts_on=MONDAYS[0], ends_on=MONDAYS[2].replace(day=28))


def hours_of(account: Any) -> int:
    return OccurrenceLecturer.objects.filter(account=account).count()


def shares(*pairs: tuple[Teaching, str | None]) -> list[dict[str, Any]]:
    return [{"teaching": one.pk, "share": share and Decimal(share)} for one, share in pairs]


# --- Roles ---
@pytest.mark.parametrize(
    ("role", "attends"),
    [("lecturer", True), ("tutor", True), ("demonstrator", True), ("coordinator", False), ("examiner", False)],
)
def test_whoever_is_in_the_room_by_the_role_or_because_it_is_said_has_the_hours(registrar, term, role, attends):
    section, ours, said = section_of(term, "PHY"), make_user(), make_user()
    add_meeting(registrar, section=section, **weekly())
    teaching = give_teaching(registrar, section=section, account=ours, role=role)
    assert (teaching.attends, hours_of(ours)) == (attends, 3 * attends)
    give_teaching(registrar, section=section, account=said, role=role, attends=not attends)
    assert hours_of(said) == 3 * (not attends)


def test_who_becomes_a_coordinator_gives_the_hours_back_and_who_attends_again_must_be_free(registrar, term):
    section, other, lecturer = section_of(term, "PHY"), section_of(term, "ALG"), make_user(name="Rudo Moyo")
    add_meeting(registrar, section=section, **weekly())
    add_meeting(registrar, section=other, **weekly())
    teaching = give_teaching(registrar, section=section, account=lecturer)
    teaching = change_teaching(registrar, teaching, role="coordinator")
    assert (teaching.attends, hours_of(lecturer)) == (False, 0)
    give_teaching(registrar, section=other, account=lecturer)
    refusal = refused(change_teaching, registrar, teaching, attends=True)
    assert refusal.message.startswith("Rudo Moyo teaches ALG 1 lecture on 9 February 2026 from 08:00 to 10:00; PHY 1")


# --- Shares ---
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"share": Decimal(0)}, "no_such_share"),
        ({"share": Decimal("1.0001")}, "no_such_share"),
        ({"share": HALF}, "shares_do_not_add_up"),  # alone, and not all of it
        ({"share": HALF, "role": "examiner"}, "share_without_hours"),
    ],
)
def test_a_wrong_share_is_refused_by_its_field(registrar, term, fields, code):
    refusal = refused(give_teaching, registrar, section=section_of(term, "PHY"), account=make_user(), **fields)
    assert [(one.code, one.field) for one in refusal.problems] == [(code, "share")]


def test_shares_are_at_most_the_whole_and_the_whole_where_all_have_one(registrar, term):
    section = section_of(term, "PHY")
    first = give_teaching(registrar, section=section, account=make_user(), share=Decimal(1))
    second = give_teaching(registrar, section=section, account=make_user())
    give_teaching(registrar, section=section, account=make_user(), role="coordinator")
    assert refused(change_teaching, registrar, second, share=HALF).message == (
        "The shares of this section would be 1.5 in all: they are at most 1."
        " Share it out at /academic/sections/{id}/share-teaching/, where some may have none."
    )
    change_teaching(registrar, first, share=HALF)
    refusal = refused(change_teaching, registrar, second, share=Decimal("0.4"))
    assert refusal.message.startswith(
        "The shares of this section would be 0.9 in all: they are exactly 1 where all who attend have one."
    )
    change_teaching(registrar, second, share=HALF)
    assert refused(end_teaching, registrar, second).code == "shares_do_not_add_up"
    share_teaching(registrar, section, shares=shares((first, "1"), (second, None)))
    end_teaching(registrar, second)
    first.refresh_from_db()
    assert (first.share, first.version) == (Decimal(1), 3)


def test_hours_are_shared_out_at_once_and_each_change_is_audited(registrar, harare, term):
    section = section_of(term, "PHY")
    first, second = (give_teaching(registrar, section=section, account=make_user()) for _ in range(2))
    client = client_of(person_at(harare, "academic.change_section", "academic.view_section"))
    url = f"/api/v1/academic/sections/{section.pk}/share-teaching/"
    told = [{"teaching": str(first.pk), "share": "0.6"}, {"teaching": str(second.pk), "share": "0.4"}]
    assert client.post(url, {"shares": told}).status_code == 200
    entry = AuditEntry.objects.get(rule="academic.teaching.changed", subject_id=first.pk)
    assert entry.changes == {"share": [None, "0.6000"]}
    told[1]["share"] = "0.5"
    answer = client.post(url, {"shares": told})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "shares")
    told[1]["teaching"] = str(section.pk)
    answer = client.post(url, {"shares": told})
    assert answer.json()["errors"][0]["field"] == "shares/1/teaching"
    with reaching(harare.pk):
        assert sorted(Teaching.objects.values_list("share", flat=True)) == [Decimal("0.4"), Decimal("0.6")]


def test_the_database_refuses_shares_that_do_not_add_up_whatever_writes(registrar, harare, term):
    section = section_of(term, "PHY")
    rows = [Teaching(institution=harare, section=section, account=make_user(), share=one) for one in ("0.6", "0.4")]
    with pytest.raises(IntegrityError, match="shares of a section"), transaction.atomic():
        rows[0].save()
    Teaching.objects.bulk_create(rows)
    for wrong in (Decimal("0.7"), Decimal("0.3")):
        with pytest.raises(IntegrityError, match="shares of a section"), transaction.atomic():
            Teaching.objects.update(share=wrong)
    Teaching.objects.update(share=None)


# --- Hours follow, whoever writes ---
def test_hours_follow_a_teaching_and_a_cohort_that_no_rule_wrote(registrar, harare, term):
    section, other = section_of(term, "PHY"), section_of(term, "ALG")
    add_meeting(registrar, section=section, **weekly())
    add_meeting(registrar, section=other, **weekly(weekday=2))
    lecturer, version = make_user(), make_program_version(harare)
    Teaching(institution=harare, section=section, account=lecturer).save()
    SectionCohort(institution=harare, section=section, program_version=version, year_of_study=1).save()
    assert (hours_of(lecturer), OccurrenceCohort.objects.count()) == (3, 3)
    Teaching.objects.update(section=other)
    SectionCohort.objects.update(year_of_study=2)
    assert set(OccurrenceLecturer.objects.values_list("occurrence__section", flat=True)) == {other.pk}
    assert set(OccurrenceCohort.objects.values_list("year_of_study", flat=True)) == {2}
    Teaching.objects.update(attends=False)
    SectionCohort.objects.all().delete()
    assert (hours_of(lecturer), OccurrenceCohort.objects.count()) == (0, 0)


def test_a_teaching_that_no_rule_wrote_books_nobody_twice(registrar, harare, term):
    lecturer = make_user()
    for code in ("PHY", "ALG"):
        add_meeting(registrar, section=section_of(term, code), **weekly())
    first, second = (Teaching(institution=harare, section=meets, account=lecturer) for meets in sections_of(harare))
    first.save()
    with pytest.raises(IntegrityError, match="lecturer_at_one_place"), transaction.atomic():
        second.save()
    assert hours_of(lecturer) == 3


def sections_of(harare: Institution) -> Any:
    return make_section(harare)._meta.model.objects.filter(meetings__isnull=False)


def test_a_head_names_the_lecturers_of_the_department_for_its_sections_alone(harare, term):
    department = make_department(harare)
    own, others = (
        make_section(harare, term=term, course=make_course(harare, program=make_program(harare, department=where)))
        for where in (department, make_department(harare))
    )
    boss, rudo, stranger = make_user(), make_user(), make_user()
    make_grant(boss, "head-of-department", department)
    make_grant(rudo, "lecturer", department)
    make_grant(stranger, "lecturer", make_department(harare))
    client = client_of(actor_of(boss))

    def given(section: Any, account: Any) -> tuple:
        answer = client.post("/api/v1/academic/teachings/", {"section": str(section.pk), "account": str(account.pk)})
        return answer.status_code, *(one["field"] for one in answer.json()["errors"])

    assert given(own, stranger) == (400, "account")
    assert given(others, rudo) == (400, "section")
    assert given(own, rudo) == (201,)
    with reaching(harare.pk):
        assert list(Teaching.objects.values_list("section", "account")) == [(own.pk, rudo.pk)]
