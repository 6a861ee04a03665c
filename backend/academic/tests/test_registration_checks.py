"""This file holds what each check of a registration asks, what waives it, and who waives."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from academic.factories import (
    make_course,
    make_enrollment,
    make_meeting,
    make_registration,
    make_term,
    make_window,
)
from academic.holds.rules import lift_hold, place_hold
from academic.loads.rules import change_load_limit
from academic.models import Hold, Prerequisite, Registration, Section, Waiver, Window
from academic.permissions import PERMISSIONS
from academic.registrations.rechecks import recheck_requisites
from academic.registrations.rules import check_cohort, drop, register, reinstate, swap, withdraw
from academic.registrations.warnings import warnings_on
from academic.requisites.rules import add_requisite
from academic.sections.rules import change_section
from academic.tests.registration_lab import (
    REGISTRATIONS,
    checked,
    codes,
    cohort,
    make_coming_section,
    make_hold,
    make_load_limit,
    make_waiver,
    recount,
    refused,
)
from academic.waivers.rules import give_waiver, revoke_waiver
from core.actor import Actor
from core.errors import Invalid, NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
TODAY = today_there()
DAY = timedelta(days=1)


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "students.view_student").actor


def test_a_hold_blocks_from_its_first_to_its_last_day_until_it_is_lifted(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    hold = make_hold(harare, student=enrollment.student, starts_on=TODAY, ends_on=TODAY)
    assert checked(registrar, enrollment, section) == ["hold"]
    for days in ({"starts_on": TODAY + DAY, "ends_on": None}, {"starts_on": TODAY - DAY, "ends_on": TODAY - DAY}):
        Hold.objects.filter(pk=hold.pk).update(**days)
        assert checked(registrar, enrollment, section) == []
    Hold.objects.filter(pk=hold.pk).update(starts_on=TODAY, ends_on=None, blocks_registration=False)
    assert checked(registrar, enrollment, section) == []
    Hold.objects.filter(pk=hold.pk).update(blocks_registration=True)
    assert checked(registrar, enrollment, section) == ["hold"]
    lift_hold(registrar, hold, lifted_because="Paid")
    assert checked(registrar, enrollment, section) == []
    assert refused(lift_hold, registrar, hold) == ["already_lifted"]


def test_nobody_lifts_a_hold_or_gives_a_waiver_of_their_own(registrar: Actor, harare: Institution):
    clerk = make_person(grants=[("registrar", harare)])
    student = make_student(harare, account=clerk)
    hold = place_hold(registrar, student=student, kind="library", reason="Two books", starts_on=TODAY)
    assert refused(lift_hold, clerk.actor, hold) == ["own_hold"]
    fields = {"section": make_coming_section(harare), "waives": "load", "reason": "Mine", "until": TODAY}
    assert refused(give_waiver, clerk.actor, student=student, **fields) == ["own_waiver"]
    assert (Hold.objects.get().lifted_at, Waiver.objects.count()) == (None, 0)


def test_what_a_course_requires_is_passed_or_being_taken(registrar: Actor, harare: Institution):
    required, course, enrollment = make_course(harare), make_course(harare), make_enrollment(harare)
    saved(Prerequisite(institution=harare, course=course, requires=required))
    section = make_coming_section(harare, course=course)
    assert checked(registrar, enrollment, section) == ["not_passed"]
    earlier = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare, course=required))
    # What is being taken lets pass until its result is there.
    for result, expected in (("pending", []), ("fail", ["not_passed"]), ("pass", []), ("distinction", [])):
        Registration.objects.filter(pk=earlier.pk).update(result=result)
        assert checked(registrar, enrollment, section) == expected


@pytest.mark.parametrize("kind", ["register", "add"])
def test_a_window_is_shut_before_it_opens_and_after_it_closes_unless_waived(
    registrar: Actor, harare: Institution, kind: str
):
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    window = make_window(harare, term=section.term, kind=kind, opens_after=-7, closes_after=-7)
    assert checked(registrar, enrollment, section) == []
    for day in (-8, -6):
        Window.objects.filter(pk=window.pk).update(opens_after=day, closes_after=day)
        assert checked(registrar, enrollment, section) == ["window_shut"]
    make_window(harare, term=section.term, kind={"register": "add", "add": "register"}[kind], opens_after=-9)
    assert checked(registrar, enrollment, section) == []
    Window.objects.filter(opens_after=-9).delete()
    make_waiver(harare, student=enrollment.student, section=section, waives="window")
    assert checked(registrar, enrollment, section) == []


def test_what_is_opened_or_waived_for_a_section_is_so_for_its_parts_but_not_when_they_meet(
    registrar: Actor, harare: Institution
):
    required, enrollment, whole = make_course(harare), make_enrollment(harare), make_coming_section(harare)
    saved(Prerequisite(institution=harare, course=whole.course, requires=required))
    same = {"course": whole.course, "term": whole.term, "kind": "lab", "whole": whole}
    lab = make_coming_section(harare, **same, code="L1")
    make_window(harare, term=whole.term, kind="register", opens_after=-30, closes_after=-20)

    def found() -> list[list[str]]:
        return codes(check_cohort(registrar, [enrollment], [whole, lab]))

    assert found() == [["window_shut", "not_passed"], ["window_shut", "whole_missing", "not_passed"]]
    make_window(harare, term=whole.term, section=whole, kind="register", opens_after=-30, closes_after=-1)
    make_waiver(harare, student=enrollment.student, section=whole, waives="requisites")
    assert found() == [[], []]
    own = make_window(harare, term=whole.term, section=lab, kind="register", opens_after=-1, closes_after=-1)
    assert found()[1] == ["window_shut"]
    Window.objects.filter(pk=own.pk).delete()
    mine = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
    for section in (lab, mine.section):
        make_meeting(harare, section=section, starts_at=time(8), ends_at=time(10))
    make_waiver(harare, student=enrollment.student, section=whole, waives="time_clash")
    assert found()[1] == ["time_clash"]
    make_waiver(harare, student=enrollment.student, section=lab, waives="time_clash")
    taken = cohort(registrar, [enrollment], [whole, lab])
    assert codes(taken) == [[], []]
    recheck_requisites(registrar, harare.pk, [enrollment.student_id])
    standing = Registration.objects.filter(pk__in=[one.registration for one in taken])
    assert set(standing.values_list("requisites", flat=True)) == {"waived"}


def test_a_clash_names_the_other_side_and_the_hour_unless_waived(registrar: Actor, harare: Institution):
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    mine = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
    make_meeting(harare, section=mine.section, starts_at=time(8), ends_at=time(10))
    touching = make_meeting(harare, section=section, starts_at=time(10), ends_at=time(11))
    assert checked(registrar, enrollment, section) == []
    make_meeting(harare, section=section, starts_at=time(9), ends_at=time(10))
    (failure,) = check_cohort(registrar, [enrollment], [section])[0].failed
    assert (failure.code, failure.figures["code"]) == ("time_clash", mine.section.course.code)
    assert failure.figures["at"].endswith("09:00")
    assert failure.figures["times"] == touching.occurrences.count() > 1
    assert mine.section.course.code in failure.message
    other = make_enrollment(harare)
    assert codes(cohort(registrar, [other], [section, mine.section])) == [[], ["time_clash"]]
    make_waiver(harare, student=enrollment.student, section=section, waives="time_clash")
    assert checked(registrar, enrollment, section) == []


def test_a_tree_of_requisites_is_judged_and_those_who_come_together_count(registrar: Actor, harare: Institution):
    lecture, lab, enrollment = make_coming_section(harare), make_coming_section(harare), make_enrollment(harare)
    tree = {"is": "registered_together", "course": str(lab.course_id)}
    add_requisite(registrar, course=lecture.course, kind="corequisite", tree=tree)
    (failure,) = check_cohort(registrar, [enrollment], [lecture])[0].failed
    assert (failure.check, failure.waived_by) == ("requisites", "academic.waive_requisites")
    assert lab.course.code in f"{failure.message} {failure.remedy}"
    assert codes(cohort(registrar, [enrollment], [lecture, lab])) == [[], []]


def test_a_course_that_is_refused_is_registered_together_with_none(registrar: Actor, harare: Institution):
    full, lab, lecture, rival = (make_coming_section(harare, capacity=seats) for seats in (0, 9, 9, 9))
    for section, kind, needed in (
        (lecture, "registered_together", lab),
        (lab, "registered_together", full),
        (rival, "not_taken", full),
    ):
        tree = {"is": kind, "course": str(needed.course_id)}
        add_requisite(registrar, course=section.course, kind="corequisite", tree=tree)
    enrollments = [make_enrollment(harare) for _ in range(2)]
    expected = [["not_together"]] * 4 + [["full"]] * 2 + [[]] * 2
    sections = [lecture, lab, full, rival]
    assert codes(check_cohort(registrar, enrollments, sections)) == expected
    assert codes(cohort(registrar, enrollments, sections)) == expected
    assert {one.section_id for one in Registration.objects.all()} == {rival.pk}
    # Who gets the one that is asked for gets all that ask for it.
    type(full).objects.filter(pk=full.pk).update(capacity=2)
    assert codes(cohort(registrar, [make_enrollment(harare)], sections)) == [[], [], [], ["taken_already"]]


def test_a_course_is_taken_in_one_section_of_a_term(registrar: Actor, harare: Institution):
    enrollment, first = make_enrollment(harare), make_coming_section(harare, code="1")
    second = make_coming_section(harare, course=first.course, term=first.term, code="2")
    # Two in one call: the first that is asked for counts. In another term it may be taken again.
    answers = cohort(registrar, [enrollment], [first, second, make_coming_section(harare, course=first.course)])
    assert codes(answers) == [[], ["already_in_course"], []]
    (failure,) = answers[1].failed
    assert failure.message == f"This student takes {first.course.code} in section 1 in this term already."
    assert (failure.remedy.endswith("/swap/)."), failure.waived_by) == (True, "academic.waive_same_course")
    assert checked(registrar, enrollment, second) == ["already_in_course"]
    (registration,) = Registration.objects.filter(section=first)
    swapped = swap(registrar, registration, section=second)
    assert (swapped.section, checked(registrar, enrollment, first)) == (second, ["already_in_course"])
    # One who withdrew from the one is not taken back while in the other.
    withdraw(registrar, swapped, withdrawn_on=TODAY)
    register(registrar, enrollment=enrollment, section=first)
    assert refused(reinstate, registrar, swapped) == ["already_in_course"]
    give_waiver(registrar, student=enrollment.student, section=second, waives="same_course", reason="Both", until=TODAY)
    assert reinstate(registrar, swapped).status == "registered"


def test_a_term_and_its_parts_are_one_for_the_course_and_the_load(registrar: Actor, harare: Institution):
    whole = make_coming_section(harare).term
    days = {"parent": whole, "kind": "sub_term", "track": whole.track, "academic_year": whole.academic_year}
    middle = whole.starts_on + 40 * DAY
    first = make_term(harare, **days, starts_on=whole.starts_on, ends_on=middle)
    second = make_term(harare, **days, starts_on=middle + DAY, ends_on=whole.ends_on)
    make_load_limit(harare, most_credits=40, least_credits=40)
    enrollment = make_enrollment(harare)
    taken = [make_coming_section(harare, term=term) for term in (whole, first)]
    assert codes(cohort(registrar, [enrollment], taken)) == [[], []]
    for term in (whole, first, second):
        again = make_coming_section(harare, term=term, course=taken[1].course, code="2")
        assert checked(registrar, enrollment, again) == ["already_in_course", "too_many_credits"]
    # The least counts so too, and another term is another one, also of the same year.
    assert list(warnings_on(harare.pk, list(Registration.objects.all())).values()) == [[], []]
    year = make_term(harare, kind="year", starts_on=whole.starts_on, ends_on=whole.ends_on)
    type(whole).objects.filter(pk=whole.pk).update(parent=year)
    others = {**days, "parent": year, "starts_on": whole.starts_on, "ends_on": whole.ends_on, "track": "other"}
    other = make_term(harare, **others)
    assert checked(registrar, enrollment, make_coming_section(harare, term=other, course=taken[1].course)) == []


def test_what_was_canceled_counts_no_more_and_is_left_at_any_time(registrar: Actor, harare: Institution):
    enrollment, canceled, lecture = make_enrollment(harare), make_coming_section(harare), make_coming_section(harare)
    term, course = canceled.term, canceled.course
    instead = make_coming_section(harare, term=term, course=course, code="2")
    needing = make_coming_section(harare, term=term)
    saved(Prerequisite(institution=harare, course=needing.course, requires=course))
    make_load_limit(harare, most_credits=20, least_credits=20, below_least="refused")
    host = make_coming_section(harare, term=term)
    for one in (host, instead):
        make_meeting(harare, section=one)
    Section.objects.filter(pk=canceled.pk).update(meets_with=host.pk)
    tree = {"is": "registered_together", "course": str(course.pk)}
    add_requisite(registrar, course=lecture.course, kind="corequisite", tree=tree)
    mine = register(registrar, enrollment=enrollment, section=Section.objects.get(pk=canceled.pk))
    assert checked(registrar, enrollment, instead) == ["already_in_course", "too_many_credits", "time_clash"]
    assert checked(registrar, enrollment, needing) == ["too_many_credits"]
    register(registrar, enrollment=enrollment, section=lecture)
    make_window(harare, term=term, kind="drop", opens_after=-6, closes_after=-1)
    Section.objects.filter(pk=canceled.pk).update(starts_on=TODAY - DAY)
    mine.refresh_from_db()
    assert refused(drop, registrar, mine) == ["window_shut"]
    change_section(registrar, mine.section, status="canceled")
    assert checked(registrar, enrollment, instead) == []
    assert checked(registrar, enrollment, needing) == ["not_passed"]
    with transaction.atomic():
        swapped = swap(registrar, mine, section=instead)
        assert (swapped.section, swapped.student) == (instead, enrollment.student)
        transaction.set_rollback(True)
    # Nothing rests on it any more: neither the load, nor what is taken together with it.
    drop(registrar, Registration.objects.get(pk=mine.pk))
    assert Registration.objects.get().section == lecture


def test_what_failed_may_be_taken_again_in_its_term(registrar: Actor, harare: Institution):
    failed = make_registration(harare, section=make_coming_section(harare), result="fail")
    again = make_coming_section(harare, course=failed.section.course, term=failed.section.term, code="2")
    assert checked(registrar, failed.enrollment, again) == []


def test_the_limit_of_the_program_version_goes_before_that_of_the_institution(registrar: Actor, harare: Institution):
    enrollment = make_enrollment(harare)
    section = make_coming_section(harare, load=20)
    make_load_limit(harare, most_credits=10)
    assert checked(registrar, enrollment, section) == ["too_many_credits"]
    make_load_limit(harare, most_credits=20, program_version=enrollment.program_version)
    assert checked(registrar, enrollment, section) == []


def test_who_builds_up_a_load_is_warned_while_it_is_below_the_least(registrar: Actor, harare: Institution):
    make_load_limit(harare, least_credits=60)
    enrollment, first = make_enrollment(harare), make_coming_section(harare)
    second, third = (make_coming_section(harare, term=first.term) for _ in range(2))
    client, asks = client_of(registrar), {"enrollments": [str(enrollment.pk)]}
    told = "That makes {} credits in this term, and at least 60 are to be taken."
    made = client.post(REGISTRATIONS, {"enrollment": str(enrollment.pk), "section": str(first.pk)}).json()["data"]
    assert made["warnings"] == [told.format(20)]
    # A dry run counts what it would take, as registering does.
    for sections, warned in (([second], [told.format(40)]), ([second, third], [])):
        body = {**asks, "sections": [str(one.pk) for one in sections]}
        answers = client.post(f"{REGISTRATIONS}check/", body).json()["data"]
        assert [one["warnings"] for one in answers] == [warned] * len(sections)
    answers = client.post(f"{REGISTRATIONS}cohort/", body).json()["data"]
    assert [one["warnings"] for one in answers] == [[], []]
    url = f"{REGISTRATIONS}{made['id']}/withdraw/"
    withdrawn = client.post(url, {"withdrawn_on": str(TODAY)}, headers={"If-Match": "*"}).json()["data"]
    assert withdrawn["warnings"] == [told.format(40)]
    assert "warnings" not in client.get(f"{REGISTRATIONS}{made['id']}/").json()["data"]


def test_nobody_falls_below_the_least_where_that_is_refused(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        registrar = person_at(harare, *PERMISSIONS).actor
        make_load_limit(harare, least_credits=40, below_least="refused")
        enrollment = make_enrollment(harare, student=make_student(harare, account=person))
        first = make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
        other, smaller = (make_coming_section(harare, term=first.section.term, load=load) for load in (20, 10))
        # Who is still below it chooses freely.
        drop(registrar, register(registrar, enrollment=enrollment, section=smaller))
        second = register(registrar, enrollment=enrollment, section=other)
        assert refused(drop, registrar, second) == ["below_least_load"]
        assert refused(swap, registrar, second, section=smaller) == ["below_least_load"]
        assert refused(withdraw, person.actor, second, withdrawn_on=TODAY) == ["below_least_load"]
        assert sorted(recount(harare)) == [(0, 0), (1, 1), (1, 1)]
        swapped = swap(registrar, second, section=make_coming_section(harare, term=first.section.term))
        give_waiver(
            registrar, student=enrollment.student, course=first.section.course, waives="load", reason="Ill", until=TODAY
        )
        drop(registrar, first)
        # What was, the registry states.
        withdraw(registrar, swapped, withdrawn_on=TODAY)
        assert sorted(recount(harare)) == [(0, 0)] * 4


@pytest.mark.parametrize("least", [0, 61])
def test_the_least_load_lies_within_the_most(registrar: Actor, harare: Institution, least: int):
    limit = make_load_limit(harare)
    with pytest.raises(Invalid) as refusal:
        change_load_limit(registrar, limit, least_credits=least)
    assert refusal.value.code == "least_above_most"
    with pytest.raises(IntegrityError, match="load_limit_least_within_most"), transaction.atomic():
        type(limit).objects.filter(pk=limit.pk).update(least_credits=least)


def test_credits_count_in_their_term_and_those_of_the_same_call_too(registrar: Actor, harare: Institution):
    make_load_limit(harare, most_credits=40)
    enrollment, first = make_enrollment(harare), make_coming_section(harare)
    make_registration(harare, enrollment=enrollment, section=make_coming_section(harare))
    gone = {"status": "withdrawn", "result": "withdrawn"}
    make_registration(harare, enrollment=enrollment, section=make_coming_section(harare, term=first.term), **gone)
    others = [make_coming_section(harare, term=first.term) for _ in range(2)]
    answers = cohort(registrar, [enrollment], [first, *others])
    assert codes(answers) == [[], [], ["too_many_credits"]]
    assert answers[2].failed[0].figures == {"most": 40.0, "taken": 40.0, "credits": 20.0}


def test_a_waiver_lets_one_check_pass_in_its_section_or_course_until_its_day(registrar: Actor, harare: Institution):
    make_load_limit(harare, most_credits=10)
    enrollment, section = make_enrollment(harare), make_coming_section(harare)
    student = enrollment.student
    make_waiver(harare, student=student, section=make_coming_section(harare))
    make_waiver(harare, student=student, section=section, waives="requisites")
    make_waiver(harare, student=student, section=section, until=TODAY - DAY)
    make_waiver(harare, section=section)
    assert checked(registrar, enrollment, section) == ["too_many_credits"]
    for place in ({"section": section}, {"course": section.course}):
        waiver = give_waiver(registrar, student=student, waives="load", reason="Last term", until=TODAY, **place)
        assert checked(registrar, enrollment, section) == []
        revoke_waiver(registrar, waiver)
        assert checked(registrar, enrollment, section) == ["too_many_credits"]
    assert refused(revoke_waiver, registrar, waiver) == ["already_revoked"]


def test_only_those_whom_the_check_names_waive_it_and_at_their_place(harare: Institution):
    with reaching(harare.pk):
        section, student = make_coming_section(harare), make_student(harare)
        fields = {"section": section, "waives": "load", "reason": "Last term", "until": TODAY}
        clerk = person_at(harare, "academic.add_waiver", "academic.waive_requisites").actor
        elsewhere = person_at(make_department(harare), "academic.add_waiver", "academic.waive_load").actor
        for actor in (clerk, elsewhere):
            with pytest.raises(NotAllowed):
                give_waiver(actor, student=student, **fields)
        assert Waiver.objects.count() == 0
        head = person_at(section.course.program.department, "academic.add_waiver", "academic.waive_load").actor
        assert give_waiver(head, student=student, **fields).waives == "load"


@pytest.mark.parametrize("places", [(), ("section", "course")])
def test_a_waiver_is_for_one_section_or_one_course(registrar: Actor, harare: Institution, places: tuple[str, ...]):
    section = make_coming_section(harare)
    fields = {name: {"section": section, "course": section.course}[name] for name in places}
    given = {"student": make_student(harare), "waives": "load", "reason": "Last term", "until": TODAY, **fields}
    assert refused(give_waiver, registrar, **given) == ["section_or_course"]
    assert refused(give_waiver, registrar, **{**given, "until": TODAY - DAY}) == ["past"]
