"""This file holds the tests of encrypted columns, on students."""

import re
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Thread

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import ProgrammingError, connection, models, transaction
from django.test.utils import isolate_apps
from psycopg.sql import SQL, Identifier

from core.audit.record import snapshot
from core.ids import uuid7
from core.secrets.fields import BlindIndex, Encrypted, Sealed
from core.secrets.keyring import CannotDecrypt, keyring
from core.secrets.models import DataKey, PersonKey
from core.secrets.sealing import new_person_sealer, seal, unseal
from core.tenancy.scope import reaching
from faculties.factories import make_institution
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db

NATIONAL_ID = "63-1234567 A 42"
COLUMN = "students_student.national_id"


@pytest.fixture
def harare_open(harare):
    with reaching(harare.pk):
        yield harare


def column(name: str, student: Student) -> bytes | None:
    """What the table holds, read past the model."""
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT {} FROM students_student WHERE id = %s").format(Identifier(name)), [student.pk])
        return cursor.fetchone()[0]


def overwrite(name: str, student: Student, value: bytes) -> None:
    with connection.cursor() as cursor:
        statement = SQL("UPDATE students_student SET {} = %s WHERE id = %s").format(Identifier(name))
        cursor.execute(statement, [value, student.pk])


def test_a_value_reads_as_it_was_written(harare_open):
    student = make_student(harare_open, national_id=NATIONAL_ID, date_of_birth=date(2001, 2, 3))
    read = Student.objects.get(pk=student.pk)
    assert (read.national_id, read.date_of_birth, read.phone) == (NATIONAL_ID, date(2001, 2, 3), None)


def test_nothing_of_the_value_stands_in_the_table(harare_open):
    student = make_student(harare_open, national_id=NATIONAL_ID, address="12 Samora Machel Avenue")
    with connection.cursor() as cursor:
        cursor.execute("SELECT student::text, student FROM students_student AS student WHERE id = %s", [student.pk])
        row = cursor.fetchone()[0]
    for plain in (NATIONAL_ID, "631234567A42", "Samora"):
        assert plain not in row
        assert plain.encode().hex() not in row


def test_a_sealed_value_is_33_bytes_longer(harare_open):
    student = make_student(harare_open, phone="+263 4 303211")
    assert len(column("phone", student)) == len("+263 4 303211") + 33
    assert column("phone", student)[:1] == b"\x02"


def test_the_same_value_is_sealed_differently_each_time(harare_open):
    first, second = (make_student(harare_open, phone="+263 4 303211") for _ in range(2))
    assert column("phone", first) != column("phone", second)


def test_a_value_copied_to_another_row_does_not_open(harare_open):
    mine, theirs = (make_student(harare_open, phone=phone) for phone in ("1", "2"))
    overwrite("phone", mine, column("phone", theirs))
    with pytest.raises(CannotDecrypt):
        _ = Student.objects.get(pk=mine.pk).phone


def test_a_value_copied_to_another_column_does_not_open(harare_open):
    student = make_student(harare_open, phone="1")
    overwrite("address", student, column("phone", student))
    with pytest.raises(CannotDecrypt):
        _ = Student.objects.get(pk=student.pk).address


def test_a_value_does_not_open_in_another_institution(harare, mutare):
    row = uuid7()
    sealed = seal(b"secret", COLUMN, row, harare.pk)
    assert unseal(sealed, COLUMN, row, harare.pk) == b"secret"
    with pytest.raises(CannotDecrypt):
        unseal(sealed, COLUMN, row, mutare.pk)


@pytest.mark.parametrize("position", [0, 1, 5, 17, -1])
def test_a_changed_byte_is_noticed(harare, position):
    row = uuid7()
    sealed = bytearray(seal(b"secret", COLUMN, row, harare.pk))
    sealed[position] ^= 1
    with pytest.raises(CannotDecrypt):
        unseal(bytes(sealed), COLUMN, row, harare.pk)


@pytest.mark.parametrize("stored", [b"", b"63-1234567A42", b"\x01" * 17])
def test_what_is_not_sealed_is_never_shown(harare_open, stored):
    student = make_student(harare_open)
    overwrite("national_id", student, stored)
    with pytest.raises(CannotDecrypt):
        _ = Student.objects.get(pk=student.pk).national_id


def test_without_the_encryption_key_nothing_opens_and_nothing_is_sealed(harare_open, settings):
    student = make_student(harare_open, phone="1")
    settings.ENCRYPTION_KEY = bytes(32)
    keyring.forget()
    with pytest.raises(CannotDecrypt):
        _ = Student.objects.get(pk=student.pk).phone
    with pytest.raises(CannotDecrypt):
        make_student(harare_open, phone="2")


