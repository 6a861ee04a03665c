"""This file holds the tests of permits: who gives one, for what, and what it lets pass."""

from datetime import date

import pytest

from academic.factories import make_course, make_section
from academic.models import CoursePermit, Section, Teaching
from academic.permissions import PERMISSIONS
from academic.permits.rules import PERMIT, end_permit, give_permit
from academic.requisites.facts import Wish
from academic.requisites.queries import verdicts_on
from academic.requisites.rules import add_requisite
from academic.tests.registration_lab import refused
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import saved
from faculties.models import Institution
from students.factories import make_student
from users.factories import make_person, make_role
from users.models import User

pytestmark = pytest.mark.django_db
PERMITS = "/api/v1/academic/course-permits/"
FROM = date(2026, 2, 1)


@pytest.fixture
def here(harare: Institution):
    with reaching(harare.pk):
        yield harare


@pytest.fixture
def section(here: Institution) -> Section:
    """A section of a course that asks for the permission of its lecturer."""
    course = make_course(here)
    add_requisite(person_at(here, *PERMISSIONS).actor, course=course, tree={"is": "permission", "who": "lecturer"})
    return make_section(here, course=course)


def teacher(section: Section, role: str = "lecturer") -> User:
    account = make_person(grants=[("lecturer", section.institution)])
    saved(Teaching(institution=section.institution, section=section, account=account, role=role, attends=False))
    return account


def stands(section: Section, student) -> tuple[str, list[str]]:
    wish = Wish(student.pk, section.course_id, section.pk, section.starts_on)
    outcome, findings = verdicts_on(section.institution_id, [wish], FROM)[wish]
    return outcome.name, [one.message for one in findings]


def test_a_lecturer_permits_a_student_by_number_for_a_section_that_they_teach_and_its_parts(here, section):
    student, lecturer = make_student(here), teacher(section)
    part = make_section(here, course=section.course, term=section.term, code="L1", kind="lab", whole=section)
    other = make_section(here, course=section.course, term=section.term, code="2")
    assert stands(section, student) == ("NOT_MET", ["The lecturer has not permitted it."])
    client, body = client_of(lecturer.actor), {"who": "lecturer", "starts_on": "2026-02-01", "reason": "Works in it"}
    named = {"section": str(section.pk), "student_number": student.number}
    answer = client.post(PERMITS, {**body, **named})
    assert answer.status_code == 201, answer.json()
    shown = answer.json()["data"]
    assert [shown[name] for name in ("course", "section", "student", "given_by")] == [
        str(one.pk) for one in (section.course, section, student, lecturer)
    ]
    assert {stands(one, student)[0] for one in (section, part)} == {"MET"}
    assert stands(other, student) == ("NOT_MET", ["The lecturer has not permitted it in this section."])
    again = client.post(PERMITS, {**body, **named})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "already_permitted")
    # Nobody else's: they see their own section's, and end them.
    assert [one["id"] for one in client.get(PERMITS).json()["data"]] == [shown["id"]]
    stranger = client_of(teacher(other).actor)
    assert stranger.get(PERMITS).json()["data"] == []
    end = f"{PERMITS}{shown['id']}/end/"
    assert stranger.post(end, {"ends_on": "2026-02-01"}).status_code == 404
    assert client.post(end, {"ends_on": "2026-02-01"}).status_code == 200


def test_a_lecturer_gives_no_other_permission(here, section):
    lecturer, tutor = teacher(section), teacher(section, "tutor")
    make_student(here, number="OWN", account=lecturer)
    elsewhere = make_section(here)
    part = make_section(here, course=section.course, term=section.term, code="L1", kind="lab", whole=section)
    asked = {"section": section, "who": "lecturer", "student_number": make_student(here).number, "starts_on": FROM}
    for account, given, code, field in (
        (tutor, {}, "not_theirs", "section"),
        (lecturer, {"who": "dean"}, "not_theirs", "who"),
        (lecturer, {"section": None, "course": section.course}, "not_theirs", "section"),
        (lecturer, {"section": elsewhere}, "not_theirs", "section"),
        (lecturer, {"section": part}, "part_of_a_whole", "section"),
        (lecturer, {"course": elsewhere.course}, "section_of_another_course", "section"),
        (lecturer, {"section": None}, "course_or_section", "course"),
        (lecturer, {"student_number": "NOBODY"}, "no_such_student", "student_number"),
        (lecturer, {"student_number": ""}, "student_needed", "student"),
        (lecturer, {"student_number": "OWN"}, "own_permit", "student"),
    ):
        with pytest.raises(RuleBroken) as refusal:
            give_permit(account.actor, **{**asked, **given})
        assert (refusal.value.code, refusal.value.problems[0].field) == (code, field)
    assert CoursePermit.objects.count() == 0


def test_the_permission_of_the_head_the_dean_and_the_registrar_is_given_as_far_as_the_right_reaches(here, section):
    department = section.course.program.department
    places = {"head": department, "dean": department.faculty, "registrar": here}
    may = {"head": 2, "dean": 3, "registrar": 4}
    ladder = ["lecturer", "head_of_department", "dean", "registrar"]
    for name, place in places.items():
        actor = make_person(grants=[(make_role(PERMIT), place)]).actor
        for step, who in enumerate(ladder):
            asked = {"course": section.course, "student": make_student(here), "who": who, "starts_on": FROM}
            if step < may[name]:
                assert give_permit(actor, **asked).section is None
            else:
                assert refused(give_permit, actor, **asked) == ["not_theirs"]
    assert CoursePermit.objects.count() == sum(may.values())
    highest = CoursePermit.objects.get(who="registrar")
    head = person_at(department, PERMIT).actor
    assert refused(end_permit, head, highest, ends_on=FROM) == ["not_theirs"]
    other = make_course(here)
    assert refused(give_permit, head, course=other, student=make_student(here), who="lecturer", starts_on=FROM) == [
        "not_theirs"
    ]
    assert CoursePermit.objects.filter(ends_on=None).count() == sum(may.values())
