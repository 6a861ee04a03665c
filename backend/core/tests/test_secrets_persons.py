"""This file holds the tests of the keys of persons: made once, destroyed for good, forgotten everywhere."""

from pathlib import Path

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from core.actor import Actor
from core.freshness import watch as watch_module
from core.freshness.models import Change
from core.ids import uuid7
from core.secrets import persons
from core.secrets.keyring import CannotDecrypt, keyring
from core.secrets.models import PersonKey
from core.secrets.persons import Erased, destroy_keys, is_erased, salts
from core.secrets.sealing import seal, seal_for_person, unseal
from core.tenancy.scope import reaching, reading
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db
COLUMN = "students_student.phone"


@pytest.fixture
def harare_open(harare):
    with reaching(harare.pk):
        yield harare


def test_a_person_has_one_key_for_all_their_columns(harare_open):
    student = make_student(harare_open, phone="1", national_id="63-1")
    assert PersonKey.objects.filter(person=student.pk).count() == 1
    student.change(address="12 Main Road")
    assert PersonKey.objects.filter(person=student.pk).count() == 1


def test_nobody_without_secrets_has_a_key(harare_open):
    student = make_student(harare_open)
    assert not PersonKey.objects.filter(person=student.pk).exists()


def test_a_value_does_not_open_under_the_key_of_somebody_else(harare):
    row, mine, theirs = uuid7(), uuid7(), uuid7()
    sealed = seal_for_person(b"secret", COLUMN, row, harare.pk, mine)
    seal_for_person(b"other", COLUMN, row, harare.pk, theirs)
    assert unseal(sealed, COLUMN, row, harare.pk, mine) == b"secret"
    for person in (theirs, None):
        with pytest.raises(CannotDecrypt):
            unseal(sealed, COLUMN, row, harare.pk, person)


def test_what_was_sealed_before_persons_had_keys_still_opens(harare):
    row = uuid7()
    assert unseal(seal(b"old", COLUMN, row, harare.pk), COLUMN, row, harare.pk, uuid7()) == b"old"


def test_a_value_whose_key_was_destroyed_reads_as_nothing(harare_open):
    student = make_student(harare_open, phone="1", national_id="63-1")
    assert not is_erased(student.pk)
    assert destroy_keys([student.pk]) == 1
    read = Student.objects.get(pk=student.pk)
    assert (read.phone, read.national_id, read.address) == (None, None, None)
    assert is_erased(student.pk)
    read.save()


def test_a_key_that_is_missing_is_not_taken_for_destroyed(harare):
    row = uuid7()
    sealed = seal_for_person(b"secret", COLUMN, row, harare.pk, row)
    with pytest.raises(CannotDecrypt, match="missing"):
        unseal(sealed, COLUMN, row, harare.pk, uuid7())


def test_nothing_is_sealed_for_a_person_who_was_erased(harare_open):
    student = make_student(harare_open, phone="1")
    destroy_keys([student.pk])
    with pytest.raises(Erased), transaction.atomic():
        student.change(phone="2")
    never_had_one = uuid7()
    destroy_keys([never_had_one])
    with pytest.raises(Erased):
        seal_for_person(b"1", COLUMN, uuid7(), harare_open.pk, never_had_one)


def test_destroying_twice_changes_nothing(harare_open):
    student = make_student(harare_open, phone="1")
    destroy_keys([student.pk])
    first = PersonKey.objects.get(person=student.pk).destroyed_at
    assert destroy_keys([student.pk]) == 0
    assert PersonKey.objects.get(person=student.pk).destroyed_at == first


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE core_personkey SET salt = '\\x00'", InternalError),
        ("UPDATE core_personkey SET person = gen_random_uuid()", InternalError),
        ("DELETE FROM core_personkey", ProgrammingError),
        ("TRUNCATE core_personkey", ProgrammingError),
    ],
)
def test_the_database_lets_a_key_be_destroyed_and_nothing_else(harare_open, statement, refusal):
    student = make_student(harare_open, phone="1")
    with pytest.raises((refusal, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Student.objects.get(pk=student.pk).phone == "1"


def test_a_destroyed_key_never_comes_back(harare_open):
    student = make_student(harare_open, phone="1")
    destroy_keys([student.pk])
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE core_personkey SET salt = '\\x00', destroyed_at = NULL")
    assert is_erased(student.pk)


def test_destroying_tells_every_process(harare_open, monkeypatch):
    monkeypatch.setattr(watch_module, "PAUSE_SECONDS", 0)
    student = make_student(harare_open, phone="1")
    assert Student.objects.get(pk=student.pk).phone == "1"
    assert student.pk in salts.by_person
    destroy_keys([student.pk])
    assert Change.objects.filter(key=f"shred:{student.pk}").count() == 1
    salts.hear([f"shred:{student.pk}"])
    assert student.pk not in salts.by_person


def test_a_remembered_salt_that_was_rolled_back_does_no_harm(harare_open):
    row = make_student(harare_open)
    with transaction.atomic():
        row.change(phone="1")
        assert Student.objects.get(pk=row.pk).phone == "1"
        transaction.set_rollback(True)
    row = Student.objects.get(pk=row.pk)
    row.change(phone="2")
    assert Student.objects.get(pk=row.pk).phone == "2"


def test_so_many_salts_are_remembered_and_for_so_long(harare_open, monkeypatch):
    monkeypatch.setattr(persons, "KEPT_PERSONS", 2)
    salts.forget()
    students = [make_student(harare_open, phone=str(number)) for number in range(3)]
    for student in students:
        _ = Student.objects.get(pk=student.pk).phone
    assert list(salts.by_person) == [student.pk for student in students[1:]]
    monkeypatch.setattr(persons, "KEPT_SECONDS", -1)
    PersonKey.objects.filter(person=students[2].pk).update(salt=None, destroyed_at="2026-01-01T00:00Z")
    assert Student.objects.get(pk=students[2].pk).phone is None


def test_only_erasure_destroys_keys():
    backend = Path(persons.__file__).parents[2]
    callers = {
        str(path.relative_to(backend))
        for path in backend.rglob("*.py")
        if "tests" not in path.parts and "destroy_keys(" in path.read_text("utf-8")
    }
    assert callers == {"core/secrets/persons.py", "core/personal/erasing.py"}


def test_the_nation_opens_what_it_reads(harare_open):
    student = make_student(harare_open, phone="1")
    salts.forget()
    keyring.forget()
    with reading(Actor.system("x", "students.view_student"), "students.view_student", Student):
        assert Student.objects.get(pk=student.pk).phone == "1"
