"""This file holds the tests of reach in lists: who sees which rows, and that row security stands behind it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actor import Reach
from core.lists.access import Access
from core.lists.statements import compiled
from core.tenancy.scope import reached, reaching
from core.testing.fixtures import client_of, person_at, person_of_nation, person_with
from core.tests.lists_lab import make_department, make_student, make_students, page
from students.models import Student
from users.models import User

URL = "/api/v1/students/"
VIEW = "students.view_student"


def numbers_seen_by(person, **query):
    return [row["number"] for row in page(client_of(person), URL, **query)["data"]]


def over(*institutions):
    return Reach(institutions=frozenset(one.pk for one in institutions))


def related_in(institution):
    return Reach(related=frozenset([institution.pk]))


@pytest.fixture
def students(harare, mutare):
    """One student each: of a department of Harare, of none, of Mutare, and one more of Mutare."""
    science, law = make_department(harare, "SCI"), make_department(mutare, "LAW")
    make_student(harare, "SCIENCE", department=science)
    make_student(harare, "NOWHERE")
    make_student(mutare, "LAW", department=law)
    make_student(mutare, "OTHER")
    return science, law


@pytest.mark.django_db
def test_each_reach_shows_its_rows_and_no_others(harare, mutare, students):
    science, law = students
    expected = {
        over(harare): ["SCIENCE", "NOWHERE"],
        over(mutare): ["LAW", "OTHER"],
        over(harare, mutare): ["SCIENCE", "NOWHERE", "LAW", "OTHER"],
        Reach(units=frozenset([science.pk]), hosts=frozenset([harare.pk])): ["SCIENCE"],
        Reach(units=frozenset([law.pk]), hosts=frozenset([harare.pk])): [],
        Reach(units=frozenset([science.pk, law.pk]), hosts=frozenset([harare.pk, mutare.pk])): ["SCIENCE", "LAW"],
        over(mutare) | Reach(units=frozenset([science.pk]), hosts=frozenset([harare.pk])): ["SCIENCE", "LAW", "OTHER"],
        related_in(harare): [],
        Reach(nation=True): ["SCIENCE", "NOWHERE", "LAW", "OTHER"],
    }
    for reach, seen in expected.items():
        assert numbers_seen_by(person_with(reach, VIEW)) == seen, reach
        assert numbers_seen_by(person_with(reach, VIEW), ordering="-id", count="exact") == seen[::-1], reach


@pytest.mark.django_db
def test_a_person_sees_the_row_that_is_about_them_in_that_institution(harare, mutare):
    account = User.objects.create(email="me@tesc.test", name="Me")
    person = person_with(related_in(harare), VIEW)
    object.__setattr__(person.actor, "id", account.pk)
    make_student(harare, "MINE", account=account)
    make_student(harare, "THEIRS")
    make_student(mutare, "ELSEWHERE", account=account)
    assert numbers_seen_by(person) == ["MINE"]


@pytest.mark.django_db
def test_two_people_of_one_form_of_reach_share_a_statement_and_no_rows(harare, mutare, students):
    assert numbers_seen_by(person_at(harare, VIEW)) == ["SCIENCE", "NOWHERE"]
    with CaptureQueriesContext(connection) as queries:
        assert numbers_seen_by(person_at(mutare, VIEW)) == ["LAW", "OTHER"]
        assert numbers_seen_by(person_at(harare, VIEW)) == ["SCIENCE", "NOWHERE"]
    first, second = (query["sql"] for query in queries if query["sql"].startswith("WITH scope"))
    assert first == second


@pytest.mark.django_db
def test_a_cursor_of_another_reach_shows_no_foreign_row(harare, mutare, students):
    nation = page(client_of(person_of_nation(VIEW)), URL, limit=1)
    assert numbers_seen_by(person_at(mutare, VIEW), cursor=nation["meta"]["next"]) == ["LAW", "OTHER"]


@pytest.mark.django_db
def test_a_filter_narrows_and_never_widens(harare, mutare, students):
    assert numbers_seen_by(person_at(harare, VIEW), institution=mutare.pk) == []
    assert numbers_seen_by(person_of_nation(VIEW), institution=mutare.pk) == ["LAW", "OTHER"]


@pytest.mark.django_db
def test_row_security_stands_where_the_first_wall_is_missing(harare, mutare, students):
    everything = compiled(Student.objects.order_by("id").values_list("number"), scoped=True)
    for reach, seen in {over(harare): 2, over(harare, mutare): 4, over(mutare): 2}.items():
        access = Access(person_with(reach, VIEW).actor, VIEW)
        assert len(access.rows(everything, Student)) == seen
    assert everything.rows({"scope": ""}) == []


@pytest.mark.django_db
def test_the_scope_of_a_transaction_is_put_back_after_a_list(harare, mutare, students):
    with reaching(harare.pk):
        assert numbers_seen_by(person_at(mutare, VIEW)) == ["LAW", "OTHER"]
        assert reached() == {harare.pk}
        assert set(Student.objects.values_list("number", flat=True)) == {"SCIENCE", "NOWHERE"}
        assert len(numbers_seen_by(person_of_nation(VIEW))) == 4
        assert Student.objects.count() == 2


@pytest.mark.django_db
def test_what_stands_in_no_institution_is_listed_too(harare):
    nation = client_of(person_of_nation("faculties.view_institution", "users.view_user", "users.view_role"))
    local = client_of(person_at(harare, "faculties.view_institution", "users.view_user"))
    User.objects.create(email="me@tesc.test", name="Me")
    assert [row["code"] for row in page(nation, "/api/v1/institutions/", ordering="code")["data"]] == ["HARARE"]
    assert [row["code"] for row in page(local, "/api/v1/institutions/", search="harare")["data"]] == ["HARARE"]
    assert [row["name"] for row in page(nation, "/api/v1/users/")["data"]] == ["Me"]
    assert page(local, "/api/v1/users/")["data"] == []


@pytest.mark.django_db(transaction=True)
def test_a_list_is_one_statement_without_a_transaction(harare):
    make_students(harare, "H", 3)
    client = client_of(person_at(harare, VIEW))
    with CaptureQueriesContext(connection) as queries:
        assert len(page(client, URL, status="active", limit=2)["data"]) == 2
    assert [query["sql"][:47] for query in queries] == ["WITH scope AS MATERIALIZED (SELECT set_config('"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tesc.institutions', true)")
        assert cursor.fetchone()[0] in ("", None)
    assert Student.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_nation_is_read_as_the_national_role_and_left_again(harare, mutare):
    make_students(harare, "H", 1)
    make_students(mutare, "M", 1)
    with CaptureQueriesContext(connection) as queries:
        assert numbers_seen_by(person_of_nation(VIEW)) == ["H0", "M0"]
    statements = [query["sql"] for query in queries]
    assert [sql.split()[0] for sql in statements] == ["BEGIN", "SELECT", "SELECT", "COMMIT"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "tesc_app"


@pytest.mark.django_db(transaction=True)
def test_a_statement_in_steady_use_is_prepared_and_stays_right(harare, mutare):
    make_students(harare, "H", 3)
    make_students(mutare, "M", 4)
    people = {3: person_at(harare, VIEW), 4: person_at(mutare, VIEW)}
    for _ in range(12):
        for count, person in people.items():
            assert len(numbers_seen_by(person, ordering="family_name")) == count
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'WITH scope%'")
        assert cursor.fetchone()[0] >= 1


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_database_is_django_s(harare):
    from django.db import DatabaseError

    from core.lists.fetching import fetch

    with pytest.raises(DatabaseError):
        fetch("SELECT 1/$1::int", ["0"])
    assert fetch("SELECT 1 WHERE '%' = $1", ["%"]) == [(1,)]
