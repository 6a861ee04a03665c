"""This file holds the tests of the register of learners: the nation sees, and no institution sees another."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from core.audit.models import AuditEntry
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.models import Institution
from students.factories import make_student
from students.models import DoubleEnrollment, Learner, LearnerToCount, Student
from students.permissions import NATIONAL, PERMISSIONS
from students.registry.counting import count_learners
from users.roles.shipped import permissions_below_the_nation

pytestmark = pytest.mark.django_db
LEARNERS, DOUBLES = "/api/v1/students/learners/", "/api/v1/students/double-enrollments/"
FIND = f"{LEARNERS}find/"
ID, SAME_ID, OTHER_ID = "63-123456A42", "63 123456 a 42", "63-765432B42"


@pytest.fixture
def regulator():
    return client_of(person_of_nation("students.view_learner", "students.acknowledge_double_enrollment"))


@pytest.fixture
def twice(harare: Institution, mutare: Institution) -> tuple[Student, Student]:
    """One person who studies at both."""
    rows = make_student(harare, number="H1", national_id=ID), make_student(mutare, number="M1", national_id=SAME_ID)
    count_learners()
    return rows


def change(student: Student, **fields: Any) -> None:
    """Write and have it counted."""
    with reaching(student.institution_id):
        Student.objects.get(pk=student.pk).change(**fields)
    count_learners()


def listed(client: Any, url: str) -> list[dict[str, Any]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


# --- Noticing ---
def test_a_person_at_two_institutions_is_found_by_the_nation(regulator, twice):
    (learner,) = listed(regulator, f"{LEARNERS}?double_active=true")
    assert (learner["known_at"], learner["active_at"], learner["double_active"]) == (2, 2, True)
    shown = regulator.get(f"{LEARNERS}{learner['id']}/").json()["data"]["students"]
    assert [(row["code"], row["number"], row["status"]) for row in shown] == [
        ("HARARE", "H1", "active"),
        ("MUTARE", "M1", "active"),
    ]


def test_people_of_one_institution_are_not_on_the_register(harare: Institution, mutare: Institution):
    make_student(harare, national_id=ID)
    make_student(mutare, national_id=OTHER_ID)
    for institution in (harare, mutare):
        make_student(institution)
    assert count_learners() == 2
    assert not Learner.objects.exists()
    assert not LearnerToCount.objects.exists()


def test_whoever_left_the_one_before_the_other_is_known_and_not_double(regulator, harare, mutare):
    make_student(harare, national_id=ID, status=Student.Status.DROPPED_OUT)
    make_student(mutare, national_id=ID)
    count_learners()
    (learner,) = listed(regulator, f"{LEARNERS}?known_at__gte=2")
    assert (learner["active_at"], learner["double_active"]) == (1, False)
    assert listed(regulator, f"{LEARNERS}?double_active=true") == []
    assert not DoubleEnrollment.objects.exists()


def test_a_double_enrollment_is_flagged_once_and_ends_when_one_of_them_does(regulator, twice):
    change(twice[0], given_names="Rudo C.")
    (flag,) = listed(regulator, f"{DOUBLES}?ended_at__isnull=true")
    change(twice[0], status=Student.Status.DROPPED_OUT)
    assert listed(regulator, f"{DOUBLES}?ended_at__isnull=true") == []
    change(twice[0], status=Student.Status.ACTIVE)
    past, fresh = listed(regulator, DOUBLES)
    assert (past["id"], past["ended_at"] is None) == (flag["id"], False)
    assert (fresh["learner"], fresh["ended_at"]) == (flag["learner"], None)
    told = AuditEntry.objects.filter(rule__startswith="students.double_enrollment.").order_by("pk")
    assert [entry.rule.rpartition(".")[2] for entry in told] == ["noticed", "ended", "noticed"]


def test_rows_written_set_by_set_are_counted_too(harare: Institution, mutare: Institution):
    for institution in (harare, mutare):
        with reaching(institution.pk):
            Student.objects.bulk_create(
                Student(institution=institution, number=f"R{number}", entry_year=2026, national_id=f"63-{number:06}A42")
                for number in range(20)
            )
    count_learners()
    assert Learner.objects.filter(double_active=True).count() == DoubleEnrollment.objects.count() == 20
    with reaching(mutare.pk):
        Student.objects.filter(number__in=["R1", "R2"]).update(status=Student.Status.GRADUATED)
        Student.objects.filter(number="R3").delete()
    count_learners()
    assert Learner.objects.filter(double_active=True).count() == 17
    assert DoubleEnrollment.objects.filter(ended_at=None).count() == 17


def test_what_changes_nobodys_standing_is_not_counted_again(twice):
    with reaching(twice[0].institution_id):
        Student.objects.update(given_names="Rudo")
    assert not LearnerToCount.objects.exists()


def test_a_corrected_national_id_is_another_person(regulator, twice):
    change(twice[1], national_id=OTHER_ID)
    (learner,) = listed(regulator, LEARNERS)
    assert (learner["known_at"], learner["double_active"]) == (1, False)


def test_whose_national_id_nobody_holds_any_more_leaves_no_digest(twice):
    for student in twice:
        change(student, national_id=None)
    assert Learner.objects.values_list("index", "known_at").get() == (None, 0)


def test_what_is_rolled_back_is_not_counted(harare: Institution, mutare: Institution):
    make_student(harare, national_id=ID)
    with transaction.atomic():
        make_student(mutare, national_id=ID)
        transaction.set_rollback(True)
    count_learners()
    assert not Learner.objects.exists()


# --- Who sees ---
def test_an_institution_sees_nothing_of_the_register(twice, harare: Institution):
    everything = client_of(person_at(harare, *PERMISSIONS))
    assert listed(everything, LEARNERS) == listed(everything, DOUBLES) == []
    for row, url in ((Learner.objects.get(), LEARNERS), (DoubleEnrollment.objects.get(), DOUBLES)):
        assert everything.get(f"{url}{row.pk}/").status_code == 404
    acknowledged = everything.post(f"{DOUBLES}{DoubleEnrollment.objects.get().pk}/acknowledge/", {"note": "Fine."})
    assert acknowledged.status_code == 404
    assert everything.post(FIND, {"national_id": ID}).status_code == 403
    assert not AuditEntry.objects.filter(rule="students.learner.sought", decision="done").exists()
    assert [row["number"] for row in listed(everything, "/api/v1/students/")] == ["H1"]


def test_an_institution_enters_whom_another_has_and_is_told_nothing(harare: Institution, mutare: Institution):
    make_student(harare, national_id=ID)
    body = {"number": "M1", "given_names": "Rudo", "family_name": "Moyo", "entry_year": 2026}
    client = client_of(person_at(mutare, *PERMISSIONS))
    known, fresh = (
        client.post("/api/v1/students/", {**body, "number": number, "national_id": national_id})
        for number, national_id in (("M1", ID), ("M2", OTHER_ID))
    )
    assert known.status_code == fresh.status_code == 201
    assert known.json()["data"].keys() == fresh.json()["data"].keys()
    count_learners()
    assert DoubleEnrollment.objects.filter(ended_at=None).count() == 1


def test_no_role_of_an_institution_holds_what_is_the_nations():
    assert not NATIONAL & permissions_below_the_nation().keys()


def test_the_regulator_narrowed_to_one_institution_sees_nothing(twice, harare: Institution):
    narrowed = client_of(person_of_nation("students.view_learner"), **{"X-Institution": harare.code})
    assert listed(narrowed, LEARNERS) == []
    assert narrowed.post(FIND, {"national_id": ID}).status_code == 403


def test_neither_the_id_nor_its_digest_is_in_an_answer_or_on_the_log(regulator, twice):
    learner = Learner.objects.get()
    double = DoubleEnrollment.objects.get()
    answers = [
        regulator.get(url).content.decode()
        for url in (LEARNERS, f"{LEARNERS}{learner.pk}/", DOUBLES, f"{DOUBLES}{double.pk}/")
    ]
    answers.append(regulator.post(FIND, {"national_id": ID}).content.decode())
    answers.append(regulator.post(f"{DOUBLES}{double.pk}/acknowledge/", {"note": "Joint program."}).content.decode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(to_jsonb(entry)::text, ' ') FROM core_auditentry entry")
        told = " ".join([*answers, *cursor.fetchone()])
    index = bytes(learner.index)
    assert "H1" in told
    for secret in (ID, SAME_ID, "63123456A42", index.hex(), str(index)):
        assert secret not in told


def test_opening_a_learner_is_on_the_log(regulator, twice):
    learner = Learner.objects.get()
    regulator.get(f"{LEARNERS}{learner.pk}/")
    entry = AuditEntry.objects.get(rule="students.learner.read")
    assert (entry.subject_id, entry.changes) == (str(learner.pk), {"fields": ["students"]})


# --- Finding ---
def test_a_person_is_found_by_national_id_however_it_is_written(regulator, twice):
    found = regulator.post(FIND, {"national_id": "63.123456 A 42"}).json()["data"]
    assert found["learner"] == str(Learner.objects.get().pk)
    assert [(row["code"], row["number"]) for row in found["students"]] == [("HARARE", "H1"), ("MUTARE", "M1")]
    entries = AuditEntry.objects.filter(rule="students.learner.sought").order_by("institution_id")
    assert {entry.subject_id for entry in entries} == {str(row.pk) for row in twice}


def test_a_person_of_one_institution_is_found_as_well(regulator, harare: Institution):
    make_student(harare, number="H1", national_id=ID)
    found = regulator.post(FIND, {"national_id": ID}).json()["data"]
    assert (found["learner"], [row["number"] for row in found["students"]]) == (None, ["H1"])


@pytest.mark.parametrize("sought", [OTHER_ID, "-", "0"])
def test_whom_nobody_knows_is_not_found_and_the_look_is_on_the_log(regulator, twice, sought):
    answer = regulator.post(FIND, {"national_id": sought})
    assert answer.json()["data"] == {"learner": None, "students": []}
    assert AuditEntry.objects.get(rule="students.learner.sought").subject == ""


def test_finding_costs_the_same_however_many_are_found(regulator, twice, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        regulator.post(FIND, {"national_id": ID})


# --- Acknowledging ---
def test_a_double_enrollment_is_acknowledged_once_with_a_note(regulator, twice):
    url = f"{DOUBLES}{DoubleEnrollment.objects.get().pk}/acknowledge/"
    answer = regulator.post(url, {"note": "A joint program."})
    assert (answer.status_code, answer.json()["data"]["note"]) == (200, "A joint program.")
    again = regulator.post(url, {"note": "Once more."})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "already_acknowledged")
    double = DoubleEnrollment.objects.get()
    assert (double.note, double.ended_at) == ("A joint program.", None)
    assert listed(regulator, f"{DOUBLES}?acknowledged_at__isnull=true") == []


def test_nothing_is_acknowledged_without_a_note(regulator, twice):
    url = f"{DOUBLES}{DoubleEnrollment.objects.get().pk}/acknowledge/"
    assert regulator.post(url, {"note": " "}).status_code == 400
    assert DoubleEnrollment.objects.get().acknowledged_at is None


def test_acknowledging_is_another_right_than_seeing(twice):
    analyst = client_of(person_of_nation("students.view_learner"))
    url = f"{DOUBLES}{DoubleEnrollment.objects.get().pk}/acknowledge/"
    assert analyst.post(url, {"note": "Fine."}).status_code == 403
    assert DoubleEnrollment.objects.get().note == ""


# --- What was indexed before ---
def test_ids_that_each_institution_indexed_by_itself_are_indexed_anew(harare: Institution, mutare: Institution):
    index = Student._meta.get_field("national_id_index")
    with reaching(harare.pk, mutare.pk):
        for number, institution in enumerate((harare, mutare)):
            student = make_student(institution, national_id=ID)
            Student.objects.filter(pk=student.pk).update(national_id_index=bytes([number]) * 16)
        LearnerToCount.objects.all().delete()
        import_module("students.migrations.0008_learners_noticed").index_anew(apps, None)
        assert {bytes(row) for row in Student.objects.values_list("national_id_index", flat=True)} == {
            index.digest(ID, None)
        }
    count_learners()
    assert Learner.objects.get().double_active


# --- What the database refuses ---
@pytest.mark.parametrize(
    "fields",
    [
        {"known_at": 1, "active_at": 2},
        {"known_at": 2, "active_at": 1, "same": True},
    ],
)
def test_a_learner_that_contradicts_itself_is_refused(twice, fields):
    index = Learner.objects.get().index if fields.pop("same", False) else b"x" * 16
    with pytest.raises(IntegrityError), transaction.atomic():
        Learner.objects.create(index=index, **fields)


def test_a_learner_has_one_open_flag(twice):
    with pytest.raises(IntegrityError, match="double_enrollment_open_once"), transaction.atomic():
        DoubleEnrollment.objects.create(learner=Learner.objects.get(), noticed_at=timezone.now())
