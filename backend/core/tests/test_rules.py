"""This file holds the tests of what makes a function a rule: permission, reach, lock, savepoint, audit."""

import re
from datetime import date
from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.audit.origin import Origin, origin
from core.errors import Conflict, Invalid, NotAllowed, NotVisible, RuleBroken
from core.ids import uuid7
from core.rules import ALL_RULES, Rule, rule
from core.tenancy.scope import reaching
from faculties.factories import make_department, make_faculty
from faculties.models import Department, Faculty
from students.factories import make_student
from students.models import Student

NEEDS = "students.change_student"
DONE, REFUSED = AuditEntry.Decision.DONE, AuditEntry.Decision.REFUSED


def as_rule(function, *, bulk: bool = False) -> Rule:
    """A rule that only this file knows."""
    return Rule(function, f"tests.{function.__name__}", NEEDS, bulk)


def actor_with(reach: Reach, *more: tuple[str, Reach]) -> Actor:
    return Actor("Chipo Dube", uuid7(), {NEEDS: reach, **dict(more)}, session=uuid7())


def actor_at(*institutions) -> Actor:
    return actor_with(Reach(institutions=frozenset(one.pk for one in institutions)))


def actor_of_department(department: Department) -> Actor:
    return actor_with(Reach(units=frozenset([department.pk]), hosts=frozenset([department.institution_id])))


@as_rule
def rename(actor: Actor, student: Student, *, name: str) -> Student:
    return student.change(given_names=name)


@as_rule
def move(actor: Actor, student: Student, *, department: Department) -> Student:
    return student.change(department=department)


@as_rule
def enter(actor: Actor, **fields) -> Student:
    return Student(entry_year=2026, **fields).save_checked()


@as_rule
def remove(actor: Actor, row) -> None:
    row.delete()


def rename_all(actor: Actor, *students: Student, name: str) -> list[Student]:
    for student in students:
        student.given_names = name
    Student.objects.bulk_update(students, ["given_names"])
    return list(students)


rename_all = as_rule(rename_all, bulk=True)


@pytest.fixture
def harare_open(harare):
    with reaching(harare.pk):
        yield harare


def name_of(student: Student) -> str:
    return Student.objects.get(pk=student.pk).given_names


# --- Who may, and on which rows --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_the_permission_nothing_is_even_read(harare_open, django_assert_num_queries):
    student = make_student(harare_open)
    nobody = Actor("Chipo Dube", uuid7(), {"students.view_student": Reach(nation=True)})
    with django_assert_num_queries(0), pytest.raises(NotAllowed) as refusal:
        rename(nobody, student, name="Rudo")
    assert (refusal.value.status, refusal.value.needs) == (403, NEEDS)


@pytest.mark.django_db
def test_a_row_of_another_institution_is_not_there(harare, mutare):
    student = make_student(mutare)
    with reaching(harare.pk, mutare.pk), pytest.raises(NotVisible):
        rename(actor_at(harare), student, name="Rudo")


@pytest.mark.django_db
def test_reach_belongs_to_the_permission(harare_open):
    mine, other = make_department(harare_open), make_department(harare_open)
    units = Reach(units=frozenset([mine.pk]), hosts=frozenset([harare_open.pk]))
    sees_all = actor_with(units, ("students.view_student", Reach(nation=True)))
    rename(sees_all, make_student(harare_open, department=mine), name="Rudo")
    with pytest.raises(NotVisible):
        rename(sees_all, make_student(harare_open, department=other), name="Rudo")


@pytest.mark.django_db
def test_one_row_out_of_reach_refuses_them_all(harare_open):
    mine = make_department(harare_open)
    near, far = make_student(harare_open, department=mine), make_student(harare_open)
    with pytest.raises(NotVisible):
        rename_all(actor_of_department(mine), near, far, name="Rudo Two")
    assert name_of(near) == "Rudo"


