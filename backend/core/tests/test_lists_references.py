"""This file holds the tests of references: ids in lists, expanded objects, fresh copies, visible rows in writes."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.lists import references
from core.lists.models import ReferenceVersion
from core.lists.references import Table, all_rows
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation, person_with
from core.tests.lists_lab import change, make_department, make_student, make_students, page
from faculties.departments.api import DepartmentSerializer
from faculties.models import Department, Faculty
from students.students.api import StudentViewSet
from users.models import Grant, Role, User

URL = "/api/v1/students/"
VIEW = "students.view_student"
SHOWN = StudentViewSet.serializer_class().fields["department"].serializer
TABLE = Department._meta.db_table


def shown_departments(person, **query):
    return [row["department"] for row in page(client_of(person), URL, expand="department", **query)["data"]]


def as_shown(department):
    return {"id": str(department.pk), "code": department.code, "name": department.name}


@pytest.mark.django_db
def test_a_reference_is_an_id_or_expanded_the_object(harare):
    science = make_department(harare, "SCI")
    make_student(harare, "A", department=science)
    make_student(harare, "B")
    client = client_of(person_at(harare, VIEW))
    assert [row["department"] for row in page(client, URL)["data"]] == [str(science.pk), None]
    assert shown_departments(person_at(harare, VIEW)) == [as_shown(science), None]
    assert shown_departments(person_of_nation(VIEW)) == [as_shown(science), None]


@pytest.mark.django_db
def test_a_field_that_is_not_shown_is_not_expanded(harare):
    make_student(harare, "A", department=make_department(harare, "SCI"))
    body = page(client_of(person_at(harare, VIEW)), URL, expand="department", fields="number")
    assert body["data"] == [{"number": "A"}]


@pytest.mark.django_db(transaction=True)
def test_a_renamed_reference_is_seen_by_the_next_request(harare):
    science = make_department(harare, "SCI")
    make_student(harare, "A", department=science)
    person = person_at(harare, VIEW)
    assert shown_departments(person)[0]["name"] == "Department SCI"
    change(science, name="Natural Sciences")
    assert shown_departments(person)[0]["name"] == "Natural Sciences"
    with CaptureQueriesContext(connection) as queries:
        assert shown_departments(person)[0]["name"] == "Natural Sciences"
    assert len(queries) == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_trace_in_the_copy(harare):
    science = make_department(harare, "SCI")
    make_student(harare, "A", department=science)
    person = person_at(harare, VIEW)
    with transaction.atomic():
        change(science, name="Never")
        assert shown_departments(person)[0]["name"] == "Never"
        transaction.set_rollback(True)
    assert shown_departments(person)[0]["name"] == "Department SCI"
    with transaction.atomic():
        change(science, name="Nor this")
        transaction.set_rollback(True)
    assert shown_departments(person)[0]["name"] == "Department SCI"


@pytest.mark.django_db
def test_a_reference_that_came_after_the_version_is_fetched(harare):
    science = make_department(harare, "SCI")
    make_student(harare, "A", department=science)
    person = person_at(harare, VIEW)
    shown_departments(person)
    kept = references._tables[SHOWN]
    del kept[str(science.pk)]
    kept["something else"] = None
    assert shown_departments(person) == [as_shown(science)]


@pytest.mark.django_db
def test_a_table_that_is_too_large_is_not_kept(harare, monkeypatch):
    departments = [make_department(harare, code) for code in ("SCI", "LAW", "ART")]
    for department in departments:
        make_student(harare, department.code, department=department)
    monkeypatch.setattr(references, "LARGEST_TABLE", 2)
    all_rows.cache_clear()
    assert shown_departments(person_at(harare, VIEW)) == [as_shown(one) for one in departments]
    assert references._tables[SHOWN] == Table()
    all_rows.cache_clear()


@pytest.mark.django_db
def test_a_table_without_a_version_is_not_kept(harare):
    assert references.table_at(DepartmentSerializer().fields["faculty"], None) is None


@pytest.mark.django_db
def test_rows_of_a_large_table_are_fetched_by_their_ids(harare):
    person = User.objects.create(email="me@tesc.test", name="Me")
    role = Role.objects.create(code="clerk", name="Clerk", tier="institution")
    Grant.objects.create(user=person, role=role, institution=harare)
    for reader in (person_at(harare, "users.view_grant"), person_of_nation("users.view_grant")):
        body = page(client_of(reader), "/api/v1/users/grants/", expand="user,institution,role")
        (row,) = body["data"]
        assert row["user"] == {"id": str(person.pk), "name": "Me"}
        assert row["institution"] == {"id": str(harare.pk), "code": "HARARE", "name": "Harare University"}
        assert row["role"]["code"] == "clerk"


@pytest.mark.django_db
def test_the_application_changes_no_version_by_itself(harare):
    for change_version in (ReferenceVersion.objects.all().delete, lambda: ReferenceVersion.objects.update(version=1)):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change_version()


@pytest.mark.django_db(transaction=True)
def test_writers_of_a_reference_table_do_not_wait_for_each_other(harare):
    science, law = make_department(harare, "SCI"), make_department(harare, "LAW")
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            change(science, name="One")
            cursor.execute("SET lock_timeout = '200ms'")
            cursor.execute("SELECT set_config('tesc.institutions', %s, false)", [str(harare.pk)])
            cursor.execute(f"UPDATE {TABLE} SET name = 'Two' WHERE id = %s", [law.pk])  # noqa: S608
            assert cursor.rowcount == 1
    finally:
        other.close()
    assert ReferenceVersion.objects.filter(reference=TABLE).count() == 2


def errors_of(actor, faculty):
    data = {"code": "BIO", "name": "Biology", "faculty": faculty}
    serializer = DepartmentSerializer(data=data, context={"actor": actor})
    serializer.is_valid()
    return serializer.errors.get("faculty")


@pytest.mark.django_db
def test_a_write_takes_a_visible_row_and_refuses_others_with_the_same_words(harare, mutare):
    department, foreign = make_department(harare, "SCI"), make_department(mutare, "LAW")
    actor = person_at(harare, "faculties.view_faculty").actor
    with reaching(harare.pk):
        assert errors_of(actor, str(department.faculty_id)) is None
        unseen = errors_of(actor, str(foreign.faculty_id))
        for absent in ("00000000-0000-0000-0000-000000000000", "nonsense", 7, True, {}, [], "a\0"):
            assert errors_of(actor, absent) == unseen, absent
    assert [(str(one), one.code) for one in unseen] == [
        ("There is no such row, or none that you may see.", "does_not_exist")
    ]


@pytest.mark.django_db
def test_a_national_writer_may_name_a_row_of_any_institution(harare, mutare):
    make_department(harare, "SCI")
    foreign = make_department(mutare, "LAW")
    nation = person_of_nation("faculties.view_faculty").actor
    with reaching():
        assert errors_of(nation, str(foreign.faculty_id)) is None
        assert Faculty.objects.count() == 0
        assert errors_of(person_with(nation.reach(""), "faculties.view_faculty").actor, str(foreign.faculty_id))


@pytest.mark.django_db
def test_the_copy_of_all_institutions_shows_only_what_visible_rows_point_to(harare, mutare):
    make_student(mutare, "M", department=make_department(mutare, "LAW"))
    make_students(harare, "H", 1, department=make_department(harare, "SCI"))
    assert [one["code"] for one in shown_departments(person_at(harare, VIEW))] == ["SCI"]
    assert [one["code"] for one in shown_departments(person_at(mutare, VIEW))] == ["LAW"]
