"""This file holds the tests of requisites that rest on what is being taken, or is asked for at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from academic.equivalences.rules import add_equivalence
from academic.factories import make_course, make_enrollment, make_registration, make_term
from academic.models import Prerequisite, Registration, Section
from academic.permissions import PERMISSIONS
from academic.registrations.rules import check_cohort, recheck, register
from academic.requisites.rules import add_requisite
from academic.tests.registration_lab import codes, cohort, make_coming_section
from core.actor import Actor
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from faculties.factories import saved
from faculties.models import Institution

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS).actor


def test_what_is_asked_for_at_once_is_judged_as_one_after_the_other(registrar: Actor, harare: Institution):
    first, second = make_coming_section(harare), make_coming_section(harare)
    saved(Prerequisite(institution=harare, course=second.course, requires=first.course))
    # By name, by what it counts as, and for its credits.
    third, fourth, fifth = (make_coming_section(harare, term=first.term) for _ in range(3))
    days = {"starts_on": TODAY - DAY, "ends_on": None}
    add_equivalence(registrar, course=third.course, counts_as=make_course(harare, code="OLD"), **days)
    add_requisite(registrar, course=fourth.course, tree={"is": "passed", "course": "OLD"})
    add_requisite(registrar, course=fifth.course, tree={"is": "credits_at_least", "credits": 40})
    sections = [first, second, third, fourth, fifth]
    once, each = make_enrollment(harare), make_enrollment(harare)
    assert codes(check_cohort(registrar, [once], sections)) == codes(cohort(registrar, [once], sections)) == [[]] * 5
    for section in sections:
        register(registrar, enrollment=each, section=section)
    for one in (once, each):
        stand = Registration.objects.filter(enrollment=one).order_by("section_id")
        assert [row.requisites for row in stand] == ["met", "conditional", "met", "conditional", "conditional"]
    # What is refused is not taken, and nothing rests on it; neither does a course rest on its own credits.
    Section.objects.filter(pk__in=[first.pk, third.pk]).update(capacity=2)
    expected = [["full"], ["not_passed"], ["full"], ["not_passed"], ["too_few_credits"]]
    assert codes(cohort(registrar, [make_enrollment(harare)], sections)) == expected
    assert codes(cohort(registrar, [make_enrollment(harare)], [second])) == [["not_passed"]]


def test_only_what_begins_no_later_is_in_progress_for_a_course(registrar: Actor, harare: Institution):
    section = make_coming_section(harare)
    required = make_course(harare)
    saved(Prerequisite(institution=harare, course=section.course, requires=required))
    add_requisite(registrar, course=section.course, kind="corequisite", tree={"is": "credits_at_least", "credits": 20})
    begins, ends = section.starts_on, section.ends_on
    later = make_term(harare, starts_on=begins + DAY, ends_on=ends + DAY)
    before = make_term(harare, starts_on=begins - 90 * DAY, ends_on=begins - DAY)
    beside = make_term(harare, starts_on=begins, ends_on=ends)
    for fields, expected in (
        ({"term": later}, ["not_passed", "too_few_credits"]),
        ({"term": before}, []),
        ({"term": beside}, []),
        ({"term": section.term, "starts_on": begins + DAY}, []),  # its term counts
        ({"term": later, "starts_on": begins, "code": "2"}, []),
    ):
        taken = make_coming_section(harare, course=required, **fields)
        enrollment, other = make_enrollment(harare), make_enrollment(harare)
        make_registration(harare, enrollment=enrollment, section=taken)
        (verdict,) = check_cohort(registrar, [enrollment], [section])
        assert sorted(failure.code for failure in verdict.failed) == expected
        for failure in verdict.failed[:1]:
            assert failure.message == f"{required.code} was not passed, and is taken only after this course begins."
        # At once as well; and it is looked at again so.
        answers = cohort(registrar, [other], [taken, section])
        assert [sorted(one) for one in codes(answers)] == [[], expected]
        for mine in Registration.objects.filter(enrollment=other, section=section):
            assert (mine.requisites, recheck(registrar, mine).requisites) == ("conditional", "conditional")