@pytest.mark.django_db
def test_a_set_of_rows_costs_one_query_for_each_model(harare_open):
    students = [make_student(harare_open) for _ in range(20)]
    unit = make_department(harare_open)
    touch = as_rule(lambda actor, *rows: list(rows[:-1]), bulk=True)
    with CaptureQueriesContext(connection) as queries:
        touch(actor_at(harare_open), *students, unit)
    assert len([query for query in queries if "FOR UPDATE" in query["sql"]]) == 2


@pytest.mark.django_db
def test_the_body_gets_the_rows_in_the_order_they_were_passed(harare_open):
    first, second = make_student(harare_open), make_student(harare_open)
    order = as_rule(lambda actor, *rows: seen.extend(rows) or list(rows), bulk=True)
    seen: list[Student] = []
    order(actor_at(harare_open), second, first)
    assert [row.pk for row in seen] == [second.pk, first.pk]


@pytest.mark.django_db
def test_a_new_row_lies_where_the_permission_was_granted(harare_open):
    mine, other = make_department(harare_open), make_department(harare_open)
    actor = actor_of_department(mine)
    enter(actor, institution=harare_open, number="R1", department=mine)
    with pytest.raises(NotAllowed):
        enter(actor, institution=harare_open, number="R2", department=other)
    assert list(Student.objects.values_list("number", flat=True)) == ["R1"]


@pytest.mark.django_db
def test_new_rows_of_a_bulk_rule_lie_where_the_permission_was_granted(harare_open):
    mine = make_department(harare_open)

    def enter_all(actor: Actor, *numbers: str, department: Department | None) -> list[Student]:
        rows = [Student(institution=harare_open, number=n, entry_year=2026, department=department) for n in "AB"]
        return Student.objects.bulk_create(rows)

    enter_all = as_rule(enter_all, bulk=True)
    assert len(enter_all(actor_of_department(mine), department=mine)) == 2
    Student.objects.all().delete()
    with pytest.raises(NotAllowed):
        enter_all(actor_of_department(mine), department=None)
    assert Student.objects.count() == 0


@pytest.mark.django_db
def test_a_row_is_not_moved_to_where_the_permission_was_not_granted(harare_open):
    mine, other = make_department(harare_open), make_department(harare_open)
    student = make_student(harare_open, department=mine)
    with pytest.raises(NotAllowed):
        move(actor_of_department(mine), student, department=other)
    assert Student.objects.get(pk=student.pk).department_id == mine.pk
    move(actor_at(harare_open), student, department=other)
    assert Student.objects.get(pk=student.pk).department_id == other.pk


# --- The locked row and the audit ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_before_is_the_row_in_the_database_and_not_the_one_passed(harare_open):
    student = make_student(harare_open, given_names="Rudo")
    stale = Student.objects.get(pk=student.pk)
    student.change(given_names="Tariro")
    stale.given_names = "Something else"
    result = rename(actor_at(harare_open), stale, name="Chipo")
    assert AuditEntry.objects.get().changes == {"given_names": ["Tariro", "Chipo"]}
    assert result is not stale
    assert result.version == 3


@pytest.mark.django_db(transaction=True)
def test_the_row_stays_locked_until_the_transaction_ends(harare):
    student = make_student(harare)
    refused = []

    def try_to_lock() -> None:
        try:
            with reaching(harare.pk):
                list(Student.objects.select_for_update(nowait=True).filter(pk=student.pk))
        except OperationalError as error:
            refused.append(error.__cause__.sqlstate)
        finally:
            connection.close()

    with reaching(harare.pk):
        rename(actor_at(harare), student, name="Chipo")
        thread = Thread(target=try_to_lock)
        thread.start()
        thread.join()
    assert refused == ["55P03"]


@pytest.mark.django_db
def test_an_entry_says_who_did_what_from_where(harare_open):
    student, actor = make_student(harare_open), actor_at(harare_open)
    token = origin.set(Origin("request-0001", "203.0.113.7"))
    rename(actor, student, name="Chipo")
    origin.reset(token)
    entry = AuditEntry.objects.get()
    assert (entry.rule, entry.decision, entry.code, entry.count) == ("tests.rename", DONE, "", 1)
    assert (entry.actor_id, entry.actor_name, entry.session_id) == (actor.id, "Chipo Dube", actor.session)
    assert (entry.institution_id, entry.subject, entry.subject_id) == (
        harare_open.pk,
        "students.Student",
        str(student.pk),
    )
    assert (entry.request_id, entry.address) == ("request-0001", "203.0.113.7")


