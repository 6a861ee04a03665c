"""This file holds what becomes of registrations when a section is canceled, and when it takes place after all."""

from datetime import timedelta

import pytest

from academic.factories import make_course, make_enrollment, make_meeting, make_registration
from academic.models import Prerequisite, Registration, Section
from academic.permissions import PERMISSIONS
from academic.registrations import canceling
from academic.registrations.rules import register
from academic.sections.rules import change_section
from academic.tests.registration_lab import codes, cohort, make_coming_section, make_load_limit, make_waiver, recount
from academic.tests.waitlist_lab import lecture_with_labs
from core.actor import Actor
from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from core.testing.letters import posted
from faculties.factories import saved, today_there
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person

pytestmark = pytest.mark.django_db


def stand(*registrations: Registration) -> list[tuple[str, str]]:
    found = Registration.objects.in_bulk([one.pk for one in registrations])
    return [(found[one.pk].status, found[one.pk].requisites) for one in registrations]


def change(actor: Actor, section: Section, status: str) -> list[tuple[str, str]]:
    """Cancel a section or plan it again; the letters that leave: to whom, and their text."""
    with posted() as letters, reaching(section.institution_id):
        change_section(actor, Section.objects.get(pk=section.pk), status=status)
    return sorted((one.to[0], str(one.body)) for one in letters)


def test_what_rests_on_a_section_that_is_canceled_is_judged_anew_and_so_when_it_takes_place(
    harare: Institution, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(canceling, "AT_ONCE", 2)
    actor = person_at(harare, *PERMISSIONS).actor
    people = [make_person(grants=[("student", harare)]) for _ in range(3)]
    with reaching(harare.pk):
        section, course = make_coming_section(harare, load=20), make_course(harare, code="PHY301")
        saved(Prerequisite(institution=harare, course=course, requires=section.course))
        later = make_coming_section(harare, course=course)
        enrollments = [make_enrollment(harare, student=make_student(harare, account=person)) for person in people]
        assert codes(cohort(actor, enrollments, [section, later])) == [[]] * 6
        resting = list(Registration.objects.filter(section=later).order_by("pk"))
        assert stand(*resting) == [("registered", "conditional")] * 3
    letters = change(actor, section, "canceled")
    assert [to for to, _ in letters] == sorted(person.email for person in people)
    assert all("PHY301" in body for _, body in letters)
    with reaching(harare.pk):
        assert stand(*resting) == [("registered", "not_met")] * 3
    letters = change(actor, section, "planned")
    assert [to for to, _ in letters] == sorted(person.email for person in people)
    assert all("You are in it as before" in body for _, body in letters)
    with reaching(harare.pk):
        assert stand(*resting) == [("registered", "conditional")] * 3
        assert sorted(recount(harare)) == [(3, 3), (3, 3)]


def test_nobody_comes_back_to_a_section_beside_what_they_took_meanwhile(harare: Institution):
    actor = person_at(harare, *PERMISSIONS).actor
    people = [make_person(grants=[("student", harare)]) for _ in range(5)]
    with reaching(harare.pk):
        make_load_limit(harare, most_credits=40)
        section = make_coming_section(harare)
        other = make_coming_section(harare, course=section.course, term=section.term, code="2")
        rival, light, heavy = (make_coming_section(harare, term=section.term, load=load) for load in (20, 20, 30))
        for one in (section, rival):
            make_meeting(harare, section=one, weekday=1)
        enrollments = [make_enrollment(harare, student=make_student(harare, account=person)) for person in people]
        assert codes(cohort(actor, enrollments, [section])) == [[]] * 5
        mine = [Registration.objects.get(enrollment=one) for one in enrollments]
    assert change(actor, section, "canceled") == []
    with reaching(harare.pk):
        for enrollment, taken in zip(enrollments[:4], (other, rival, heavy, light), strict=True):
            register(actor, enrollment=enrollment, section=taken)
        # What was waived once stays.
        waiver = make_waiver(
            harare,
            student=mine[4].student,
            section=section,
            waives="time_clash",
            until=today_there() - timedelta(days=1),
        )
        make_registration(harare, enrollment=enrollments[4], section=rival)
        assert waiver.revoked_at is None
    letters = dict(change(actor, section, "planned"))
    told = ["another section of that course", "at the same time", "too many credits", "as before", "as before"]
    assert all(words in letters[person.email] for person, words in zip(people, told, strict=True))
    with reaching(harare.pk):
        out = ("withdrawn", "met")
        assert stand(*mine) == [out, out, out, ("registered", "met"), ("registered", "met")]
        assert all(taken == rows for taken, rows in recount(harare))
        entry = AuditEntry.objects.filter(rule="academic.registration.withdrawn", subject_id=str(mine[0].pk)).get()
        assert entry.changes["status"] == ["registered", "withdrawn"]


def test_who_takes_another_part_by_now_does_not_come_back_to_the_first(harare: Institution):
    actor = person_at(harare, *PERMISSIONS).actor
    with reaching(harare.pk):
        whole, labs = lecture_with_labs(harare, 2, 2)
        enrollment = make_enrollment(harare)
        assert codes(cohort(actor, [enrollment], [whole, labs[0]])) == [[], []]
        mine = Registration.objects.get(section=labs[0])
    change(actor, labs[0], "canceled")
    with reaching(harare.pk):
        register(actor, enrollment=enrollment, section=labs[1])
    change(actor, labs[0], "planned")
    with reaching(harare.pk):
        assert stand(mine) == [("withdrawn", "met")]
        assert set(Registration.objects.filter(status="registered").values_list("section", flat=True)) == {
            whole.pk, labs[1].pk,
        }  # fmt: skip
