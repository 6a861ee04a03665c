"""This file holds the tests of versions of courses: what a course was, is and will be, and what its sections earn."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from academic.courses.rules import change_course
from academic.courses.versions.queries import course_on
from academic.courses.versions.rules import change_course_version, remove_course_version, revise_course
from academic.courses.versions.tasks import move_on
from academic.factories import (
    make_course,
    make_course_version,
    make_enrollment,
    make_meeting,
    make_registration,
    make_section,
    make_term,
)
from academic.meetings.occurring import cancel_occurrence
from academic.models import Course, CourseVersion, Occurrence, Section
from academic.permissions import PERMISSIONS
from academic.requisites.facts import facts_of
from academic.sections.hours import hours_of
from academic.sections.rules import change_section, give_teaching, offer_section
from academic.tests.registration_lab import checked, make_coming_section, make_load_limit
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import today_there
from faculties.models import Institution
from users.factories import make_person
from users.models import User

pytestmark = pytest.mark.django_db
TODAY = today_there()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LAST_YEAR, NEXT_YEAR = TODAY - timedelta(days=365), TODAY + timedelta(days=365)
URL = "/api/v1/academic/course-versions/"
EXAM = {"code": "EXAM", "type": "exam", "weight": Decimal(60), "must_reach": Decimal(40)}
ESSAY = {"code": "ESSAY", "type": "tutor_marked", "weight": Decimal(40)}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


@pytest.fixture
def course(registrar: Actor, harare: Institution) -> Course:
    return make_course(harare, code="CS300", title="Compilers", credits=20, level=3)


def section_from(course: Course, day: date, **fields) -> Section:
    days = {"starts_on": day, "ends_on": day + timedelta(days=100)}
    return make_section(course.institution, course=course, term=make_term(course.institution, **days), **fields)


def now(course: Course) -> tuple:
    """What a course is, by its own row and by its current version."""
    course.refresh_from_db()
    current = course.versions.filter(is_current=True).values_list("title", "credits", "level").first()
    return (course.title, course.credits, course.level), current


def credits_of(section: Section) -> Decimal:
    section.refresh_from_db()
    return section.credits


# --- Revising ---
def test_a_course_is_something_else_from_a_day_on_and_was_what_it_was(registrar, course):
    version = revise_course(registrar, course=course, starts_on=TODAY, title="Languages", credits=Decimal(12))
    assert (version.level, version.is_current) == (3, True)
    assert now(course) == (("Languages", 12, 3), ("Languages", 12, 3))
    first = course_on(course, YESTERDAY)
    assert (first.title, first.credits, course_on(course, TODAY).title) == ("Compilers", 20, "Languages")
    assert list(course.versions.order_by("starts_on").values_list("starts_on", flat=True)) == [TODAY, None]
    moved = AuditEntry.objects.get(rule="academic.course.moved_on")
    assert moved.changes["credits"] == ["20.0", "12.0"]


def test_what_a_course_becomes_later_is_taken_up_on_that_day(registrar, harare, course, time_machine):
    revise_course(registrar, course=course, starts_on=TOMORROW, credits=Decimal(12))
    revise_course(registrar, course=course, starts_on=NEXT_YEAR, credits=Decimal(8))
    assert (move_on(), now(course)[0]) == (0, ("Compilers", 20, 3))
    time_machine.move_to(TOMORROW)
    assert (move_on(), now(course)) == (1, (("Compilers", 12, 3), ("Compilers", 12, 3)))
    assert (move_on(), course.versions.filter(is_current=True).count()) == (0, 1)


def test_a_version_keeps_what_is_not_said_of_it(registrar, course):
    plan = [ESSAY, EXAM]
    revise_course(registrar, course=course, contact_hours={"lecture": Decimal(36)}, assessment_plan=plan)
    later = revise_course(registrar, course=course, starts_on=TOMORROW, level=4)
    assert (later.credits, later.contact_hours, later.title) == (20, {"lecture": "36"}, "Compilers")
    assert [part["code"] for part in later.assessment_plan] == ["ESSAY", "EXAM"]


def test_from_the_beginning_a_course_is_what_it_says_itself(registrar, course):
    with pytest.raises(RuleBroken) as refusal:
        revise_course(registrar, course=course, credits=Decimal(12))
    assert (refusal.value.problems[0].code, refusal.value.problems[0].field) == ("said_by_the_course", "credits")
    assert now(course) == (("Compilers", 20, 3), None)
    revise_course(registrar, course=course, contact_hours={"lecture": Decimal(36)})
    with pytest.raises(Invalid) as taken:
        revise_course(registrar, course=course)
    assert (taken.value.code, course.versions.count()) == ("version_taken", 1)


def test_what_students_took_is_not_said_otherwise_later(registrar, harare, course):
    make_registration(harare, section=section_from(course, LAST_YEAR))
    with pytest.raises(RuleBroken) as refusal:
        revise_course(registrar, course=course, starts_on=LAST_YEAR, credits=Decimal(12))
    assert (refusal.value.code, course.versions.count()) == ("taught_already", 0)
    version = revise_course(registrar, course=course, starts_on=LAST_YEAR + timedelta(days=1), credits=Decimal(12))
    first = course.versions.get(starts_on=None)
    with pytest.raises(RuleBroken):
        change_course_version(registrar, first, title="Other")
    assert change_course_version(registrar, first, description="Parsing.").title == "Compilers"
    assert change_course_version(registrar, version, contact_hours={"lab": Decimal("1.5")}).contact_hours == {
        "lab": "1.5"
    }


def test_a_version_that_started_stays(registrar, harare, course):
    started = revise_course(registrar, course=course, starts_on=TODAY)
    with pytest.raises(RuleBroken) as refusal:
        remove_course_version(registrar, started)
    assert (refusal.value.code, CourseVersion.objects.count()) == ("version_started", 2)
    coming = revise_course(registrar, course=course, starts_on=TOMORROW, credits=Decimal(5))
    section = section_from(course, NEXT_YEAR)
    assert section.credits == 5
    remove_course_version(registrar, coming)
    assert (CourseVersion.objects.count(), credits_of(section)) == (2, 20)


def test_a_course_that_is_corrected_takes_its_current_version_along(registrar, harare, course):
    revise_course(registrar, course=course, starts_on=YESTERDAY)
    change_course(registrar, course, title="Translators", credits=Decimal(15))
    assert now(course) == (("Translators", 15, 3), ("Translators", 15, 3))
    assert course_on(course, LAST_YEAR).title == "Compilers"
    Course.objects.filter(pk=course.pk).update(level=4, description="Parsing.", credits_up_to=18)  # as a file does
    assert now(course)[1] == ("Translators", 15, 4)
    assert course.versions.filter(is_current=True, description="Parsing.", credits_up_to=18).exists()


# --- Plans and hours ---
@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ([EXAM, {**ESSAY, "weight": Decimal("39.99")}], "weights_not_100"),
        ([{**EXAM, "weight": Decimal(50)}] * 2, "code_twice"),
    ],
)
def test_a_plan_that_does_not_add_up_is_refused_with_its_sum(registrar, course, plan, code):
    with pytest.raises(RuleBroken) as refusal:
        revise_course(registrar, course=course, assessment_plan=plan)
    assert (refusal.value.code, CourseVersion.objects.count()) == (code, 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("assessment_plan", [{"code": "EXAM", "type": "exam", "weight": "99.99"}]),
        ("assessment_plan", [{"code": "EXAM", "type": "exam", "weight": "50"}] * 2),
        ("assessment_plan", [{"code": "EXAM", "type": "oral", "weight": "100"}]),
        ("assessment_plan", [{"code": "EXAM", "type": "exam", "weight": "100", "must_reach": "101"}]),
        ("contact_hours", {"lecture": "0"}),
        ("contact_hours", {"lecture": "many"}),
        ("contact_hours", {"picnic": "3"}),
    ],
)
def test_the_database_holds_no_unsound_plan_or_hours(harare, course, column, value):
    version = make_course_version(harare, course=course)
    with pytest.raises(IntegrityError), transaction.atomic():
        CourseVersion.objects.filter(pk=version.pk).update(**{column: value})


def test_what_is_wrong_in_a_body_is_told_with_its_place(registrar, course):
    parts = [{**ESSAY, "weight": "0"}, {"code": "EXAM", "type": "oral", "weight": "100"}]
    body = {"course": str(course.pk), "contact_hours": {"picnic": 3, "lab": 0}, "assessment_plan": parts}
    answer = client_of(registrar).post(URL, body)
    assert answer.status_code == 400
    assert {(one["code"], one["field"]) for one in answer.json()["errors"]} == {
        ("unknown_field", "contact_hours/picnic"),
        ("min_value", "contact_hours/lab"),
        ("min_value", "assessment_plan/0/weight"),
        ("invalid_choice", "assessment_plan/1/type"),
    }
    assert CourseVersion.objects.count() == 0


def test_one_version_shows_its_hours_and_plan(registrar, course):
    parts = [{"code": "EXAM", "type": "exam", "weight": "100"}]
    body = {"course": str(course.pk), "contact_hours": {"lecture": "36", "lab": "12.5"}, "assessment_plan": parts}
    made = client_of(registrar).post(URL, body).json()["data"]
    assert made["contact_hours"] == {"lecture": "36.0", "lab": "12.5"}
    assert [(part["code"], part["weight"]) for part in made["assessment_plan"]] == [("EXAM", "100.00")]


# --- What a section earns ---
def test_a_section_has_the_credits_of_its_course_on_its_first_day(registrar, harare, course):
    before, after = section_from(course, TODAY), section_from(course, NEXT_YEAR)
    taken = section_from(course, NEXT_YEAR)
    make_registration(harare, section=taken)
    revise_course(registrar, course=course, starts_on=TOMORROW, credits=Decimal(12))
    # One that begins before the day keeps them, one that nobody takes yet goes along, and one that somebody takes not.
    assert [credits_of(one) for one in (before, after, taken)] == [20, 12, 20]
    offered = offer_section(registrar, course=course, term=after.term, code="2")
    assert (offered.credits, credits_of(offered)) == (12, 12)
    change_section(registrar, offered, starts_on=TODAY - timedelta(days=2))
    assert credits_of(offered) == 12  # it has begun
    shown = client_of(registrar).get(f"/api/v1/academic/sections/{after.pk}/").json()["data"]
    assert shown["credits"] == "12.0"


def test_the_database_gives_a_section_no_other_credits(harare, course):
    section = section_from(course, TODAY)
    with pytest.raises(IntegrityError, match="credits of its course"), transaction.atomic():
        Section.objects.filter(pk=section.pk).update(credits=19)
    assert credits_of(section) == 20


def test_a_section_says_for_how_many_credits_of_a_range_it_is_taken(registrar, harare, course):
    change_course(registrar, course, credits_up_to=Decimal(24))
    term = section_from(course, NEXT_YEAR).term
    for stated in (Decimal("24.5"), Decimal("19.5")):
        with pytest.raises(RuleBroken, match=r"earns 20\.0 to 24\.0 credits") as refusal:
            offer_section(registrar, course=course, term=term, code="2", credits=stated)
        assert refusal.value.problems[0].field == "credits"
    section = offer_section(registrar, course=course, term=term, code="2", credits=Decimal(22))
    assert change_section(registrar, section, credits=Decimal(23)).credits == 23
    revise_course(registrar, course=course, starts_on=TOMORROW, title="Languages")
    assert credits_of(section) == 23  # it is still within the range
    make_registration(harare, section=section)
    with pytest.raises(RuleBroken) as refusal:
        change_section(registrar, section, credits=Decimal(22))
    assert (refusal.value.code, credits_of(section)) == ("taken_already", 23)


def test_the_parts_of_a_section_earn_nothing(registrar, harare, course):
    whole = section_from(course, NEXT_YEAR)
    lab = make_section(harare, course=course, term=whole.term, code="L1", kind="lab", whole=whole)
    revise_course(registrar, course=course, starts_on=TOMORROW, credits=Decimal(12))
    assert (credits_of(whole), credits_of(lab)) == (12, 0)
    with pytest.raises(RuleBroken) as refusal:
        offer_section(
            registrar, course=course, term=whole.term, code="L2", whole=whole, kind="lab", credits=Decimal(12)
        )
    assert (refusal.value.code, whole.parts.count()) == ("credits_of_its_course", 1)
    enrollment = make_enrollment(harare)
    for section in (whole, lab):
        make_registration(harare, enrollment=enrollment, section=section, result="pass")
    earned = facts_of(harare.pk, [enrollment.student_id], TODAY)[enrollment.student_id].earned
    assert earned[course.pk].credits == 12


def test_the_load_counts_what_the_sections_earn(registrar, harare, course):
    make_load_limit(harare, most_credits=30)
    first = make_coming_section(harare, course=course)
    enrollment = make_enrollment(harare)
    make_registration(harare, enrollment=enrollment, section=first)
    change_course(registrar, course, credits=Decimal(5))
    second = make_coming_section(harare, load=10, term=first.term)
    third = make_coming_section(harare, load=Decimal("10.5"), term=first.term)
    assert checked(registrar, enrollment, second) == []
    assert checked(registrar, enrollment, third) == ["too_many_credits"]


def test_what_was_earned_stays_and_is_earned_once(registrar, harare, course):
    enrollment = make_enrollment(harare)
    make_registration(harare, enrollment=enrollment, section=section_from(course, LAST_YEAR), result="pass")
    revise_course(registrar, course=course, starts_on=TODAY, credits=Decimal(12))
    earned = facts_of(harare.pk, [enrollment.student_id], TODAY)[enrollment.student_id].earned
    assert earned[course.pk].credits == 20
    make_registration(harare, enrollment=enrollment, section=section_from(course, TODAY), result="pass")
    earned = facts_of(harare.pk, [enrollment.student_id], TODAY)[enrollment.student_id].earned
    assert earned[course.pk].credits == 12


# --- Planned and scheduled hours, and the gradebook ---
def test_planned_hours_stand_beside_those_that_meetings_give(registrar, harare, course, django_assert_num_queries):
    section = section_from(course, date(2026, 2, 9))
    revise_course(registrar, course=course, contact_hours={"lecture": Decimal(40), "lab": Decimal(12)})
    make_meeting(harare, section=section, first_week=1, last_week=3)
    dropped = make_meeting(harare, section=section, kind="tutorial", weekday=2, first_week=1, last_week=2)
    cancel_occurrence(registrar, Occurrence.objects.filter(meeting=dropped).first())
    with django_assert_num_queries(1):
        found = hours_of(section)
    assert found == [("lab", 12, 0, 12), ("lecture", 40, 6, 34), ("tutorial", None, 2, None)]
    answer = client_of(registrar).get(f"/api/v1/academic/sections/{section.pk}/contact-hours/")
    assert answer.json()["data"][1] == {"kind": "lecture", "planned": "40.0", "scheduled": "6.00", "missing": "34.00"}


def test_who_takes_a_section_takes_one_part_of_each_kind(registrar, harare, course):
    whole = section_from(course, date(2026, 2, 9))
    revise_course(registrar, course=course, contact_hours={"lecture": Decimal(4), "lab": Decimal(6)})
    make_meeting(harare, section=whole, first_week=1, last_week=2)
    for code, weeks in (("L1", 2), ("L2", 3)):
        lab = make_section(harare, course=course, term=whole.term, code=code, kind="lab", whole=whole)
        make_meeting(harare, section=lab, kind="lab", weekday=weeks, first_week=1, last_week=weeks)
    assert hours_of(whole) == [("lab", 6, 4, 2), ("lecture", 4, 4, 0)]
    assert hours_of(lab) == [("lab", 6, 6, 0)]


def test_a_section_takes_the_plan_of_its_course_once(registrar, harare, course):
    section = section_from(course, TODAY)
    url = f"/api/v1/academic/sections/{section.pk}/take-assessment-plan/"
    codes = [client_of(registrar).post(url).json()["errors"][0]["code"]]
    revise_course(registrar, course=course, assessment_plan=[ESSAY, EXAM])
    assert client_of(registrar).post(url).status_code == 200
    codes.append(client_of(registrar).post(url).json()["errors"][0]["code"])
    assert codes == ["no_plan", "assessments_there"]
    taken = section.assessments.order_by("code").values_list("code", "type", "weight")
    assert list(taken) == [("ESSAY", "tutor_marked", 40), ("EXAM", "exam", 60)]
    assert AuditEntry.objects.get(rule="academic.assessment_plan.taken", decision="done").count == 2


def test_who_teaches_a_section_takes_the_plan_and_nobody_else_does(registrar, harare, course):
    section, other = section_from(course, TODAY), section_from(course, TODAY)
    revise_course(registrar, course=course, assessment_plan=[ESSAY, EXAM])
    account = make_person(grants=[("lecturer", harare)])
    give_teaching(registrar, section=section, account=User.objects.get(pk=account.pk))
    url = "/api/v1/academic/sections/{}/take-assessment-plan/"
    answers = [client_of(account.actor).post(url.format(one.pk)).status_code for one in (section, other)]
    assert (answers, other.assessments.count()) == ([200, 403], 0)
