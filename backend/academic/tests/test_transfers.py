"""This file holds the tests of transfers between institutions."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from academic.factories import make_course, make_enrollment, make_registration, make_section, make_transfer
from academic.models import Enrollment, EnrollmentStatus, Registration, Section, Transfer, TransferredCredit
from academic.transfers.rules import accept, refuse, release
from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.errors import RuleBroken
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of, make_institution, person_at, person_of_nation
from faculties.models import Institution
from students.factories import make_student
from students.models import Learner, Student, StudentStatus
from students.registry.counting import count_learners
from users.factories import make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/academic/transfers/"
REGISTRAR = (
    "academic.view_transfer", "academic.add_transfer", "academic.decide_transfer", "students.view_student",
    "students.view_student_identity", "students.add_student", "academic.view_enrollment",
)  # fmt: skip
SECRET = {
    "national_id": "63-123456A42",
    "date_of_birth": date(2004, 5, 17),
    "phone": "+263 77 000 0000",
    "address": "1 Main Road",
}


@pytest.fixture
def origin(harare: Institution):
    return client_of(person_at(harare, *REGISTRAR))


@pytest.fixture
def destination(mutare: Institution):
    return client_of(person_at(mutare, *REGISTRAR))


@pytest.fixture
def third(db):
    return client_of(person_at(make_institution("GWERU", "Gweru University", type="university"), *REGISTRAR))


@pytest.fixture
def rudo(harare: Institution) -> Student:
    return make_student(harare, number="H1", given_names="Rudo", family_name="Ncube", birth_year=2004, **SECRET)


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()["data"]


def refused(answer: Any, status: int = 422) -> str:
    assert answer.status_code == status, answer.content
    return answer.json()["errors"][0]["code"]


def ask(client: Any, student: Student, code: str = "MUTARE", **fields: Any) -> Any:
    return client.post(URL, {"student": str(student.pk), "institution_code": code, "reason": "Family", **fields})


def own(client: Any) -> dict[str, Any]:
    """The one transfer that somebody sees."""
    (row,) = data(client.get(URL))
    return row


def act(client: Any, verb: str, **body: Any) -> Any:
    return client.post(f"{URL}{own(client)['id']}/{verb}/", body)


def everything(*institutions: Institution) -> list[Any]:
    """All that a transfer could change, on both sides."""
    models = (Transfer, TransferredCredit, Student, StudentStatus, Enrollment, EnrollmentStatus, Registration)
    with reaching(*(institution.pk for institution in institutions)):
        return [list(model.objects.order_by("pk").values()) for model in models]


def studies_of(student: Student) -> Section:
    """One course passed at the second attempt, one failed, one under way; the section of that is returned."""
    harare = student.institution
    enrollment = make_enrollment(harare, student=student)
    course = make_course(harare, code="MATH1", title="Calculus", credits=20, level=2)
    other, now = make_course(harare, code="PHYS1"), make_section(harare, capacity=5)
    for section, fields in (
        (make_section(harare, course=course, ends_on=date(2026, 5, 1)), {"result": "fail", "result_mark": 40}),
        (make_section(harare, course=course), {"result": "pass", "result_mark": 64}),
        (make_section(harare, course=other), {"result": "fail"}),
        (now, {}),
    ):
        make_registration(harare, enrollment=enrollment, section=section, **fields)
    return now


# --- The whole way ---
def test_a_transfer_moves_a_person_between_two_institutions_and_a_third_sees_nothing(
    origin, destination, third, rudo: Student, harare: Institution, mutare: Institution
):
    section = studies_of(rudo)
    asked = data(ask(origin, rudo), 201)
    assert (asked["side"], asked["status"], asked["student"]) == ("origin", "requested", str(rudo.pk))
    shown = own(destination)
    assert (shown["side"], shown["shared_id"], shown["student"]) == ("destination", asked["shared_id"], None)
    assert (shown["number"], shown["given_names"], shown["family_name"]) == ("H1", "Rudo", "Ncube")
    assert data(act(origin, "release"))["status"] == own(destination)["status"] == "released"

    accepted = data(act(destination, "accept", number="M1"))
    assert accepted["status"] == own(origin)["status"] == "accepted"

    today = timezone.localdate()
    with reaching(harare.pk):
        left, enrollment = Student.objects.get(), Enrollment.objects.get()
        assert (left.status, StudentStatus.objects.get().starts_on) == ("transferred_out", today)
        assert (enrollment.status, enrollment.ended_on) == ("withdrawn", today)
        assert enrollment.history.get().reason == "Transferred: Family"
        assert Section.objects.get(pk=section.pk).seats_taken == 0
        assert sorted(Registration.objects.values_list("result", flat=True)) == ["fail", "fail", "pass", "withdrawn"]
        assert not TransferredCredit.objects.exists()
    with reaching(mutare.pk):
        came, credit = Student.objects.get(), TransferredCredit.objects.get()
        assert (came.number, came.status, came.entry_year, came.birth_year) == ("M1", "active", today.year, 2004)
        assert StudentStatus.objects.get().starts_on == today
        assert {name: getattr(came, name) for name in SECRET} == SECRET
        assert (credit.student, str(credit.transfer_id)) == (came, accepted["id"])
        assert (credit.code, credit.title, credit.credits, credit.level) == ("MATH1", "Calculus", 20, 2)
        assert credit.grade == "pass (64.00)"
        assert accepted["student"] == str(came.pk) != str(rudo.pk)

    for url in (URL, "/api/v1/academic/transferred-credits/", "/api/v1/students/"):
        assert data(third.get(url)) == []
    for client in (origin, destination):
        assert third.get(f"{URL}{own(client)['id']}/").status_code == 404
        assert third.post(f"{URL}{own(client)['id']}/withdraw/", {}).status_code == 404


def test_neither_side_sees_the_rows_of_the_other(origin, destination, rudo: Student):
    ask(origin, rudo)
    for client, other in ((origin, destination), (destination, origin)):
        assert client.get(f"{URL}{own(other)['id']}/").status_code == 404
    assert destination.get(f"/api/v1/students/{rudo.pk}/").status_code == 404


def test_the_regulator_sees_both_sides(origin, rudo: Student, mutare: Institution):
    ask(origin, rudo)
    rows = data(client_of(person_of_nation("academic.view_transfer")).get(URL))
    assert sorted(row["side"] for row in rows) == ["destination", "origin"]
    assert len({row["shared_id"] for row in rows}) == 1


def test_who_has_moved_is_no_double_enrollment(origin, destination, rudo: Student):
    ask(origin, rudo)
    act(origin, "release")
    act(destination, "accept", number="M1")
    count_learners()
    learner = Learner.objects.get()
    assert (learner.known_at, learner.active_at, learner.double_active) == (2, 1, False)


def test_what_identifies_is_sealed_anew_under_a_key_of_the_new_row(origin, destination, rudo: Student, mutare, harare):
    ask(origin, rudo)
    act(origin, "release")
    act(destination, "accept", number="M1")
    with reaching(harare.pk, mutare.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT phone), count(DISTINCT national_id_index) FROM students_student"
        )
        assert cursor.fetchone() == (2, 2, 1)


def test_both_sides_are_on_the_log_each_with_its_own(origin, destination, rudo: Student, harare, mutare):
    studies_of(rudo)
    ask(origin, rudo)
    act(origin, "release")
    act(destination, "accept", number="M1")
    told = AuditEntry.objects.filter(rule="academic.transfer.accepted")
    subjects = {
        institution.code: sorted(entry.subject for entry in told.filter(institution_id=institution.pk))
        for institution in (harare, mutare)
    }
    assert subjects == {
        "HARARE": ["academic.Enrollment", "academic.Registration", "academic.Transfer", "students.Student"],
        "MUTARE": ["academic.Transfer"],
    }
    assert AuditEntry.objects.get(rule="students.student.taken_in").institution_id == mutare.pk
    for secret in SECRET.values():
        assert str(secret) not in str([entry.changes for entry in AuditEntry.objects.all()])


# --- Asking ---
def test_a_student_asks_for_their_own_transfer_and_takes_it_back(harare: Institution, mutare, destination):
    account = make_user()
    student, stranger = make_student(harare, account=account), make_student(harare)
    own_rows = Reach(related=frozenset([harare.pk]))
    needs = ("students.view_student", "academic.view_transfer", "academic.add_transfer")
    client = client_of(Person(Actor("Rudo Ncube", account.pk, dict.fromkeys(needs, own_rows))))
    assert refused(ask(client, stranger), 400) == "does_not_exist"
    assert data(ask(client, student), 201)["asked_by"] == "origin"
    assert act(client, "release").status_code == 403
    named = {"number": stranger.number, "family_name": stranger.family_name, "institution_code": "MUTARE"}
    assert client.post(URL, named).status_code in (403, 422)
    assert data(act(client, "withdraw"))["status"] == own(destination)["status"] == "withdrawn"


def test_the_destination_asks_by_number_and_family_name(origin, destination, rudo: Student):
    body = {"institution_code": "HARARE", "number": "H1", "family_name": "ncube"}
    asked = data(destination.post(URL, body), 201)
    assert (asked["side"], asked["asked_by"], asked["given_names"]) == ("destination", "destination", "Rudo")
    assert own(origin)["student"] == str(rudo.pk)
    data(act(origin, "release"))
    assert data(act(destination, "accept", number="M1"))["status"] == own(origin)["status"] == "accepted"


def test_a_wrong_number_and_a_wrong_name_get_the_same_words(destination, rudo: Student, harare, mutare):
    asked = [
        destination.post(URL, {"institution_code": "HARARE", **named})
        for named in (
            {"number": "H1", "family_name": "Moyo"},
            {"number": "H2", "family_name": "Ncube"},
            {"number": "H1"},
            {"family_name": "Ncube"},
        )
    ]
    assert {refused(answer) for answer in asked} == {"no_such_student"}
    assert len({str(answer.json()["errors"]) for answer in asked}) == 1
    assert everything(harare, mutare)[0] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "NOWHERE"}, "no_such_institution"),
        ({"code": "CLOSED"}, "no_such_institution"),
        ({"code": "HARARE"}, "same_institution"),
        ({"number": "H1"}, "said_twice"),
    ],
)
def test_what_names_no_other_institution_or_two_people_is_refused(origin, rudo, mutare, harare, fields, code):
    make_institution("CLOSED", "Closed College", type="other", status="closed", closed_on="2025-12-31")
    assert refused(ask(origin, rudo, **fields)) == code
    assert everything(harare, mutare)[0] == []


@pytest.mark.parametrize("status", ["graduated", "dropped_out", "transferred_out", "deceased"])
def test_only_who_is_a_student_there_can_move_from_there(origin, harare, mutare, status):
    assert refused(ask(origin, make_student(harare, status=status))) == "not_studying"
    assert everything(harare, mutare)[0] == []


def test_who_was_erased_does_not_move(origin, harare, mutare):
    assert refused(ask(origin, make_student(harare, erased_at=timezone.now()))) == "person_erased"
    assert everything(harare, mutare)[0] == []


def test_one_transfer_of_a_student_is_under_way_at_a_time(origin, destination, rudo: Student, third):
    ask(origin, rudo)
    assert refused(ask(origin, rudo, "GWERU"), 400) == "already_requested"
    assert data(third.get(URL)) == []
    act(origin, "refuse", answer="Fees.")
    assert data(ask(origin, rudo, "GWERU"), 201)["status"] == "requested"


# --- Deciding ---
@pytest.mark.parametrize("side", ["origin", "destination"])
def test_either_side_refuses_and_the_destination_forgets_the_person(origin, destination, rudo, harare, mutare, side):
    ask(origin, rudo)
    assert data(act({"origin": origin, "destination": destination}[side], "refuse", answer="No place."))
    ours, theirs = own(origin), own(destination)
    assert (ours["status"], ours["answer"], ours["family_name"]) == ("refused", "No place.", "Ncube")
    assert (theirs["status"], theirs["answer"]) == ("refused", "No place.")
    assert (theirs["number"], theirs["given_names"], theirs["family_name"]) == ("", "", "")
    with reaching(harare.pk, mutare.pk):
        assert Student.objects.get().status == "active"


def test_refusing_says_why(origin, rudo: Student, harare, mutare):
    ask(origin, rudo)
    before = everything(harare, mutare)
    assert act(origin, "refuse", answer="").status_code == 400
    assert everything(harare, mutare) == before


@pytest.mark.parametrize(
    ("steps", "side", "verb", "body", "code"),
    [
        ([], "destination", "release", {}, "other_side"),
        ([], "destination", "accept", {"number": "M1"}, "wrong_order"),
        ([], "origin", "accept", {"number": "M1"}, "other_side"),
        ([], "destination", "withdraw", {}, "other_side"),
        (["release"], "origin", "release", {}, "wrong_order"),
        (["release"], "origin", "refuse", {"answer": "Fees."}, "wrong_order"),
        (["withdraw"], "origin", "release", {}, "already_decided"),
        (["withdraw"], "destination", "refuse", {"answer": "Full."}, "already_decided"),
        (["release", "withdraw"], "destination", "accept", {"number": "M1"}, "already_decided"),
    ],
)
def test_each_step_is_taken_by_its_side_in_its_order(
    origin, destination, rudo, harare, mutare, steps, side, verb, body, code
):
    ask(origin, rudo)
    for step in steps:
        data(act(origin, step))
    before = everything(harare, mutare)
    assert refused(act({"origin": origin, "destination": destination}[side], verb, **body)) == code
    assert everything(harare, mutare) == before


# --- Accepting ---
@pytest.fixture
def released(origin, rudo: Student, mutare: Institution) -> None:
    studies_of(rudo)
    ask(origin, rudo)
    data(act(origin, "release"))


def test_accepting_needs_the_right_to_enter_students(released, harare, mutare):
    client = client_of(person_at(mutare, *set(REGISTRAR) - {"students.add_student"}))
    before = everything(harare, mutare)
    assert act(client, "accept", number="M1").status_code == 403
    assert everything(harare, mutare) == before


def test_a_number_that_is_taken_moves_nobody(released, destination, harare, mutare):
    make_student(mutare, number="M1")
    before = everything(harare, mutare)
    assert refused(act(destination, "accept", number="M1"), 400) == "number_taken"
    assert everything(harare, mutare) == before


@pytest.mark.parametrize(("days", "status", "code"), [(1, 422, "not_yet"), (-3000, 400, "ends_before_it_begins")])
def test_nobody_is_accepted_on_a_day_to_come_or_before_their_studies_began(
    released, destination, harare, mutare, days, status, code
):
    before, day = everything(harare, mutare), timezone.localdate() + timedelta(days=days)
    assert refused(act(destination, "accept", number="M1", accepted_on=day.isoformat()), status) == code
    assert everything(harare, mutare) == before


def test_whom_the_destination_knew_before_comes_back_under_the_number_of_then(released, destination, harare, mutare):
    known = make_student(mutare, number="M7", national_id="63 123456 a 42", status="dropped_out")
    before = everything(harare, mutare)
    answer = act(destination, "accept", number="M1")
    assert refused(answer) == "person_known"
    assert "M7" in answer.json()["errors"][0]["message"]
    assert everything(harare, mutare) == before
    assert data(act(destination, "accept", number="M7"))["student"] == str(known.pk)
    with reaching(mutare.pk):
        assert Student.objects.get().status == "active"


def test_a_student_sees_the_credits_that_came_along(released, destination, rudo, harare, mutare):
    account = make_user()
    with reaching(harare.pk):
        Student.objects.filter(pk=rudo.pk).update(account=account)
    act(destination, "accept", number="M1")
    reach = Reach(related=frozenset([mutare.pk]))
    client = client_of(Person(Actor("Rudo", account.pk, {"academic.view_transfer": reach})))
    assert [row["code"] for row in data(client.get("/api/v1/academic/transferred-credits/"))] == ["MATH1"]
    assert own(client)["side"] == "destination"


# --- At once ---
def at_once(*steps: Callable[[], Any]) -> list[str]:
    """What became of steps that begin together."""

    def outcome(step: Callable[[], Any]) -> str:
        try:
            step()
            return "done"
        except RuleBroken as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return sorted(pool.map(outcome, steps))


def released_between(harare: Institution, mutare: Institution) -> tuple[Transfer, Transfer]:
    mine = make_transfer(harare, mutare)
    with reaching(harare.pk):
        release(person_at(harare, *REGISTRAR).actor, mine)
    with reaching(mutare.pk):
        return mine, Transfer.objects.get()


def stepping(institution: Institution, step: Any, transfer: Transfer, **fields: Any) -> Callable[[], Any]:
    def run() -> None:
        with reaching(institution.pk):
            step(person_at(institution, *REGISTRAR).actor, transfer, **fields)

    return run


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_does(harare: Institution, mutare: Institution):
    _, theirs = released_between(harare, mutare)
    steps = [stepping(mutare, accept, theirs, number=number) for number in ("M1", "M2", "M3")]
    assert at_once(*steps) == ["already_decided", "already_decided", "done"]
    with reaching(mutare.pk):
        assert Student.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_both_sides_deciding_at_once_agree_in_the_end(harare: Institution, mutare: Institution):
    for _ in range(5):
        mine = make_transfer(harare, mutare)
        with reaching(mutare.pk):
            theirs = Transfer.objects.get(shared_id=mine.shared_id)
        decided = at_once(
            stepping(harare, refuse, mine, answer="Fees."), stepping(mutare, refuse, theirs, answer="Full.")
        )
        assert decided == ["already_decided", "done"]
        with reaching(harare.pk, mutare.pk):
            sides = Transfer.objects.filter(shared_id=mine.shared_id)
            assert len(set(sides.values_list("status", "answer"))) == 1


# --- What the database refuses ---
def test_sides_that_disagree_are_refused(harare: Institution, mutare: Institution):
    mine = make_transfer(harare, mutare)
    with reaching(harare.pk), pytest.raises(IntegrityError, match="transfer_two_sides"), checked_at_the_end():
        Transfer.objects.filter(pk=mine.pk).update(status="withdrawn", ended_at=timezone.now())


def test_one_side_alone_is_refused(harare: Institution, mutare: Institution):
    mine = make_transfer(harare, mutare)
    for institution in (harare, mutare):
        with reaching(institution.pk), pytest.raises(IntegrityError, match="transfer_two_sides"), checked_at_the_end():
            Transfer.objects.filter(shared_id=mine.shared_id).delete()


@contextmanager
def checked_at_the_end() -> Iterator[None]:
    """A savepoint whose end is what a commit would be to the constraints."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