@isolate_apps("core")
@pytest.mark.parametrize(
    ("plain", "value"),
    [
        (models.CharField(max_length=20), ""),
        (models.CharField(max_length=20), "Ngũgĩ 🦓"),
        (models.IntegerField(), 0),
        (models.BooleanField(), False),
        (models.DecimalField(max_digits=9, decimal_places=2), Decimal("0.10")),
        (models.DateField(), date(1999, 12, 31)),
        (models.DateTimeField(), datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)),
        (models.UUIDField(), uuid7()),
        (models.CharField(max_length=20), None),
    ],
)
def test_every_kind_of_value_comes_back_as_it_was(plain, value):
    class Sample(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid7)
        secret = Encrypted(plain, null=True, blank=True)

        class Meta:
            app_label = "core"

        def __str__(self) -> str:
            return str(self.pk)

    row = Sample(secret=value)
    field = Sample._meta.get_field("secret")
    row.secret = field.from_db_value(field.pre_save(row, add=True), None, None)
    assert isinstance(row.__dict__["secret"], Sealed) or value is None
    assert row.secret == value
    assert type(row.secret) is type(value)


def test_the_wrapped_field_checks_values(harare_open):
    with pytest.raises(ValidationError) as refusal:
        make_student(harare_open, national_id="1" * 31, date_of_birth="the third of May")
    assert set(refusal.value.error_dict) == {"national_id", "date_of_birth"}


def test_a_value_is_opened_only_when_it_is_read(harare_open):
    student = make_student(harare_open, phone="1")
    read = Student.objects.get(pk=student.pk)
    assert isinstance(read.__dict__["phone"], Sealed)
    assert read.phone == "1"
    assert read.__dict__["phone"] == "1"


def test_a_deferred_value_is_read_when_it_is_asked_for(harare_open):
    student = make_student(harare_open, phone="1")
    assert Student.objects.defer("phone").get(pk=student.pk).phone == "1"


def test_a_row_saved_unread_keeps_its_values(harare_open):
    student = make_student(harare_open, phone="1", national_id=NATIONAL_ID)
    before = column("phone", student)
    Student.objects.get(pk=student.pk).save()
    assert column("phone", student) == before
    assert column("national_id_index", student) == column("national_id_index", Student.objects.get(pk=student.pk))


def test_a_row_copied_with_unread_values_is_refused(harare_open):
    copy = Student.objects.get(pk=make_student(harare_open, phone="1").pk)
    copy.pk, copy.number, copy._state.adding = uuid7(), "R-COPY", True
    with pytest.raises(CannotDecrypt):
        copy.save()


@pytest.mark.parametrize("lookup", ["national_id", "national_id__contains", "national_id__gt", "national_id__in"])
def test_an_encrypted_column_is_not_filtered_by_its_value(lookup):
    with pytest.raises(FieldError, match="national_id is encrypted"):
        Student.objects.filter(**{lookup: [NATIONAL_ID]})


def test_an_encrypted_column_is_filtered_by_absence(harare_open):
    make_student(harare_open)
    held = make_student(harare_open, national_id=NATIONAL_ID)
    assert [row.pk for row in Student.objects.filter(national_id__isnull=False)] == [held.pk]


def test_a_plain_value_is_not_written_past_the_rows(harare_open):
    student = make_student(harare_open, phone="1")
    with pytest.raises(FieldError, match="phone is encrypted"), transaction.atomic():
        Student.objects.filter(pk=student.pk).update(phone="2")
    student.phone = "2"
    with pytest.raises(FieldError, match="phone is encrypted"), transaction.atomic():
        Student.objects.bulk_update([student], ["phone"])
    assert Student.objects.get(pk=student.pk).phone == "1"


def test_bulk_creation_seals(harare_open):
    fresh = Student(institution=harare_open, number="R-BULK", entry_year=2026, national_id=NATIONAL_ID)
    Student.objects.bulk_create([fresh])
    assert Student.objects.get(number="R-BULK").national_id == NATIONAL_ID


def test_a_blind_index_finds_a_value_however_it_is_written(harare_open):
    student = make_student(harare_open, national_id=NATIONAL_ID)
    digest = Student._meta.get_field("national_id_index").digest
    found = Student.objects.filter(national_id_index=digest("63 1234567a42", harare_open.pk))
    assert [row.pk for row in found] == [student.pk]
    assert len(column("national_id_index", student)) == 16


