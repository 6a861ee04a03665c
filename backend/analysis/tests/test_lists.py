"""This file holds the tests of derived lists: who is on them, why, and who is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from academic.enrollments.rules import change_status
from academic.factories import (
    make_course,
    make_enrollment,
    make_program,
    make_program_version,
    make_registration,
    make_section,
    make_term,
)
from academic.models import EnrollmentStatus, FieldOfStudy, LoadLimit
from academic.tests.registration_lab import make_load_limit
from analysis.lists import tasks
from analysis.lists.counting import count
from analysis.models import DerivedList, ListMember
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.models import Institution

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def at_harare(harare: Institution):
    with reaching(harare.pk):
        yield


def studying(institution: Institution, *, years: float = 0, credits_required=None, duration=4, **fields):
    """An enrollment that began so many years ago."""
    program = make_program(institution, duration_years=duration, field_of_study=fields.pop("field_of_study", None))
    version = make_program_version(institution, program=program, credits_required=credits_required)
    began = TODAY - timedelta(days=round(years * 365.25) + 1)
    return make_enrollment(institution, program_version=version, enrolled_on=began, **fields)


def took(enrollment, result: str, *, credits=20, days_ago: int = 200, course=None):  # noqa: A002
    """A course that the student took, which began so many days ago and lasted 100."""
    institution = enrollment.institution
    began = TODAY - timedelta(days=days_ago)
    term = make_term(institution, starts_on=began, ends_on=began + timedelta(days=100))
    section = make_section(institution, course=course or make_course(institution, credits=credits), term=term)
    status = "withdrawn" if result == "withdrawn" else "registered"
    return make_registration(institution, enrollment=enrollment, section=section, result=result, status=status)


def reasons(name: str, enrollment) -> dict[str, str]:
    count(enrollment.institution_id, name, TODAY)
    member = ListMember.objects.filter(list=name, enrollment=enrollment).first()
    return dict(zip(member.rules, member.reasons, strict=True)) if member else {}


@pytest.mark.parametrize("field", ["05", "0613", "071"])
def test_stem_is_the_broad_fields_5_to_7(harare, field):
    assert reasons("stem", studying(harare, field_of_study=field)) == {"field": f"The program is of the field {field}."}


@pytest.mark.parametrize("field", [None, "0413", "08", "10"])
def test_other_fields_are_not_stem(harare, field):
    assert reasons("stem", studying(harare, field_of_study=field)) == {}


@pytest.mark.parametrize("declared", ["06", "061", "0613"])
def test_a_field_is_critical_where_it_or_one_around_it_is_declared_so(harare, declared):
    fields = {"critical_since": TODAY, "critical_source": "Gazette 12"}
    FieldOfStudy.objects.filter(code=declared).update(**fields)
    (reason,) = reasons("critical_skills", studying(harare, field_of_study="0613")).values()
    assert reason.startswith(f"{declared} ")
    assert reason.endswith(f"is critical since {TODAY}: Gazette 12.")
    assert reasons("critical_skills", studying(harare, field_of_study="0541")) == {}


@pytest.mark.parametrize("days", [{"critical_since": 1}, {"critical_since": -9, "critical_until": 0}])
def test_a_field_is_critical_only_for_its_time(harare, days):
    fields = {name: TODAY + timedelta(days=ahead) for name, ahead in days.items()}
    FieldOfStudy.objects.filter(code="0613").update(critical_source="Gazette 12", **fields)
    assert reasons("critical_skills", studying(harare, field_of_study="0613")) == {}


def test_whoever_earned_the_credits_may_graduate(harare):
    enrollment = studying(harare, credits_required=40)
    took(enrollment, "pass"), took(enrollment, "distinction")
    assert reasons("possible_graduates", enrollment) == {"credits_earned": "Earned 40.0 credits of the 40.0 required."}


def test_credits_are_earned_once_and_failing_earns_none(harare):
    enrollment = studying(harare, credits_required=40)
    course = make_course(harare, credits=20)
    took(enrollment, "pass", course=course), took(enrollment, "pass", course=course), took(enrollment, "fail")
    assert reasons("possible_graduates", enrollment) == {}


def test_courses_under_way_bring_the_award_in_sight(harare):
    enrollment = studying(harare, credits_required=40)
    took(enrollment, "pass"), took(enrollment, "pending", days_ago=10)
    assert reasons("possible_graduates", enrollment) == {
        "credits_in_sight": "With the courses under way: 40.0 credits of the 40.0 required."
    }


def test_half_of_the_latest_results_lost_is_a_risk_and_older_ones_are_not(harare):
    enrollment = studying(harare)
    took(enrollment, "fail", days_ago=400)
    term = took(enrollment, "pass", days_ago=150).section.term
    assert reasons("at_risk", enrollment) == {}
    for result in ("fail", "withdrawn"):
        section = make_section(harare, term=term)
        status = "withdrawn" if result == "withdrawn" else "registered"
        make_registration(harare, enrollment=enrollment, section=section, result=result, status=status)
    assert reasons("at_risk", enrollment) == {
        "results_lost": "2 of 3 results of the latest term are fails or withdrawals."
    }


@pytest.mark.parametrize(("credits", "is_behind"), [(89, True), (90, False)])
def test_under_three_quarters_of_a_normal_load_is_behind(harare, credits, is_behind):  # noqa: A002
    enrollment = studying(harare, years=1.2, credits_required=480)
    took(enrollment, "pass", credits=credits)
    expected = {"behind": f"Earned {credits}.0 credits in 1 years; a normal load is 120.0."} if is_behind else {}
    assert reasons("at_risk", enrollment) == expected


def test_nobody_is_behind_in_the_first_year(harare):
    assert reasons("at_risk", studying(harare, years=0.9, credits_required=480)) == {}


def test_no_registration_in_a_term_that_runs_is_a_risk(harare):
    missing, there = studying(harare, years=0.5), studying(harare, years=0.5)
    began = took(there, "pending", days_ago=28).section.term.starts_on
    assert reasons("at_risk", missing) == {"not_registered": f"No registration since the term began on {began}."}
    assert reasons("at_risk", there) == {}


def test_a_term_that_just_began_or_in_which_nobody_registered_yet_is_none(harare):
    missing, there = studying(harare, years=0.5), studying(harare, years=0.5)
    took(there, "pending", days_ago=27)
    make_term(harare, starts_on=TODAY - timedelta(days=40), ends_on=TODAY + timedelta(days=40))
    assert reasons("at_risk", missing) == {}


def test_a_long_interruption_is_a_risk(harare):
    enrollment = studying(harare, years=2)
    actor = person_at(harare, "academic.change_enrollment").actor
    change_status(actor, enrollment, status="deferred", starts_on=TODAY - timedelta(days=365))
    assert reasons("at_risk", enrollment) == {}
    EnrollmentStatus.objects.filter(enrollment=enrollment).update(starts_on=TODAY - timedelta(days=366))
    assert list(reasons("at_risk", enrollment)) == ["long_interrupted"]


@pytest.mark.parametrize(("years", "is_overdue"), [(3.0, False), (3.1, True)])
def test_one_and_a_half_times_the_duration_is_overdue(harare, years, is_overdue):
    assert list(reasons("at_risk", studying(harare, years=years - 0.01, duration=2))) == ["overdue"] * is_overdue


def test_who_takes_less_than_the_least_of_a_term_is_listed(harare):
    enrollment, over = studying(harare), studying(harare)
    section = took(enrollment, "pending", days_ago=10).section
    took(over, "pending", days_ago=101)
    assert reasons("below_least_load", enrollment) == {}
    make_load_limit(harare, least_credits=10, program_version=enrollment.program_version)
    make_load_limit(harare, least_credits=30)
    assert reasons("below_least_load", enrollment) == {}
    LoadLimit.objects.filter(program_version=enrollment.program_version_id).update(least_credits=40)
    told = f"20.0 credits are taken in {section.term.code}, of at least 40.0."
    assert reasons("below_least_load", enrollment) == {"below_least": told}
    assert reasons("below_least_load", over) == {}
    # What is taken in a part of a term counts in the term; what was canceled counts nowhere.
    whole = make_term(harare, starts_on=section.term.starts_on, ends_on=section.term.ends_on)
    type(whole).objects.filter(pk=section.term_id).update(kind="sub_term", parent=whole)
    other = make_section(harare, term=whole, course=make_course(harare, credits=20))
    make_registration(harare, enrollment=enrollment, section=other)
    assert reasons("below_least_load", enrollment) == {}
    type(other).objects.filter(pk=other.pk).update(status="canceled")
    told = f"20.0 credits are taken in {whole.code}, of at least 40.0."
    assert reasons("below_least_load", enrollment) == {"below_least": told}


def test_whoever_ended_is_on_no_list(harare):
    enrollment = studying(harare, field_of_study="0613", ended_on=TODAY, status="completed")
    assert reasons("stem", enrollment) == {}


def test_a_member_goes_when_the_rule_is_met_no_more_and_since_stays_while_it_is(harare):
    enrollment = studying(harare, field_of_study="0613")
    count(harare.pk, "stem", TODAY - timedelta(days=3))
    reasons("stem", enrollment)
    assert ListMember.objects.get().since == TODAY - timedelta(days=3)
    type(enrollment.program_version.program).objects.update(field_of_study="0111")
    assert reasons("stem", enrollment) == {}


def test_the_worker_counts_every_list_of_every_open_institution_and_no_other_is_touched(harare, mutare):
    studying(harare, field_of_study="0613")
    with reaching(mutare.pk):
        studying(mutare, field_of_study="0613")
    tasks.count_all()
    for place in (harare, mutare):
        with reaching(place.pk):
            assert dict(DerivedList.objects.values_list("name", "members")) == {
                "stem": 1,
                "critical_skills": 0,
                "possible_graduates": 0,
                "below_least_load": 0,
                "at_risk": 0,
            }
            assert ListMember.objects.get().institution_id == place.pk


def test_a_list_is_counted_by_api_and_its_members_say_why(harare):
    studying(harare, field_of_study="0613")
    client = client_of(person_at(harare, "analysis.view_list", "analysis.count_list", "students.view_student"))
    made = client.post("/api/v1/analysis/lists/", {"name": "stem"}).json()["data"]
    assert made["members"] == 1
    again = client.post("/api/v1/analysis/lists/", {"name": "stem"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "list_exists")
    ListMember.objects.all().delete()
    counted = client.post(f"/api/v1/analysis/lists/{made['id']}/count/")
    assert (counted.status_code, counted.json()["data"]["members"]) == (200, 1)
    (member,) = client.get("/api/v1/analysis/list-members/", {"list": "stem"}).json()["data"]
    assert (member["rules"], member["reasons"]) == (["field"], ["The program is of the field 0613."])
    told = client.get("/api/v1/analysis/lists/definitions/").json()["data"]
    assert {rule["code"] for one in told if one["name"] == "stem" for rule in one["rules"]} == {"field"}


def test_a_head_sees_the_members_of_the_own_department_and_when_they_were_counted(harare):
    ours, _ = studying(harare, field_of_study="0613"), studying(harare, field_of_study="0613")
    tasks.count_all()
    head = person_at(ours.program_version.program.department, "analysis.view_list")
    client = client_of(head)
    (member,) = client.get("/api/v1/analysis/list-members/").json()["data"]
    assert member["id"] == str(ListMember.objects.get(enrollment=ours).pk)
    assert {one["name"] for one in client.get("/api/v1/analysis/lists/").json()["data"]} == set(
        dict(DerivedList._meta.get_field("name").choices)
    )


def test_a_figure_counts_the_members_by_list(harare):
    enrollment = studying(harare, field_of_study="0613", credits_required=20)
    took(enrollment, "pass")
    studying(harare, field_of_study="0613")
    tasks.count_all()
    answer = client_of(person_at(harare, "analysis.view_figure")).get("/api/v1/analysis/list_members/?by=list")
    rows = {row["list"]: (row["count"], row["students"]) for row in answer.json()["data"]["rows"]}
    assert rows == {"stem": (2, 2), "possible_graduates": (1, 1)}
    assert (answer.json()["data"]["total"]["count"], answer.json()["data"]["total"]["students"]) == (3, 2)
