"""This file holds the tests of students."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.models import AuditEntry
from core.errors import Invalid
from core.secrets.digests import blind_index
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.factories import make_department, make_faculty
from faculties.models import Institution
from students.factories import make_student
from students.models import Student
from students.permissions import PERMISSIONS
from students.students.rules import change_student, enter_student
from users.factories import make_person

pytestmark = pytest.mark.django_db
STUDENTS = "/api/v1/students/"
RUDO = {"number": "R261", "given_names": "Rudo", "family_name": "Ncube", "entry_year": 2026}
SECRET = {"national_id": "63-123456A42", "date_of_birth": "2006-05-17", "phone": "+263 77 000 0000"}


@pytest.fixture
def registrar(harare: Institution):
    with reaching(harare.pk):
        yield person_at(harare, *PERMISSIONS)


def test_a_number_is_given_once_in_an_institution(registrar, mutare: Institution):
    make_student(mutare, number="R261")
    enter_student(registrar.actor, **RUDO)
    with pytest.raises(Invalid) as refusal:
        enter_student(registrar.actor, **RUDO)
    assert (refusal.value.code, Student.objects.count()) == ("number_taken", 1)


def test_a_national_id_is_one_person_however_it_is_written(registrar):
    enter_student(registrar.actor, **RUDO, national_id="63-123456A42")
    with pytest.raises(Invalid) as refusal:
        enter_student(registrar.actor, **{**RUDO, "number": "R262"}, national_id="63 123456 a 42")
    assert refusal.value.code == "person_known"


def test_students_without_a_national_id_are_many(registrar):
    for number in ("R261", "R262"):
        enter_student(registrar.actor, **{**RUDO, "number": number})
    assert Student.objects.filter(national_id_index=None).count() == 2


def test_the_year_of_birth_follows_the_date(registrar):
    student = enter_student(registrar.actor, **RUDO, date_of_birth=date(2006, 5, 17))
    assert student.birth_year == 2006
    assert change_student(registrar.actor, student, date_of_birth=date(2005, 5, 17)).birth_year == 2005


def test_what_identifies_is_not_in_the_table_in_clear(registrar):
    enter_student(registrar.actor, **RUDO, national_id="63-123456A42", phone="+263770000000", address="1 Main Road")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(s)::text FROM students_student s")
        (row,) = cursor.fetchone()
    assert "Rudo" in row
    assert not any(secret in row for secret in ("63-123456A42", "63123456A42", "+263770000000", "Main Road"))
    assert not any(secret.encode().hex() in row for secret in ("63-123456A42", "+263770000000", "1 Main Road"))


def test_what_identifies_reaches_the_audit_log_only_as_a_digest(registrar):
    enter_student(registrar.actor, **RUDO, national_id="63-123456A42")
    changes = AuditEntry.objects.get(rule="students.student.entered").changes
    assert changes["national_id"][1].startswith("digest:")
    assert "63-123456A42" not in str(changes)
    assert "national_id_index" not in changes


def test_a_person_is_found_by_the_blind_index(registrar):
    student = enter_student(registrar.actor, **RUDO, national_id="63-123456A42")
    index = blind_index("students_student.national_id", None, "63 123456 A 42")
    assert Student.objects.get(national_id_index=index) == student


def test_what_identifies_is_shown_on_the_single_student_and_in_no_list(registrar):
    created = client_of(registrar).post(STUDENTS, {**RUDO, **SECRET})
    assert created.status_code == 201, created.json()
    key = created.json()["data"]["id"]
    shown = client_of(registrar).get(f"{STUDENTS}{key}/").json()["data"]
    assert {name: shown[name] for name in (*SECRET, "address")} == {**SECRET, "address": None}
    assert (shown["number"], shown["birth_year"]) == ("R261", 2006)
    (row,) = client_of(registrar).get(STUDENTS).json()["data"]
    assert not set(SECRET) & set(row)


def test_students_entered_together_are_answered_without_what_identifies(registrar):
    rows = client_of(registrar).post(f"{STUDENTS}bulk/", [{**RUDO, **SECRET}]).json()["data"]
    assert [row["number"] for row in rows] == ["R261"]
    assert not {*SECRET, "address"} & set(rows[0])
    assert not AuditEntry.objects.filter(rule="students.student.read").exists()


def test_each_look_at_what_identifies_is_on_the_audit_log(registrar):
    key = client_of(registrar).post(STUDENTS, {**RUDO, **SECRET}).json()["data"]["id"]
    client_of(registrar).get(f"{STUDENTS}{key}/")
    entry = AuditEntry.objects.filter(rule="students.student.read").last()
    assert (entry.subject_id, entry.actor_id) == (key, registrar.actor.id)
    assert entry.changes == {"fields": ["address", "date_of_birth", "national_id", "phone"]}


def test_seeing_a_student_is_not_seeing_what_identifies(harare: Institution):
    student = make_student(harare, national_id="63-123456A42")
    shown = client_of(person_at(harare, "students.view_student")).get(f"{STUDENTS}{student.pk}/")
    assert shown.status_code == 200
    assert not {*SECRET, "address"} & set(shown.json()["data"])
    assert AuditEntry.objects.count() == 0


def test_a_student_of_another_institution_is_not_there(registrar, mutare: Institution):
    theirs = make_student(mutare)
    client = client_of(registrar)
    assert client.get(STUDENTS).json()["data"] == []
    absent, foreign = client.get(f"{STUDENTS}{mutare.pk}/"), client.get(f"{STUDENTS}{theirs.pk}/")
    assert (foreign.status_code, foreign.json()["errors"]) == (404, absent.json()["errors"])


def test_a_student_of_another_institution_is_not_there_by_raw_sql(registrar, mutare: Institution):
    make_student(mutare)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM students_student")
        assert cursor.fetchone() == (0,)


def test_a_student_can_not_be_moved_into_another_institution(registrar, mutare: Institution):
    student = enter_student(registrar.actor, **RUDO)
    with pytest.raises(Exception, match="row-level security"), transaction.atomic():
        Student.objects.filter(pk=student.pk).update(institution=mutare)


def test_a_home_department_lies_in_the_same_institution(registrar, harare: Institution, mutare: Institution):
    theirs = make_department(mutare)
    student = enter_student(registrar.actor, **RUDO)
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012 (the key is checked at the end)
        Student.objects.filter(pk=student.pk).update(department=theirs.pk)
        connection.check_constraints()


def test_a_dean_sees_the_students_of_the_faculty(harare: Institution):
    mine = make_faculty(harare)
    inside = make_student(harare, department=make_department(harare, faculty=mine))
    make_student(harare, department=make_department(harare))
    make_student(harare)
    dean = make_person(grants=[("dean", mine)])
    rows = client_of(dean.actor).get(STUDENTS).json()["data"]
    assert [row["id"] for row in rows] == [str(inside.pk)]


def test_a_student_sees_the_own_record_and_no_other(harare: Institution):
    person = make_person(grants=[("student", harare)])
    mine, other = make_student(harare, account=person), make_student(harare)
    client = client_of(person.actor)
    assert [row["id"] for row in client.get(STUDENTS).json()["data"]] == [str(mine.pk)]
    assert "national_id" in client.get(f"{STUDENTS}{mine.pk}/").json()["data"]
    assert client.get(f"{STUDENTS}{other.pk}/").status_code == 404


def test_the_nation_reads_all_and_writes_where_the_row_lies(harare: Institution, mutare: Institution):
    students = [make_student(harare), make_student(mutare)]
    client = client_of(person_of_nation(*PERMISSIONS))
    assert [row["id"] for row in client.get(STUDENTS).json()["data"]] == [str(student.pk) for student in students]
    answer = client.patch(f"{STUDENTS}{students[1].pk}/", {"given_names": "Chipo"})
    assert (answer.status_code, answer.json()["data"]["given_names"]) == (200, "Chipo")
    assert AuditEntry.objects.get(rule="students.student.changed").institution_id == mutare.pk


@pytest.mark.parametrize("text", ["ncube", "NCUBE r", "R26", "  Ncube  Rudo "])
def test_a_student_is_found_by_the_beginning_of_a_name_or_number(registrar, text: str):
    enter_student(registrar.actor, **RUDO)
    enter_student(registrar.actor, number="X9", given_names="Tariro", family_name="Moyo", entry_year=2026)
    rows = client_of(registrar).get(STUDENTS, {"search": text}).json()["data"]
    assert [row["number"] for row in rows] == ["R261"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rudo", ["R1", "R2"]),
        ("ncube rudo", ["R1"]),
        ("rudo ncube", ["R1"]),
        ("tat nc", ["R1"]),
        ("TÁTÉNDA", ["R1"]),
        ("rudo moyo", ["R2"]),
        ("sibanda", ["R2"]),
        ("moyo-sib", ["R2"]),
        ("rudo rudo", ["R1", "R2"]),
        ("R2", ["R2"]),
        ("udo", []),
        ("rudo zhou", []),
        ("rudo n_ube", []),
        ("%", []),
        ("-", []),
        ("seventh", []),
    ],
)
def test_a_student_is_found_by_the_beginnings_of_names_in_any_order(registrar, text: str, found: list[str]):
    for number, given, family in (
        ("R1", "Rudo Tatenda", "Ncube"),
        ("R2", "Rúdo", "Moyo-Sibanda"),
        ("R3", "Two Three Four Five Six Seventh", "One"),
    ):
        enter_student(registrar.actor, number=number, given_names=given, family_name=family, entry_year=2026)
    rows = client_of(registrar).get(STUDENTS, {"search": text}).json()["data"]
    assert [row["number"] for row in rows] == found


def test_a_renamed_student_is_found_by_the_new_name_alone(registrar, harare: Institution):
    student = make_student(harare)
    change_student(registrar.actor, student, family_name="Sibanda")
    Student.objects.filter(pk=student.pk).update(search_text="sibanda tariro")
    client = client_of(registrar)
    assert [len(client.get(STUDENTS, {"search": text}).json()["data"]) for text in ("ncube", "rudo", "tari")] == [
        0,
        0,
        1,
    ]


def test_a_student_is_found_by_the_whole_national_id_however_it_is_spaced(registrar, harare, mutare):
    student = make_student(harare, national_id="63-123456A42")
    make_student(mutare, national_id="63-123456A42")
    client = client_of(registrar)
    for text, expected in (("63 123456 a 42", [str(student.pk)]), ("63-123456", []), ("-", [])):
        answer = client.post(f"{STUDENTS}find-by-national-id/", {"national_id": text})
        assert answer.status_code == 200, answer.content
        assert [row["id"] for row in answer.json()["data"]["students"]] == expected
        assert "63-123456A42" not in answer.content.decode()
    looks = AuditEntry.objects.filter(rule="students.student.sought", actor_id=registrar.pk)
    assert list(looks.order_by("id").values_list("subject_id", flat=True)) == [str(student.pk), "", ""]


def test_finding_by_national_id_needs_the_right_to_see_what_identifies(harare):
    make_student(harare, national_id="63-123456A42")
    client = client_of(person_at(harare, "students.view_student"))
    assert client.post(f"{STUDENTS}find-by-national-id/", {"national_id": "63-123456A42"}).status_code == 403
    assert client.get(f"{STUDENTS}find-by-national-id/", {"national_id": "63-123456A42"}).status_code in (404, 405)


def test_markup_in_a_name_is_text(registrar):
    answer = client_of(registrar).post(STUDENTS, {**RUDO, "given_names": "<b>Rudo</b> & co"})
    assert answer.json()["data"]["given_names"] == "<b>Rudo</b> & co"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("entry_year", 1492, "min_value"),
        ("sex", "other", "invalid_choice"),
        ("email", "nowhere", "invalid"),
        ("date_of_birth", "17.5.2006", "invalid"),
        ("number", "", "blank"),
        ("status", "dropped_out", "read_only"),
        ("colour", "blue", "unknown_field"),
    ],
)
def test_a_wrong_value_names_its_field_and_changes_nothing(registrar, field: str, value, code: str):
    answer = client_of(registrar).post(STUDENTS, {**RUDO, field: value})
    assert answer.status_code == 400
    assert [(error["code"], error["field"]) for error in answer.json()["errors"]] == [(code, field)]
    assert Student.objects.count() == 0
