"""This file holds the tests of terms, programs, courses and the prerequisite graph."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from academic.calendar.rules import add_term
from academic.courses.rules import add_course, reinstate_course, retire_course
from academic.curricula.rules import add_program_course
from academic.factories import make_course, make_enrollment, make_program, make_program_version, make_section, make_term
from academic.models import Course, Prerequisite, Program, ProgramCourse, Section
from academic.permissions import PERMISSIONS
from academic.programs.rules import change_program, change_program_version, close_program, open_program
from academic.requisites.rules import add_prerequisite, remove_prerequisite
from academic.sections.rules import offer_section
from core.actor import Actor
from core.errors import Conflict, Invalid, NotVisible, RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_department, make_institution
from faculties.models import Institution

pytestmark = pytest.mark.django_db
TERM = {"code": "2026-1", "name": "First semester", "academic_year": 2026}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS, "faculties.view_department").actor


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"starts_on": date(2026, 6, 1), "ends_on": date(2026, 2, 1)}, "ends_before_it_starts"),
        (
            {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 6, 1), "census_on": date(2026, 7, 1)},
            "census_outside",
        ),
    ],
)
def test_a_term_with_impossible_dates_is_refused(registrar: Actor, dates: dict, code: str):
    with pytest.raises(Invalid) as refusal:
        add_term(registrar, **TERM, **dates)
    assert refusal.value.code == code


def test_a_program_opens_in_an_open_department(registrar: Actor, harare: Institution):
    closed = make_department(harare, closed_on=date(2025, 1, 1))
    with pytest.raises(RuleBroken) as refusal:
        open_program(registrar, department=closed, code="BSC", name="Science", level="bachelor")
    assert (refusal.value.code, Program.objects.count()) == ("department_closed", 0)


def test_a_closed_program_stays_as_it_was(registrar: Actor, harare: Institution):
    program = close_program(registrar, make_program(harare))
    with pytest.raises(RuleBroken) as refusal:
        change_program(registrar, program, name="Another")
    assert refusal.value.code == "program_closed"


def test_a_version_that_students_entered_under_does_not_change(registrar: Actor, harare: Institution):
    version = make_program_version(harare)
    assert change_program_version(registrar, version, credits_required=480).credits_required == 480
    make_enrollment(harare, program_version=version)
    with pytest.raises(RuleBroken) as refusal:
        change_program_version(registrar, version, credits_required=360)
    assert refusal.value.code == "version_in_use"


def test_a_course_serves_another_program_through_its_version(registrar: Actor, harare: Institution):
    course, version = make_course(harare), make_program_version(harare)
    assert course.program != version.program
    add_program_course(registrar, program_version=version, course=course, year_of_study=2)
    assert ProgramCourse.objects.get(program_version=version).course == course
    with pytest.raises(Invalid) as refusal:
        add_program_course(registrar, program_version=version, course=course)
    assert refusal.value.code == "already_there"


def test_credits_are_decimal_and_not_negative(registrar: Actor, harare: Institution):
    program = make_program(harare)
    with pytest.raises(Invalid) as refusal:
        add_course(registrar, program=program, code="C1", title="One", credits=-1)
    assert refusal.value.problems[0].field == "credits"
    with pytest.raises(IntegrityError), transaction.atomic():
        Course.objects.create(institution=harare, program=program, code="C1", title="One", credits=-1)


@pytest.mark.parametrize("most", [3, 1])
def test_the_most_credits_of_a_course_are_more_than_its_credits(registrar: Actor, harare: Institution, most: int):
    program = make_program(harare)
    assert add_course(registrar, program=program, code="C1", title="One", credits=3, credits_up_to=4).credits_up_to == 4
    with pytest.raises(Invalid) as refusal:
        add_course(registrar, program=program, code="C2", title="Two", credits=3, credits_up_to=most)
    (problem,) = refusal.value.problems
    assert (problem.field, problem.code, Course.objects.count()) == ("credits_up_to", "not_more_than_credits", 1)
    with pytest.raises(IntegrityError, match="course_credits_from_less_to_more"), transaction.atomic():
        Course.objects.create(
            institution=harare, program=program, code="C2", title="Two", credits=3, credits_up_to=most
        )


def test_what_the_catalog_says_of_a_course_is_shown_with_one_course_and_not_in_a_list(
    registrar: Actor, harare: Institution
):
    course = make_course(harare, description="Trees and graphs.", prerequisite_text="CS 125.")
    client = client_of(registrar)
    shown = client.get(f"/api/v1/academic/courses/{course.pk}/").json()["data"]
    assert (shown["description"], shown["prerequisite_text"]) == ("Trees and graphs.", "CS 125.")
    (listed,) = client.get("/api/v1/academic/courses/").json()["data"]
    assert not {"description", "prerequisite_text"} & set(listed)


def test_a_closed_program_gets_no_new_course(registrar: Actor, harare: Institution):
    closed = make_program(harare, status="closed")
    with pytest.raises(RuleBroken) as refusal:
        add_course(registrar, program=closed, code="CS1", title="Computing", credits=10)
    assert (refusal.value.code, Course.objects.count()) == ("program_closed", 0)


def test_a_retired_course_is_not_offered(registrar: Actor, harare: Institution):
    course, term = make_course(harare), make_term(harare)
    retire_course(registrar, course)
    course.refresh_from_db()
    with pytest.raises(RuleBroken) as refusal:
        offer_section(registrar, course=course, term=term)
    assert (refusal.value.code, Section.objects.count()) == ("course_retired", 0)
    reinstate_course(registrar, course)
    with pytest.raises(RuleBroken) as refusal:
        reinstate_course(registrar, course)
    assert refusal.value.code == "course_not_retired"
    course.refresh_from_db()
    assert offer_section(registrar, course=course, term=term).course == course


def test_a_section_lasts_as_long_as_its_term_unless_said_otherwise(registrar: Actor, harare: Institution):
    course, term = make_course(harare), make_term(harare)
    section = offer_section(registrar, course=course, term=term)
    assert (section.starts_on, section.ends_on) == (term.starts_on, term.ends_on)
    shorter = offer_section(registrar, course=course, term=term, code="2", ends_on=date(2026, 3, 1))
    assert shorter.ends_on == date(2026, 3, 1)


def test_a_course_does_not_require_itself(registrar: Actor, harare: Institution):
    course = make_course(harare)
    with pytest.raises(RuleBroken) as refusal:
        add_prerequisite(registrar, course=course, requires=course)
    assert (refusal.value.code, Prerequisite.objects.count()) == ("requires_itself", 0)


def test_a_circle_is_refused_and_shown(registrar: Actor, harare: Institution):
    one, two, three = (make_course(harare, code=code) for code in ("C1", "C2", "C3"))
    add_prerequisite(registrar, course=two, requires=one)
    add_prerequisite(registrar, course=three, requires=two)
    with pytest.raises(RuleBroken) as refusal:
        add_prerequisite(registrar, course=one, requires=three)
    assert refusal.value.code == "prerequisite_circle"
    assert refusal.value.message == "This closes a circle: C1 requires C3 requires C2 requires C1."
    assert Prerequisite.objects.count() == 2


def test_a_diamond_is_no_circle(registrar: Actor, harare: Institution):
    top, left, right, bottom = (make_course(harare) for _ in range(4))
    for course, requires in ((left, top), (right, top), (bottom, left), (bottom, right)):
        add_prerequisite(registrar, course=course, requires=requires)
    assert Prerequisite.objects.count() == 4


def test_the_database_refuses_a_circle_however_it_arrives(registrar: Actor, harare: Institution):
    one, two = make_course(harare), make_course(harare)
    add_prerequisite(registrar, course=two, requires=one)
    with pytest.raises(IntegrityError, match="closes a circle"), transaction.atomic():
        Prerequisite.objects.bulk_create([Prerequisite(institution=harare, course=one, requires=two)])


def test_a_prerequisite_that_went_may_come_back_the_other_way(registrar: Actor, harare: Institution):
    one, two = make_course(harare), make_course(harare)
    remove_prerequisite(registrar, add_prerequisite(registrar, course=two, requires=one))
    add_prerequisite(registrar, course=one, requires=two)
    assert Prerequisite.objects.get().course == one


def test_a_course_of_another_institution_is_not_required(registrar: Actor, harare: Institution, mutare: Institution):
    client = client_of(registrar)
    body = {"course": str(make_course(harare).pk), "requires": str(make_course(mutare).pk)}
    answer = client.post("/api/v1/academic/prerequisites/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "requires")
    with reaching(harare.pk):
        assert Prerequisite.objects.count() == 0


def test_a_rule_refuses_a_row_of_another_institution(registrar: Actor, mutare: Institution):
    theirs = make_program(mutare)
    with pytest.raises(NotVisible):
        change_program(registrar, theirs, name="Ours")


@pytest.mark.django_db(transaction=True)
def test_of_two_edges_that_close_a_circle_together_one_is_refused():
    harare = make_institution()
    one, two = make_course(harare), make_course(harare)
    actor, start = person_at(harare, *PERMISSIONS).actor, Barrier(2)

    def require(pair: tuple[Course, Course]) -> str:
        try:
            with reaching(harare.pk):
                start.wait(5)
                add_prerequisite(actor, course=pair[0], requires=pair[1])
            return "added"
        except (RuleBroken, Conflict) as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(require, [(one, two), (two, one)]))
    assert outcomes[0] == "added"
    assert outcomes[1] in ("prerequisite_circle", "conflict")


def test_the_catalog_over_http(registrar: Actor, harare: Institution):
    client = client_of(registrar)
    department = make_department(harare, code="CS", name="Computer science")
    body = {
        "department": str(department.pk),
        "code": "BCS",
        "name": "Computer science",
        "level": "bachelor",
        "field_of_study": "0613",
        "duration_years": "4.0",
        "description": "Four *years*. <script>alert(1)</script>",
    }
    created = client.post("/api/v1/academic/programs/", body)
    assert created.status_code == 201, created.json()
    program = created.json()["data"]
    assert program["description_html"] == "<p>Four <em>years</em>. &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
    listed = client.get("/api/v1/academic/programs/", {"expand": "department", "fields": "id,department"})
    assert listed.json()["data"] == [
        {"id": program["id"], "department": {"id": str(department.pk), "code": "CS", "name": "Computer science"}}
    ]
    closed = client.post(f"/api/v1/academic/programs/{program['id']}/close/")
    assert (closed.status_code, closed.json()["data"]["status"]) == (200, "closed")


def test_a_section_is_listed_with_its_course(registrar: Actor, harare: Institution):
    section = make_section(harare)
    rows = client_of(registrar).get("/api/v1/academic/sections/", {"expand": "course,term"}).json()["data"]
    assert [(row["course"]["code"], row["term"]["code"]) for row in rows] == [(section.course.code, section.term.code)]


def test_a_department_with_programs_is_not_removed(harare):
    program = make_program(harare)
    client = client_of(person_at(harare, "faculties.remove_department"))
    answer = client.delete(f"/api/v1/departments/{program.department_id}/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "still_in_use")
    assert answer.json()["errors"][0]["message"].startswith("Pointing at this: 1 program.")