@pytest.mark.django_db
def test_a_sensitive_value_is_on_the_log_only_as_a_digest(harare_open):
    actor = actor_at(harare_open)
    student = enter(actor, institution=harare_open, number="R1", national_id="63-123456 A 42", phone="0771 234 567")
    born = as_rule(lambda actor, row: row.change(date_of_birth=date(2004, 5, 6), national_id="63-123456 A 42"))
    born(actor, student)
    entered, changed = AuditEntry.objects.order_by("pk")
    for name in ("national_id", "phone"):
        before, after = entered.changes[name]
        assert before is None
        assert after.startswith("digest:")
    assert list(changed.changes) == ["date_of_birth"]  # the same national id has the same digest
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(changes::text, ' ') FROM core_auditentry")
        (log,) = cursor.fetchone()
    # A digest may hold any digits by chance.
    assert not [word for word in ("123456", "234", "2004") if word in re.sub(r"digest:[0-9a-f]{16}", "", log)]


@pytest.mark.django_db
def test_a_bulk_rule_leaves_one_entry_with_a_count_and_each_difference(harare_open):
    students = [make_student(harare_open, given_names=name) for name in ("Rudo", "Chipo", "Tariro")]
    rename_all(actor_at(harare_open), *students, name="Chipo")
    entry = AuditEntry.objects.get()
    assert (entry.rule, entry.count, entry.institution_id) == ("tests.rename_all", 3, harare_open.pk)
    assert entry.changes == {
        str(students[0].pk): {"given_names": ["Rudo", "Chipo"]},
        str(students[1].pk): {},
        str(students[2].pk): {"given_names": ["Tariro", "Chipo"]},
    }


@pytest.mark.django_db
def test_rows_that_a_bulk_rule_only_looks_at_are_not_on_the_log(harare_open):
    looked_at, changed = make_student(harare_open), make_student(harare_open)

    def rename_last(actor: Actor, *students: Student) -> list[Student]:
        return [students[-1].change(given_names="Chipo")]

    as_rule(rename_last, bulk=True)(actor_at(harare_open), looked_at, changed)
    entry = AuditEntry.objects.get()
    assert (entry.count, list(entry.changes)) == (1, [str(changed.pk)])


@pytest.mark.django_db
def test_a_bulk_removal_counts_what_it_removed(harare_open):
    students = [make_student(harare_open) for _ in range(3)]
    remove_all = as_rule(lambda actor, *rows: [row.delete() for row in rows] and None, bulk=True)
    assert remove_all(actor_at(harare_open), *students) is None
    entry = AuditEntry.objects.get()
    assert (entry.count, entry.subject_id) == (3, str(students[0].pk))
    assert set(entry.changes) == {str(student.pk) for student in students}
    assert not Student.objects.exists()


@pytest.mark.django_db
def test_a_bulk_rule_that_found_nothing_to_do_says_so(harare_open):
    as_rule(lambda actor, row: [], bulk=True)(actor_at(harare_open), make_student(harare_open))
    entry = AuditEntry.objects.get()
    assert (entry.count, entry.changes, entry.subject_id) == (0, {}, "")


@pytest.mark.django_db
def test_a_removed_row_is_on_the_log_as_it_was(harare_open):
    student = make_student(harare_open, number="R1")
    assert remove(actor_at(harare_open), student) is None
    entry = AuditEntry.objects.get()
    assert entry.subject_id == str(student.pk)
    assert entry.changes["number"] == ["R1", None]
    assert not Student.objects.exists()


# --- Refusals --------------------------------------------------------------------------------------------------------


@as_rule
def rename_then_refuse(actor: Actor, student: Student) -> Student:
    student.change(given_names="Half done")
    raise RuleBroken("too_late", "The day has passed.", field="given_names")


