"""This file holds the tests of the walls between institutions: what a connection sees, writes and leaves behind."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.models import ForeignKey
from psycopg.sql import SQL, Identifier

from core.actor import Actor, Reach
from core.ids import uuid7
from core.tenancy.fields import TenantForeignKey
from core.tenancy.roles import as_owner
from core.tenancy.scope import reached, reaching, reading
from faculties.factories import make_department, make_faculty, make_institution
from faculties.models import Department, Faculty
from students.factories import make_student
from students.models import Student

SEE = "students.view_student"
NATION = Actor("Rudo Moyo", uuid7(), {SEE: Reach(nation=True)})
FRESH = {"number": "H1", "entry_year": 2026}


@pytest.fixture
def one_each(harare, mutare):
    """A student of each institution."""
    return make_student(harare, number="H1"), make_student(mutare, number="M1")


def seen() -> list[str]:
    return list(Student.objects.order_by("number").values_list("number", flat=True))


def seen_by_sql(table: str = "students_student") -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table)))
        return cursor.fetchone()[0]


def run(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def checked_at_once(work: Callable[[], Any]) -> None:
    """The work, and what would be checked only at the end of the transaction."""
    with transaction.atomic():
        work()
        connection.check_constraints()


def setting() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tesc.institutions', true)")
        return cursor.fetchone()[0]


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


# --- What is seen ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_declares_nothing_sees_nothing(one_each):
    assert seen() == []
    assert seen_by_sql() == 0
    with reaching():
        assert seen() == []


@pytest.mark.django_db
def test_who_declares_institutions_sees_their_rows_in_raw_sql_too(one_each, harare, mutare):
    with reaching(harare.pk):
        assert (seen(), seen_by_sql()) == (["H1"], 1)
    with reaching(harare.pk, mutare.pk):
        assert (seen(), seen_by_sql()) == (["H1", "M1"], 2)
    with reaching(uuid7()):
        assert (seen(), seen_by_sql()) == ([], 0)


@pytest.mark.django_db
def test_every_table_with_an_institution_hides_its_rows(one_each, harare):
    make_department(harare)
    for model in (Student, Department, Faculty):
        assert seen_by_sql(model._meta.db_table) == 0
        with reaching(harare.pk):
            assert seen_by_sql(model._meta.db_table) >= 1


@pytest.mark.django_db
def test_a_malformed_declaration_shows_an_error_and_no_rows(one_each):
    with pytest.raises(DataError), reaching("' OR true"):
        seen()


@pytest.mark.django_db
def test_a_narrower_reach_inside_a_wider_one_ends_with_its_block(one_each, harare, mutare):
    with reaching(harare.pk, mutare.pk):
        with reaching(mutare.pk):
            assert (seen(), reached()) == (["M1"], {mutare.pk})
        assert (seen(), reached()) == (["H1", "M1"], {harare.pk, mutare.pk})


@pytest.mark.django_db
def test_the_outer_reach_comes_back_after_a_failure_too(one_each, harare, mutare):
    with reaching(harare.pk):
        with pytest.raises(ZeroDivisionError), reaching(mutare.pk):
            _ = 1 / 0
        assert (seen(), reached()) == (["H1"], {harare.pk})
        with pytest.raises(ProgrammingError), reaching(mutare.pk):
            seen_by_sql("no_such_table")
        assert (seen(), reached()) == (["H1"], {harare.pk})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_on_the_connection_after_the_transaction(fails):
    harare = make_institution()
    make_student(harare)
    try:
        with reaching(harare.pk):
            assert len(seen()) == 1
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        assert fails
    assert (setting() or "", reached(), seen()) == ("", frozenset(), [])


# --- What is written -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_is_written_only_where_the_connection_reaches(harare, mutare):
    fresh = Student(institution=mutare, number="M1", entry_year=2026)
    for reach in ([], [harare.pk]):
        with pytest.raises(ProgrammingError, match="row-level security"), reaching(*reach):
            fresh.save(force_insert=True)
    with reaching(mutare.pk):
        fresh.save(force_insert=True)


@pytest.mark.django_db
def test_rows_of_others_are_neither_changed_nor_removed(one_each, harare, mutare):
    theirs = Student.objects.filter(pk=one_each[1].pk)
    with reaching(harare.pk):
        assert theirs.update(family_name="Taken") == 0
        assert theirs.delete() == (0, {})
        assert Student.objects.update(family_name="Mine") == 1
    with reaching(mutare.pk):
        assert theirs.get().family_name == "Ncube"


@pytest.mark.django_db
def test_a_row_is_not_pushed_over_the_wall(one_each, harare, mutare):
    with pytest.raises(ProgrammingError, match="row-level security"), reaching(harare.pk):
        Student.objects.update(institution=mutare)


@pytest.mark.django_db
def test_a_row_does_not_point_into_another_institution_even_from_a_connection_that_reaches_both(harare, mutare):
    theirs = make_department(mutare)
    with reaching(harare.pk, mutare.pk):
        with pytest.raises(IntegrityError, match="students_student_department_same"):
            checked_at_once(lambda: Student.objects.create(institution=harare, department=theirs, **FRESH))
        with pytest.raises(ValidationError) as refusal:
            Student(institution=harare, department=theirs, **FRESH).full_clean()
    assert refusal.value.message_dict == {"department": ["There is no such row in this institution."]}


@pytest.mark.django_db
def test_an_absent_parent_and_one_of_another_institution_get_the_same_words(harare, mutare):
    theirs = make_department(mutare)
    words = []
    for department_id in (theirs.pk, uuid7()):
        with reaching(harare.pk), pytest.raises(ValidationError) as refusal:
            Student(institution=harare, department_id=department_id, **FRESH).full_clean()
        words.append(str(refusal.value).replace(str(department_id), "the id"))
    assert words[0] == words[1]


@pytest.mark.django_db
def test_an_empty_reference_is_none_and_a_table_may_point_to_itself(harare, mutare):
    make_student(harare, department=None)
    make_faculty(harare, merged_into=make_faculty(harare), closed_on="2026-01-01")
    with pytest.raises(ValidationError):
        make_faculty(harare, merged_into=make_faculty(mutare), closed_on="2026-01-01")


@pytest.mark.django_db
def test_a_parent_with_children_is_not_removed_whoever_sees_them(harare):
    department = make_department(harare)
    with reaching(harare.pk), pytest.raises(IntegrityError, match="faculties_department_faculty_same"):
        checked_at_once(lambda: run("DELETE FROM faculties_faculty WHERE id = %s", department.faculty_id))


@pytest.mark.django_db
def test_an_error_tells_nothing_of_a_row_behind_the_wall(one_each, harare):
    hidden = one_each[1]
    with reaching(harare.pk), pytest.raises(IntegrityError) as error, transaction.atomic():
        Student.objects.create(pk=hidden.pk, institution=harare, number="H2", entry_year=2026)
    assert str(hidden.pk) not in str(error.value)


@pytest.mark.django_db
def test_in_bulk_the_walls_are_the_same(one_each, harare, mutare):
    with reaching(harare.pk):
        fresh = [Student(institution=harare, number=f"B{n}", entry_year=2026) for n in range(100)]
        Student.objects.bulk_create(fresh)
        again = [Student(institution=harare, number=f"B{n}", entry_year=2025) for n in range(10)]
        Student.objects.bulk_create(
            again, update_conflicts=True, unique_fields=["institution", "number"], update_fields=["entry_year"]
        )
        assert Student.objects.filter(entry_year=2025).count() == 10
        assert Student.objects.get_or_create(institution=harare, number="B1")[1] is False
        with pytest.raises(ProgrammingError), transaction.atomic():
            Student.objects.bulk_create([Student(institution=mutare, number="B1", entry_year=2026)])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "COPY students_student FROM STDIN",
        "TRUNCATE students_student CASCADE",
        "ALTER TABLE students_student DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON students_student",
        "SET ROLE tesc_owner",
        "SET SESSION AUTHORIZATION tesc_owner",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_application_has_no_way_round_the_wall(statement):
    with pytest.raises(DatabaseError) as refusal:
        run(statement)
    assert refusal.value.__cause__.sqlstate in ("42501", "0A000")  # not allowed; COPY under row security


@pytest.mark.django_db
def test_what_opens_the_wall_to_its_owner_opens_nothing_to_the_application(one_each):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tesc.maintenance = 'on'")
    assert seen_by_sql() == 0


# --- The nation and the owner ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_nation_is_read_as_a_role_that_sees_all_and_writes_nothing(one_each):
    with reading(NATION, SEE):
        assert current_role() == "tesc_national"
        assert seen() == ["H1", "M1"]
        for attempt in (
            lambda: Student.objects.update(family_name="Taken"),
            lambda: Student.objects.filter(number="H1").delete(),
            lambda: Student.objects.select_for_update().first(),
            lambda: seen_by_sql("users_user"),
            lambda: seen_by_sql("core_auditentry"),
            lambda: seen_by_sql("instauth_session"),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                attempt()
        assert current_role() == "tesc_national"
    assert (current_role(), seen()) == ("tesc_app", [])


@pytest.mark.django_db
def test_reading_the_nation_inside_a_reach_gives_the_reach_back(one_each, harare):
    with reaching(harare.pk):
        with reading(NATION, SEE), reading(NATION, SEE):
            assert seen() == ["H1", "M1"]
        assert (current_role(), seen()) == ("tesc_app", ["H1"])
        with pytest.raises(ZeroDivisionError), reading(NATION, SEE):
            _ = 1 / 0
        assert (current_role(), seen()) == ("tesc_app", ["H1"])


@pytest.mark.django_db
def test_reading_below_the_nation_changes_nothing(one_each, harare):
    registrar = Actor("Chipo Dube", uuid7(), {SEE: Reach(institutions=frozenset([harare.pk]))})
    with reaching(harare.pk), reading(registrar, SEE):
        assert (current_role(), seen()) == ("tesc_app", ["H1"])


@pytest.mark.django_db(transaction=True)
def test_the_national_role_ends_with_the_transaction():
    make_student(make_institution(), number="H1")
    with reading(NATION, SEE):
        assert seen() == ["H1"]
    assert (current_role(), seen()) == ("tesc_app", [])


@pytest.mark.django_db(transaction=True)
def test_the_owner_sees_all_while_it_maintains_and_nothing_else():
    harare, mutare = make_institution(), make_institution()
    make_student(harare, number="H1"), make_student(mutare, number="M1")
    with as_owner():
        assert seen() == ["H1", "M1"]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL tesc.maintenance = 'off'")
            assert seen() == []
            cursor.execute("SELECT set_config('tesc.institutions', %s, true)", [str(harare.pk)])
            assert seen() == ["H1"]
    assert (current_role(), seen()) == ("tesc_app", [])


@pytest.mark.django_db(transaction=True)
def test_the_owner_validates_what_is_really_there():
    """Under forced row security alone it would see no rows, and call any key valid."""
    student = make_student(make_institution())
    drop = "ALTER TABLE students_student DROP CONSTRAINT students_student_department_same"
    stray = "UPDATE students_student SET department_id = gen_random_uuid() WHERE id = %s"
    add = (
        "ALTER TABLE students_student ADD CONSTRAINT students_student_department_same"
        " FOREIGN KEY (institution_id, department_id) REFERENCES faculties_department (institution_id, id)"
    )
    with as_owner(), transaction.atomic():
        run(drop)
        run(stray, student.pk)
        with pytest.raises(IntegrityError, match="students_student_department_same"):
            run(add)
        transaction.set_rollback(True)


# --- The walls as migrations see them --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say(capsys):
    call_command("makemigrations", check=True, dry_run=True)
    assert capsys.readouterr().out == "No changes detected\n"


def test_a_reference_between_records_brings_its_key_and_no_other():
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey):
                assert field.db_constraint is False
                assert any(getattr(one, "fields", ())[:1] == (field.name,) for one in model._meta.constraints), field
            elif isinstance(field, ForeignKey):
                assert field.db_constraint is True, field
