"""This file holds the tests of leaving a section while other courses rest on it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from academic.factories import make_course, make_enrollment, make_registration, make_term, make_term_exception
from academic.models import LoadLimit, Prerequisite, Registration, Section
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, recheck, register, reinstate, swap, withdraw
from academic.registrations.waiting import join_waitlist
from academic.requisites.rules import add_requisite
from academic.sections.rules import change_section
from academic.tests.registration_lab import codes, cohort, make_coming_section, make_load_limit, recount
from academic.tests.waitlist_lab import lecture_with_labs, statuses
from academic.waivers.rules import give_waiver
from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.testing.letters import posted
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
TODAY, DAY = today_there(), timedelta(days=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def refused(rule, *args, **fields) -> list[str]:
    """The codes with which a rule says no."""
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return [problem.code for problem in refusal.value.problems]


def test_nobody_leaves_a_course_without_what_is_taken_together_with_it(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        registrar = person_at(harare, *PERMISSIONS).actor
        enrollment = make_enrollment(harare, student=make_student(harare, account=person))
        lecture, lab = (make_coming_section(harare) for _ in range(2))
        same = make_coming_section(harare, course=lab.course, term=lab.term, code="2")
        tree = {"is": "registered_together", "course": str(lab.course_id)}
        add_requisite(registrar, course=lecture.course, kind="corequisite", tree=tree)
        assert codes(cohort(registrar, [enrollment], [lab, lecture])) == [[], []]
        needed, needing = Registration.objects.order_by("pk")
        assert refused(drop, registrar, needed) == ["needed_together"]
        assert refused(withdraw, person.actor, needed, withdrawn_on=TODAY) == ["needed_together"]
        assert refused(swap, registrar, needed, section=make_coming_section(harare)) == ["needed_together"]
        with pytest.raises(RuleBroken, match=f"together with it: {lecture.course.code}. Leave that first, or ask"):
            drop(registrar, needed)
        needing.refresh_from_db()
        assert (needing.requisites, sorted(recount(harare))) == ("met", [(0, 0), (0, 0), (1, 1), (1, 1)])
        needed = swap(registrar, needed, section=same)
        # What was, the registry states; then it waives, or withdraws from the other one too.
        with posted() as letters:
            withdrawn = withdraw(registrar, needed, withdrawn_on=TODAY)
        assert [one.subject for one in letters] == [
            f"Your registration for {lecture.course.code} {lecture.course.title}"
        ]
        assert Registration.objects.get(pk=needing.pk).requisites == "not_met"
        needed = recheck(registrar, reinstate(registrar, withdrawn))
        assert Registration.objects.get(pk=needing.pk).requisites == "met"
        waives = {"course": lecture.course, "waives": "requisites", "reason": "Board", "until": TODAY}
        give_waiver(registrar, student=enrollment.student, **waives)
        drop(registrar, needed)
        assert Registration.objects.get().requisites == "waived"


def test_of_two_courses_that_ask_for_each_other_either_is_left_first(registrar: Actor, harare: Institution):
    enrollment, sections = make_enrollment(harare), [make_coming_section(harare) for _ in range(2)]
    for one, other in (sections, sections[::-1]):
        tree = {"is": "registered_together", "course": str(other.course_id)}
        add_requisite(registrar, course=one.course, kind="corequisite", tree=tree)
    assert codes(cohort(registrar, [enrollment], sections)) == [[], []]
    first, second = Registration.objects.order_by("pk")
    drop(registrar, first)
    second.refresh_from_db()
    assert second.requisites == "not_met"
    drop(registrar, second)


def test_who_leaves_a_course_in_progress_is_judged_as_by_its_result(registrar: Actor, harare: Institution):
    required, course, enrollment = make_course(harare), make_course(harare), make_enrollment(harare)
    saved(Prerequisite(institution=harare, course=course, requires=required))
    earlier, later = (
        register(registrar, enrollment=enrollment, section=make_coming_section(harare, course=one))
        for one in (required, course)
    )
    drop(registrar, earlier)
    later.refresh_from_db()
    assert (later.requisites, later.status) == ("not_met", "registered")


def test_a_dry_run_of_dropping_says_why_not_and_what_comes_of_it(harare: Institution):
    person, other, dean = (make_person(grants=[(role, harare)]) for role in ("student", "student", "dean"))
    with reaching(harare.pk):
        registrar = person_at(harare, *PERMISSIONS).actor
        limit = make_load_limit(harare, least_credits=40, below_least="refused")
        enrollment = make_enrollment(harare, student=make_student(harare, account=person))
        first = register(registrar, enrollment=enrollment, section=make_coming_section(harare))
        resting = make_course(harare)
        saved(Prerequisite(institution=harare, course=resting, requires=first.section.course))
        section = make_coming_section(harare, course=resting, term=first.section.term)
        register(registrar, enrollment=enrollment, section=section)
    url = f"/api/v1/academic/registrations/{first.pk}/check-drop/"
    told = client_of(person.actor).post(url).json()["data"]
    assert (told["passed"], told["warnings"]) == (False, [])
    assert [one["code"] for one in told["failed"]] == ["below_least_load"]
    with reaching(harare.pk):
        LoadLimit.objects.filter(pk=limit.pk).update(below_least="warned")
    told = client_of(person.actor).post(url).json()["data"]
    load = "That makes 20 credits in this term, and at least 40 are to be taken."
    unmet = f"What {resting.code} asks for is not met then."
    assert told == {"passed": True, "failed": [], "warnings": [load, unmet]}
    assert [client_of(one.actor).post(url).status_code for one in (other, dean)] == [404, 403]
    assert client_of(person.actor).post(url, {"day": "today"}).status_code == 400
    with reaching(harare.pk):
        assert [one.requisites for one in Registration.objects.order_by("pk")] == ["met", "conditional"]
        assert recount(harare) == [(1, 1), (1, 1)]
        rules = set(AuditEntry.objects.values_list("rule", flat=True))
        assert rules == {"academic.registration.made", "academic.change_registration"}


@pytest.mark.parametrize(
    ("census", "own", "status", "stays"),
    [
        (TODAY, None, "open", False),
        (TODAY - DAY, None, "open", True),
        (TODAY - DAY, None, "canceled", False),
        (None, None, "open", True),
        (TODAY - DAY, TODAY, "open", False),
        (TODAY, TODAY - DAY, "open", True),
    ],
)
def test_after_the_census_that_holds_for_it_no_row_is_deleted(registrar, harare, census, own, status, stays):
    days = {"starts_on": TODAY - 30 * DAY, "ends_on": TODAY + 60 * DAY}
    term = make_term(harare, **days, census_on=census)
    row = make_registration(harare, section=make_coming_section(harare, term=term, starts_on=days["starts_on"]))
    Section.objects.filter(pk=row.section_id).update(status=status)
    if own:
        program = row.enrollment.program_version.program
        make_term_exception(harare, term=term, program=program, **days, census_on=own)
    rows = Registration.objects.filter(pk=row.pk)
    if stays:
        with pytest.raises(IntegrityError, match="after the census"), transaction.atomic():
            rows.delete()
    else:
        rows.delete()
    assert rows.exists() == stays


def test_who_leaves_a_section_waits_for_no_other_part_of_it(registrar: Actor, harare: Institution):
    whole, labs = lecture_with_labs(harare, 2, 0)
    assert codes(cohort(registrar, [make_enrollment(harare) for _ in range(2)], [whole, labs[0]])) == [[]] * 4
    mine, theirs = Registration.objects.filter(section=whole).order_by("pk")
    waiting, offered = (join_waitlist(registrar, enrollment=one.enrollment, section=labs[1]) for one in (mine, theirs))
    withdraw(registrar, mine, withdrawn_on=TODAY)
    change_section(registrar, labs[1], capacity=1)
    assert statuses(waiting, offered) == ["left", "offered"]
    drop(registrar, theirs)
    assert (statuses(offered), sorted(recount(harare))) == (["refused"], [(0, 0)] * 3)