@pytest.mark.django_db
def test_a_refused_rule_undoes_its_own_work_and_no_more(harare_open):
    student = make_student(harare_open)
    rename(actor_at(harare_open), student, name="Chipo")
    with pytest.raises(RuleBroken, match="The day has passed"):
        rename_then_refuse(actor_at(harare_open), student)
    assert name_of(student) == "Chipo"
    assert [entry.rule for entry in AuditEntry.objects.all()] == ["tests.rename"]


@pytest.mark.django_db
def test_a_refusal_is_recorded_by_the_edge_after_the_roll_back(harare):
    student, actor = make_student(harare), actor_at(harare)
    with pytest.raises(RuleBroken) as broken, reaching(harare.pk):
        rename_then_refuse(actor, student)
    assert not AuditEntry.objects.exists()
    broken.value.refusal.record()
    entry = AuditEntry.objects.get()
    assert (entry.rule, entry.decision, entry.code) == ("tests.rename_then_refuse", REFUSED, "too_late")
    assert (entry.subject_id, entry.institution_id, entry.actor_id) == (str(student.pk), harare.pk, actor.id)
    assert entry.changes == {}


@pytest.mark.django_db
@pytest.mark.parametrize("reach", [Reach(), Reach(institutions=frozenset([uuid7()]))])
def test_a_missing_permission_and_a_row_out_of_reach_are_recorded_too(harare, reach):
    student, actor = make_student(harare), actor_with(reach)
    with pytest.raises(RuleBroken) as broken:
        rename(actor, student, name="Chipo")
    assert broken.value.refusal.code == ("not_found" if reach else "not_allowed")


@pytest.mark.django_db
def test_a_value_that_breaks_a_limit_names_its_field_and_is_not_audited(harare_open):
    student = make_student(harare_open)
    with pytest.raises(Invalid) as broken:
        as_rule(lambda actor, row: row.change(birth_year=1700, number="", given_names="x" * 101))(
            actor_at(harare_open), student
        )
    assert {(problem.field, problem.code) for problem in broken.value.problems} == {
        ("birth_year", "min_value"),
        ("number", "blank"),
        ("given_names", "max_length"),
    }
    assert broken.value.refusal is None


@pytest.mark.django_db
def test_what_only_the_database_sees_is_a_conflict_in_the_words_of_the_constraint(harare_open):
    taken = make_student(harare_open, number="R1")

    def enter_unchecked(actor: Actor) -> Student:
        row = Student(institution=harare_open, number=taken.number, entry_year=2026)
        row.save()
        return row

    with pytest.raises(Conflict) as broken:
        as_rule(enter_unchecked)(actor_at(harare_open))
    assert broken.value.status == 409
    assert (broken.value.code, broken.value.message) == (
        "number_taken",
        "This institution has a student with this number.",
    )
    assert Student.objects.count() == 1  # the transaction goes on


@pytest.mark.django_db
def test_a_constraint_without_words_of_its_own_is_a_plain_conflict(harare_open):
    taken = make_student(harare_open)

    def enter_twice(actor: Actor) -> Student:
        return Student.objects.create(pk=taken.pk, institution=harare_open, number="R2", entry_year=2026)

    with pytest.raises(Conflict) as broken:
        as_rule(enter_twice)(actor_at(harare_open))
    assert broken.value.code == "conflict"


@pytest.mark.django_db
def test_a_row_that_others_point_to_stays(harare_open):
    faculty = make_faculty(harare_open)
    make_department(harare_open, faculty=faculty)
    with pytest.raises(Conflict) as broken:
        remove(actor_at(harare_open), faculty)
    assert broken.value.code == "still_in_use"
    assert Faculty.objects.filter(pk=faculty.pk).exists()


@pytest.mark.django_db
def test_a_bug_stays_a_bug(harare_open):
    student = make_student(harare_open)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        as_rule(lambda actor, row: 1 / 0)(actor_at(harare_open), student)
    assert not AuditEntry.objects.exists()


def test_two_rules_have_two_names():
    name = next(iter(ALL_RULES))
    with pytest.raises(ValueError, match=name):
        rule(name, needs=NEEDS)(lambda actor: None)
