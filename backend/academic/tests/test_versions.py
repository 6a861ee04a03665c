"""This file holds the tests of the way of a version of a program: from draft to closed, and who may come in."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from academic.curricula.rules import add_course_group, add_program_course, change_program_course, remove_course_group
from academic.enrollments.rules import change_status, enroll_student
from academic.factories import make_course, make_enrollment, make_program, make_program_version
from academic.models import CourseGroup, Enrollment, ProgramCourse, ProgramVersion, VersionMove
from academic.programs.rules import add_program_version, change_program_version
from academic.tests.versions_lab import DAY, VERSIONS, account_at, draft, group, put, refused
from academic.versions.rules import (
    activate_version,
    approve_version,
    close_version,
    send_version_back,
    submit_version,
    teach_version_out,
)
from core.actor import Actor
from core.errors import NotAllowed
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of
from faculties.models import Institution
from students.factories import make_student
from users.factories import person_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield account_at(harare)


def approved(registrar: Actor, institution: Institution, **fields) -> ProgramVersion:
    submitted = submit_version(registrar, draft(institution, **fields))
    return approve_version(account_at(institution), submitted)


# --- From draft to closed ---
def test_a_version_goes_from_draft_over_approval_to_the_end_and_its_moves_say_how(registrar, harare):
    colleague = account_at(harare)
    added = add_program_version(registrar, program=make_program(harare), catalog_year=2026, credits_required=20)
    assert added.status == "draft"
    add_program_course(registrar, program_version=added, course=make_course(harare))
    submit_version(registrar, added)
    send_version_back(colleague, added, reason="The course is of another program.")
    submit_version(registrar, added)
    approve_version(colleague, added)
    activate_version(registrar, added)
    teach_version_out(registrar, added)
    assert close_version(registrar, added).version == 8
    moves = VersionMove.objects.order_by("id").values_list("from_status", "to_status", "reason", "moved_by")
    assert list(moves) == [
        ("draft", "submitted", "", registrar.id),
        ("submitted", "draft", "The course is of another program.", colleague.id),
        ("draft", "submitted", "", registrar.id),
        ("submitted", "approved", "", colleague.id),
        ("approved", "active", "", registrar.id),
        ("active", "teach_out", "", registrar.id),
        ("teach_out", "closed", "", registrar.id),
    ]


def test_a_move_that_does_not_follow_is_refused_and_the_next_one_named(registrar, harare):
    version = draft(harare)
    words = "This version is draft: it becomes submitted next."
    for rule in (approve_version, activate_version, teach_version_out, close_version):
        assert refused(rule, registrar, version) == ("move_not_allowed", words)
    submit_version(registrar, version)
    words = "This version is submitted: it becomes approved or draft next."
    assert refused(submit_version, registrar, version) == ("move_not_allowed", words)
    version = make_program_version(harare, status="closed")
    words = "This version is closed: it stays so."
    assert refused(send_version_back, registrar, version, reason="No") == ("move_not_allowed", words)


def test_who_submitted_a_version_does_not_approve_it_and_approving_is_a_right_of_its_own(registrar, harare):
    version = submit_version(registrar, draft(harare))
    assert refused(approve_version, registrar, version)[0] == "own_submission"
    dean = person_with(harare, "academic.view_program", "academic.change_program").actor
    for rule, fields in ((approve_version, {}), (send_version_back, {"reason": "No"})):
        with pytest.raises(NotAllowed):
            rule(dean, version, **fields)
    version.refresh_from_db()
    assert version.status == "submitted"


def test_a_version_is_activated_in_its_catalog_year_or_later(registrar, harare):
    version = approved(registrar, harare, catalog_year=2100)
    assert refused(activate_version, registrar, version) == (
        "too_early", "This version is for those who enter in 2100: activate it from that year on.",
    )  # fmt: skip
    assert activate_version(registrar, approved(registrar, harare, catalog_year=2020)).status == "active"


def test_a_version_closes_when_nobody_is_in_it_any_more(registrar, harare):
    version = activate_version(registrar, approved(registrar, harare))
    enrollment = make_enrollment(harare, program_version=version)
    teach_version_out(registrar, version)
    code, words = refused(close_version, registrar, version)
    assert (code, words[:18]) == ("still_enrolled", "1 student is enrol")
    move = VersionMove(institution=harare, program_version=version, from_status="teach_out", to_status="closed")
    with pytest.raises(IntegrityError, match="students are enrolled in this version"), transaction.atomic():
        move.save()
    change_status(registrar, enrollment, status="completed", starts_on=DAY)
    assert close_version(registrar, version).status == "closed"


# --- What the database refuses, whoever writes ---
def test_the_database_lets_only_an_allowed_move_change_a_status(registrar, harare):
    version = submit_version(registrar, draft(harare))
    with pytest.raises(IntegrityError, match="follows from a move"), transaction.atomic():
        ProgramVersion.objects.filter(pk=version.pk).update(status="active")
    of = {"institution": harare, "program_version": version}
    for words, move in {
        "version_move_allowed": VersionMove(**of, from_status="submitted", to_status="active"),
        "begins where the version stands": VersionMove(**of, from_status="approved", to_status="active"),
        "does not approve it": VersionMove(**of, from_status="submitted", to_status="approved", moved_by=registrar.id),
        "sent_back_with_a_reason": VersionMove(**of, from_status="submitted", to_status="draft"),
    }.items():
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            move.save()
    for statement in ("UPDATE academic_versionmove SET reason = 'x'", "DELETE FROM academic_versionmove"):
        with (
            pytest.raises(ProgrammingError, match="never altered"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    version.refresh_from_db()
    assert (version.status, VersionMove.objects.count()) == ("submitted", 1)


def test_from_submitting_on_the_structure_stays_as_it_was(registrar, harare):
    version = draft(harare)
    electives, extra = group(version, name="Electives"), put(version, is_compulsory=False)
    version = submit_version(registrar, version)
    course = make_course(harare)
    for rule, args, fields in (
        (add_program_course, (), {"program_version": version, "course": course}),
        (add_course_group, (), {"program_version": version, "name": "More"}),
        (change_program_course, (extra,), {"year_of_study": 2}),
        (remove_course_group, (electives,), {}),
        (change_program_version, (version,), {"credits_required": 60}),
    ):
        code, words = refused(rule, registrar, *args, **fields)
        assert (code, words[:27]) == ("version_frozen", "This version is submitted, ")
    for write in (
        lambda: put(version, course),
        lambda: ProgramCourse.objects.filter(pk=extra.pk).delete(),
        lambda: CourseGroup.objects.filter(pk=electives.pk).update(min_credits=20),
        lambda: ProgramVersion.objects.filter(pk=version.pk).update(credits_required=60),
    ):
        with pytest.raises(IntegrityError, match="which was submitted"), transaction.atomic():
            write()
    version = send_version_back(account_at(harare), version, reason="One more course.")
    assert add_program_course(registrar, program_version=version, course=course).pk


def test_one_that_was_taken_over_gets_its_structure_after_it(registrar, harare):
    version = make_program_version(harare)
    make_enrollment(harare, program_version=version)
    assert add_program_course(registrar, program_version=version, course=make_course(harare)).pk
    assert refused(add_course_group, registrar, program_version=version, name="Core")[0] == "version_in_use"


# --- Who may come in ---
def enroll(actor: Actor, version: ProgramVersion, **fields) -> Enrollment:
    student = make_student(version.institution)
    return enroll_student(actor, student=student, program_version=version, enrolled_on=DAY, **fields)


@pytest.mark.parametrize("status", ["draft", "submitted", "approved", "closed"])
def test_students_come_into_an_active_version_alone(registrar, harare, status):
    version = make_program_version(harare, status=status)
    make_program_version(harare, program=version.program, catalog_year=2024)
    code, words = refused(enroll, registrar, version, reason="Please")
    assert code == "version_not_active"
    assert words == f"This version is {status}, and students enroll in an active one: enroll in that of 2024."
    with pytest.raises(IntegrityError, match="takes no students"), transaction.atomic():
        make_enrollment(harare, program_version=version)
    assert Enrollment.objects.count() == 0


def test_into_one_that_is_taught_out_comes_who_has_a_reason_from_somebody_who_may_say_it(registrar, harare):
    version = make_program_version(harare, status="teach_out")
    assert refused(enroll, registrar, version) == (
        "version_taught_out", "This version is taught out: say the reason for an exception.",
    )  # fmt: skip
    clerk = person_with(harare, "academic.add_enrollment", "students.view_student").actor
    code, words = refused(enroll, clerk, version, reason="Comes back from abroad")
    assert (code, words[-31:]) == ("version_taught_out", " academic.enroll_exceptionally.")
    assert Enrollment.objects.count() == 0
    assert enroll(registrar, version, reason="Comes back from abroad").history.get().reason == "Comes back from abroad"


def test_a_graduate_of_a_closed_version_is_kept_and_nobody_studies_on_in_it(registrar, harare):
    version = make_program_version(harare, status="closed")
    ended = make_enrollment(harare, program_version=version, status="completed", ended_on=DAY)
    with pytest.raises(IntegrityError, match="takes no students"), transaction.atomic():
        Enrollment.objects.filter(pk=ended.pk).update(ended_on=None)


def test_a_program_tells_under_which_version_one_enters(registrar, harare):
    program = make_program(harare)
    versions = [make_program_version(harare, program=program, catalog_year=year) for year in (2020, 2022, 2100)]
    make_program_version(harare, program=program, catalog_year=2024, status="teach_out")
    shown = client_of(registrar).get(f"/api/v1/academic/programs/{program.pk}/").json()["data"]
    assert shown["version_for_entrants"] == str(versions[1].pk)


def test_the_way_of_a_version_over_http(registrar, harare):
    version, client = draft(harare), client_of(registrar)
    url = f"{VERSIONS}{version.pk}/"
    submitted = client.post(f"{url}submit/")
    assert (submitted.status_code, submitted.json()["data"]["status"]) == (200, "submitted")
    empty = client_of(account_at(harare)).post(f"{url}send-back/", {})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (400, "reason")
    assert client_of(account_at(harare)).post(f"{url}approve/").json()["data"]["status"] == "approved"
    history = client.get("/api/v1/academic/program-version-history/", {"program_version": str(version.pk)})
    assert [row["to_status"] for row in history.json()["data"]] == ["submitted", "approved"]
    flawed = make_program_version(harare, status="draft")
    answer = client.post(f"{VERSIONS}{flawed.pk}/submit/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_courses")
