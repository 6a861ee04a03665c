"""This file holds the tests of rights over single fields, of the trace of a look, and of one's own view."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.audit.record import record
from core.http.docs import described
from core.ids import uuid7
from core.lists.declarations import Declaration
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation, person_with
from faculties.factories import make_department
from faculties.models import Institution
from students.factories import make_student
from students.models import Student
from students.students.api import StudentViewSet
from users.factories import make_person

pytestmark = pytest.mark.django_db
STUDENTS = "/api/v1/students/"
MINE = "/api/v1/audit/mine/"
VIEW, IDENTITY, CHANGE, ADD = (
    "students.view_student",
    "students.view_student_identity",
    "students.change_student",
    "students.add_student",
)
READ = "students.student.read"


@pytest.fixture
def rudo(harare: Institution) -> Student:
    with reaching(harare.pk):
        return make_student(harare, national_id="63-123456A42", phone="+263770000000")


def of(student: Student) -> str:
    return f"{STUDENTS}{student.pk}/"


def stored(student: Student) -> Student:
    with reaching(student.institution_id):
        found = Student.objects.get(pk=student.pk)
        assert found.national_id is not None
        return found


def looks() -> list[list[str]]:
    return [entry.changes["fields"] for entry in AuditEntry.objects.filter(rule=READ)]


# --- Seeing ---
def test_the_right_must_hold_where_the_row_lies(harare: Institution, rudo: Student):
    """Somebody who may see all students of the institution, and what identifies only those of one department."""
    with reaching(harare.pk):
        own = make_department(harare)
        inside = make_student(harare, department=own, phone="+263770000001")
    reaches = {
        VIEW: Reach(institutions=frozenset([harare.pk])),
        IDENTITY: Reach(units=frozenset([own.pk]), hosts=frozenset([harare.pk])),
    }
    head = client_of(Actor("Head", uuid7(), reaches))
    assert head.get(of(inside)).json()["data"]["phone"] == "+263770000001"
    assert "phone" not in head.get(of(rudo)).json()["data"]
    assert AuditEntry.objects.get(rule=READ).subject_id == str(inside.pk)


def test_the_nations_look_is_on_the_log_with_the_institution_of_the_row(harare: Institution, rudo: Student):
    assert client_of(person_of_nation(VIEW, IDENTITY)).get(of(rudo)).json()["data"]["national_id"] == "63-123456A42"
    assert AuditEntry.objects.get(rule=READ).institution_id == harare.pk


def test_only_the_fields_that_were_shown_are_noted(harare: Institution, rudo: Student):
    client = client_of(person_at(harare, VIEW, IDENTITY))
    assert set(client.get(of(rudo), {"fields": "id,phone"}).json()["data"]) == {"id", "phone"}
    client.get(of(rudo), {"fields": "id,number"})
    assert looks() == [["phone"]]


def test_values_never_reach_the_log(harare: Institution, rudo: Student):
    client_of(person_at(harare, VIEW, IDENTITY)).get(of(rudo))
    entry = AuditEntry.objects.values().get(rule=READ)
    assert not any(secret in str(entry) for secret in ("63-123456A42", "+263770000000"))


def test_an_answer_that_was_not_sent_again_is_no_look(harare: Institution, rudo: Student):
    client = client_of(person_at(harare, VIEW, IDENTITY))
    tag = client.get(of(rudo))["ETag"]
    assert client.get(of(rudo), headers={"If-None-Match": tag}).status_code == 304
    assert len(looks()) == 1


def test_the_answer_to_a_change_is_a_look_too(harare: Institution, rudo: Student):
    person = person_at(harare, VIEW, IDENTITY, CHANGE)
    shown = client_of(person).patch(of(rudo), {"given_names": "Chipo"}).json()["data"]
    assert shown["national_id"] == "63-123456A42"
    assert len(looks()) == 1


def test_a_list_of_such_a_field_does_not_start():
    class Listing(StudentViewSet):
        field_permissions = {"email": IDENTITY}

    with pytest.raises(ImproperlyConfigured, match="would show email"):
        Declaration(Listing)


def test_a_look_costs_one_statement(harare: Institution, rudo: Student):
    costs = []
    for permissions in ((VIEW,), (VIEW, IDENTITY)):
        client = client_of(person_at(harare, *permissions))
        client.get(of(rudo))
        with CaptureQueriesContext(connection) as queries:
            client.get(of(rudo))
        costs.append(len(queries))
    assert costs[1] == costs[0] + 1


# --- Writing ---
def test_a_field_that_may_not_be_written_is_refused_by_name(harare: Institution, rudo: Student):
    clerk = client_of(person_at(harare, VIEW, CHANGE))
    answer = clerk.patch(of(rudo), {"given_names": "Chipo", "phone": "1", "national_id": "2"})
    assert answer.status_code == 403
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [
        ("field_not_allowed", "phone"),
        ("field_not_allowed", "national_id"),
    ]
    now = stored(rudo)
    assert (now.given_names, now.phone, now.national_id) == ("Rudo", "+263770000000", "63-123456A42")
    entry = AuditEntry.objects.get(rule="students.student.changed")
    assert (entry.decision, entry.code, entry.subject_id) == ("refused", "field_not_allowed", str(rudo.pk))


def test_the_other_fields_may_be_written(harare: Institution, rudo: Student):
    answer = client_of(person_at(harare, VIEW, CHANGE)).patch(of(rudo), {"given_names": "Chipo"})
    assert answer.status_code == 200
    assert "phone" not in answer.json()["data"]
    assert stored(rudo).phone == "+263770000000"


def test_a_replacement_without_the_right_leaves_such_fields_as_they_are(harare: Institution, rudo: Student):
    client = client_of(person_at(harare, VIEW, CHANGE))
    body = client.get(of(rudo)).json()["data"]
    for name in ("id", "institution", "status", "department", "created_at", "updated_at"):
        del body[name]
    answer = client.put(of(rudo), {**body, "birth_year": 2001, "given_names": "Chipo"})
    assert answer.status_code == 200, answer.json()
    assert (stored(rudo).given_names, stored(rudo).national_id) == ("Chipo", "63-123456A42")


@pytest.mark.parametrize("many", [False, True])
def test_nobody_enters_such_a_field_without_the_right(harare: Institution, many: bool):
    body = {"number": "R9", "given_names": "Rudo", "family_name": "Moyo", "entry_year": 2026, "phone": "1"}
    clerk = client_of(person_at(harare, VIEW, ADD))
    answer = clerk.post(f"{STUDENTS}bulk/" if many else STUDENTS, [body] if many else body)
    assert answer.status_code == 403
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [("field_not_allowed", "phone")]
    with reaching(harare.pk):
        assert Student.objects.count() == 0


def test_the_description_says_which_fields_have_a_permission():
    paths = described()["paths"]
    for operation in (paths["/api/v1/students/{id}/"]["get"], paths["/api/v1/students/"]["post"]):
        assert operation["x-field-permissions"]["national_id"] == IDENTITY
    assert "x-field-permissions" not in paths["/api/v1/students/"]["get"]


# --- Who looked at my record ---
def test_a_person_sees_who_looked_at_the_own_record_and_what_was_changed(harare: Institution):
    person = make_person(grants=[("student", harare)])
    with reaching(harare.pk):
        mine, other = make_student(harare, account=person), make_student(harare)
    registrar = client_of(person_at(harare, VIEW, IDENTITY, CHANGE))
    for student in (mine, other):
        registrar.get(of(student))
        registrar.patch(of(student), {"given_names": "Chipo"})
    rows = client_of(person.actor).get(MINE).json()["data"]
    assert [row["rule"] for row in rows] == [READ, "students.student.changed", READ]
    assert {row["subject_id"] for row in rows} == {str(mine.pk)}
    assert (rows[0]["actor_name"], rows[0]["institution_id"]) == ("Tendai Moyo", str(harare.pk))
    assert not {"address", "session_id", "request_id", "changes"} & set(rows[0])


def test_what_was_done_with_the_account_is_seen_too(harare: Institution):
    person = make_person()
    client_of(person_of_nation("users.view_user", "users.change_user")).patch(
        f"/api/v1/users/{person.pk}/", {"name": "Rudo Moyo"}
    )
    (row,) = client_of(person.actor).get(MINE).json()["data"]
    assert (row["rule"], row["subject"]) == ("users.user.changed", "users.User")


def test_a_person_without_any_grant_has_the_own_view(db):
    nobody = Actor("Rudo Moyo", uuid7())
    assert client_of(nobody).get(MINE).json()["data"] == []
    assert client_of().get(MINE).status_code == 401


def test_the_nation_sees_only_its_own_person_there(harare: Institution, rudo: Student):
    client = client_of(person_of_nation(VIEW, IDENTITY, "core.view_audit"))
    client.get(of(rudo))
    assert client.get(MINE).json()["data"] == []


def test_the_own_view_is_paged_and_narrowed(harare: Institution):
    person = make_person()
    for number in range(5):
        record(Actor("Chipo"), "users.user.changed" if number % 2 else "users.user.read", person)
    client = client_of(person.actor)
    first = client.get(MINE, {"limit": 2, "ordering": "-id"}).json()
    assert [len(first["data"]), first["meta"]["previous"]] == [2, None]
    rest = client.get(MINE, {"limit": 10, "ordering": "-id", "cursor": first["meta"]["next"]}).json()
    assert len(rest["data"]) == 3
    assert len(client.get(MINE, {"rule": "users.user.changed"}).json()["data"]) == 2
    assert client.get(MINE, {"actor_id": str(uuid7())}).status_code == 400


def test_the_own_view_is_one_statement_over_an_index(harare: Institution):
    client = client_of(person_with(Reach(institutions=frozenset([harare.pk])), VIEW))
    client.get(MINE)
    with CaptureQueriesContext(connection) as queries:
        client.get(MINE)
    (statement,) = [query["sql"] for query in queries if "core_auditentry" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        cursor.execute("PREPARE own AS " + statement)
        cursor.execute(f"EXPLAIN EXECUTE own('{uuid7()}')")
        assert "audit_by_person" in "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE own")
