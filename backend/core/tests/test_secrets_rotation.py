"""This file holds the tests of replacing keys, also broken off in the middle: real commits, as the owner."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.secrets import rotation
from core.secrets.keyring import keyring, latest_key, master_key_id
from core.secrets.models import DataKey
from core.secrets.persons import destroy_keys, salts
from core.tenancy.scope import reaching
from faculties.factories import make_institution
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "students.Student.phone"


def rotate(*options: str) -> str:
    call_command("rotate_keys", *options, stdout=(out := StringIO()))
    return out.getvalue()


def forget() -> None:
    keyring.forget()
    salts.forget()


def opened(institution) -> list[str | None]:
    forget()
    with reaching(institution.pk):
        return [student.phone for student in Student.objects.order_by("pk")]


@pytest.fixture
def three(monkeypatch):
    """Three institutions with two students each, and batches of one."""
    monkeypatch.setattr(rotation, "BATCH", 1)
    institutions = [make_institution() for _ in range(3)]
    for institution in institutions:
        with reaching(institution.pk):
            for phone in ("1", "2"):
                make_student(institution, phone=phone)
    return institutions


def break_off(monkeypatch, name: str, after: int) -> None:
    """As kill -9 would: the batch after the first few never comes."""
    whole, calls = getattr(rotation, name), []

    def broken(*args):
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(1)
        return whole(*args)

    monkeypatch.setattr(rotation, name, broken)


def test_a_key_encryption_key_is_replaced_while_broken_off_and_gone_on(three, settings, monkeypatch):
    old, settings.ENCRYPTION_NEXT_KEY = settings.ENCRYPTION_KEY, b"n" * 32
    with monkeypatch.context() as patched:
        break_off(patched, "rewrap_batch", after=1)
        with pytest.raises(KeyboardInterrupt):
            rotate("--kek")
    wrapped = set(DataKey.objects.values_list("wrapped_by", flat=True))
    assert wrapped == {master_key_id(old), master_key_id(b"n" * 32)}
    assert [opened(one) for one in three] == [["1", "2"]] * 3
    said = rotate("--kek")
    assert f"No data key needs {master_key_id(old)}" in said
    assert set(DataKey.objects.values_list("wrapped_by", flat=True)) == {master_key_id(b"n" * 32)}
    assert "data keys wrapped" not in rotate("--kek")
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_NEXT_KEY = b"n" * 32, b""
    assert [opened(one) for one in three] == [["1", "2"]] * 3


def test_the_old_key_is_not_let_go_while_a_data_key_needs_it(three, settings, monkeypatch):
    settings.ENCRYPTION_NEXT_KEY = b"n" * 32
    monkeypatch.setattr(rotation, "rewrap_batch", lambda wanted: 0)  # another run holds all of them
    with pytest.raises(CommandError, match="3 data keys are not wrapped by the next key"):
        rotate("--kek")


def test_without_a_next_key_nothing_is_replaced(three):
    before = list(DataKey.objects.order_by("pk").values())
    with pytest.raises(CommandError, match=r"There is no encryption\.next\.key"):
        rotate("--kek")
    assert list(DataKey.objects.order_by("pk").values()) == before


def test_a_new_data_key_is_wrapped_by_the_next_key(settings):
    settings.ENCRYPTION_NEXT_KEY = b"n" * 32
    institution = make_institution()
    keyring.key_for(institution.pk)
    assert DataKey.objects.get(institution_id=institution.pk).wrapped_by == master_key_id(b"n" * 32)


def test_a_column_is_sealed_anew_while_broken_off_and_gone_on(three, monkeypatch):
    first = {one.pk: latest_key(one.pk).pk for one in three}
    with monkeypatch.context() as patched:
        break_off(patched, "reseal_batch", after=3)
        with pytest.raises(KeyboardInterrupt):
            rotate("--dek", "--column", PHONE)
    second = {one.pk: latest_key(one.pk).pk for one in three}
    assert not set(first.values()) & set(second.values())
    assert [opened(one) for one in three] == [["1", "2"]] * 3
    said = rotate("--dek", "--column", PHONE)
    assert {one.pk: latest_key(one.pk).pk for one in three} == second
    assert said.splitlines()[-3:] == [f"{key}: 2" for key in sorted(second.values())]
    assert [opened(one) for one in three] == [["1", "2"]] * 3


def test_a_second_column_is_brought_up_to_the_first(three):
    with reaching(three[0].pk):
        Student.objects.first().change(address="12 Main Road")
    rotate("--dek", "--column", PHONE)
    key = latest_key(three[0].pk).pk
    assert rotate("--dek", "--column", "students.Student.address").splitlines()[-1] == f"{key}: 1"
    assert latest_key(three[0].pk).pk == key


def test_what_was_erased_becomes_nothing(three):
    with reaching(three[0].pk):
        student = Student.objects.first()
        destroy_keys([student.pk])
    rotate("--dek", "--column", PHONE)
    with reaching(three[0].pk):
        assert Student.objects.filter(phone__isnull=True).count() == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--dek",),
        ("--kek", "--column", PHONE),
        ("--dek", "--column", "students.Student.number"),
        ("--dek", "--column", "no.Such.column"),
        ("--dek", "--column", "nothing"),
    ],
)
def test_what_is_no_encrypted_column_is_refused(options):
    with pytest.raises(CommandError):
        rotate(*options)