def test_a_blind_index_follows_its_source(harare_open):
    student = make_student(harare_open, national_id=NATIONAL_ID)
    before = column("national_id_index", student)
    student.change(national_id="63-7654321 B 42")
    assert column("national_id_index", student) not in (before, None)
    student.change(national_id=None)
    assert column("national_id_index", student) is None


@pytest.mark.parametrize("value", [None, "", " - "])
def test_nothing_is_not_indexed(harare_open, value):
    assert column("national_id_index", make_student(harare_open, national_id=value)) is None


def test_two_institutions_index_one_value_differently_unless_the_index_is_national(harare, mutare):
    index = copy(Student._meta.get_field("national_id_index"))
    assert index.digest(NATIONAL_ID, harare.pk) == index.digest("63 1234567 a 42", mutare.pk)
    index.national = False
    assert index.digest(NATIONAL_ID, harare.pk) != index.digest(NATIONAL_ID, mutare.pk)


def test_the_quick_way_for_many_persons_makes_the_same_columns(harare_open):
    student = make_student(harare_open)
    names = ("phone", "date_of_birth")
    seal = new_person_sealer(tuple(f"students_student.{name}" for name in names), harare_open.pk)
    salt, sealed = seal(student.pk, (b"+263 4 303211", b"2001-02-03"))
    PersonKey.objects.create(person=student.pk, salt=salt)
    for name, value in zip(names, sealed, strict=True):
        overwrite(name, student, value)
    read = Student.objects.get(pk=student.pk)
    assert (read.phone, read.date_of_birth) == ("+263 4 303211", date(2001, 2, 3))


def test_the_way_past_the_keys_of_persons_is_shut(harare_open):
    with pytest.raises(FieldError, match="new_person_sealer"):
        Student._meta.get_field("phone").sealer(harare_open.pk)


def test_the_audit_shows_equality_of_an_encrypted_value_and_no_more(harare_open):
    student = make_student(harare_open, national_id=NATIONAL_ID, date_of_birth=date(2001, 2, 3))
    fresh, stored = snapshot(student), snapshot(Student.objects.get(pk=student.pk))
    assert fresh["national_id"] == stored["national_id"]
    assert fresh["national_id"].startswith("digest:")
    assert fresh["date_of_birth"] == stored["date_of_birth"]
    assert re.fullmatch(r"digest:[0-9a-f]{16}", str(fresh["date_of_birth"]))
    assert "national_id_index" not in fresh


def test_an_institution_has_one_key_and_it_is_wrapped(harare):
    keys = [keyring.key_for(harare.pk) for _ in range(2)]
    assert keys[0] is keys[1]
    stored = DataKey.objects.get(institution_id=harare.pk)
    assert len(stored.wrapped) == 12 + 32 + 16


def test_a_key_is_read_again_after_five_minutes(harare, monkeypatch):
    first = keyring.key_for(harare.pk)
    monkeypatch.setattr("core.secrets.keyring.KEPT_SECONDS", -1)
    second = keyring.key_for(harare.pk)
    assert second is not first
    assert second.id == first.id


@pytest.mark.parametrize("statement", ["UPDATE core_datakey SET wrapped = ''", "DELETE FROM core_datakey"])
def test_the_application_can_neither_change_nor_remove_a_key(statement):
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_fields_deconstruct_to_themselves():
    for name in ("national_id", "date_of_birth", "national_id_index"):
        field = Student._meta.get_field(name)
        _, path, args, options = field.deconstruct()
        again = {"Encrypted": Encrypted, "BlindIndex": BlindIndex}[path.rsplit(".")[-1]](*args, **options)
        assert again.deconstruct()[1:] == (path, args, options)


@pytest.mark.django_db(transaction=True)
def test_a_key_outlives_the_transaction_that_needed_it_first():
    institution = uuid7()
    with transaction.atomic():
        sealed = seal(b"secret", COLUMN, institution, institution)
        transaction.set_rollback(True)
    keyring.forget()
    assert unseal(sealed, COLUMN, institution, institution) == b"secret"


@pytest.mark.django_db(transaction=True)
def test_threads_that_need_a_key_at_once_get_the_same():
    institution = make_institution().pk
    ids = set()

    def need() -> None:
        ids.add(keyring.key_for(institution).id)
        connection.close()

    threads = [Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 1
    assert DataKey.objects.filter(institution_id=institution).count() == 1
