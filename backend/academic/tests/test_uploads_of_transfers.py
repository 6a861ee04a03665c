"""This file holds the tests of uploads of transfers, which a rule asks for row by row."""

import pytest

from academic.models import Transfer
from academic.transfers.rules import release
from core.audit.models import AuditEntry
from core.bulk.models import Upload
from core.bulk.rules import undo
from core.errors import Conflict
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.tests.uploads_lab import UPLOADS, checked, committed, errors_of, uploader, workbook, worked
from faculties.models import Institution
from students.factories import make_student
from students.models import Student

pytestmark = pytest.mark.django_db
HEADER = ("Student ID", "Direction", "Institution", "Surname", "Reason")


@pytest.fixture
def person(harare: Institution):
    with reaching(harare.pk):
        yield uploader(harare, "transfers")


@pytest.fixture
def rudo(harare: Institution) -> Student:
    return make_student(harare, number="H1", given_names="Rudo", family_name="Ncube")


@pytest.fixture
def tendai(mutare: Institution) -> Student:
    return make_student(mutare, number="M1", given_names="Tendai", family_name="Moyo")


def sides(institution: Institution) -> list[tuple]:
    with reaching(institution.pk):
        return list(Transfer.objects.order_by("number").values_list("number", "side", "status", "asked_by", "reason"))


LEAVES = ("H1", "out", "MUTARE", None, "Family moved.")
COMES = ("M1", "coming", "MUTARE", "moyo", None)


def test_each_row_asks_for_a_transfer_on_both_sides(person, rudo, tendai, harare, mutare):
    upload = checked(person, "transfers", workbook(HEADER, LEAVES, COMES))
    assert (upload.plan["create"], upload.errors_count, sides(harare)) == (2, 0, [])
    assert committed(person, upload).state == Upload.State.COMMITTED
    assert sides(harare) == [
        ("H1", "origin", "requested", "origin", "Family moved."),
        ("M1", "destination", "requested", "destination", ""),
    ]
    assert sides(mutare) == [
        ("H1", "destination", "requested", "origin", "Family moved."),
        ("M1", "origin", "requested", "destination", ""),
    ]
    asked = AuditEntry.objects.filter(rule="academic.transfer.requested", decision="done")
    assert set(asked.values_list("actor_id", flat=True)) == {person.pk}


def test_the_same_file_twice_asks_once(person, rudo, tendai, harare):
    for plan in ((2, 0), (0, 2)):
        upload = checked(person, "transfers", workbook(HEADER, LEAVES, COMES))
        assert (upload.plan["create"], upload.plan["unchanged"]) == plan
        assert committed(person, upload).state == Upload.State.COMMITTED
    assert len(sides(harare)) == 2


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (("H9", "out", "MUTARE"), ("student_number", "not_known")),
        (("H1", "out", "HARARE"), ("institution_code", "no_such_institution")),
        (("H1", "sideways", "MUTARE"), ("direction", "not_a_choice")),
        (("M1", "in", "MUTARE"), ("family_name", "required")),
    ],
)
def test_a_wrong_cell_is_named(person, rudo, tendai, harare, row, error):
    upload = checked(person, "transfers", workbook(HEADER, row))
    assert [(one["column"], one["code"]) for one in errors_of(person, upload)] == [error]


def test_what_the_rule_refuses_is_an_error_of_its_row_and_nothing_is_asked(person, rudo, tendai, harare, mutare):
    wrong = ("M1", "coming", "MUTARE", "Ncube", None)
    upload = committed(person, checked(person, "transfers", workbook(HEADER, LEAVES, wrong)))
    assert (upload.state, upload.failure["code"], upload.error_rows_count) == ("planned", "no_such_student", 1)
    (error,) = errors_of(person, upload)
    assert (error["column"], error["code"]) == ("student_number", "no_such_student")
    assert sides(harare) == sides(mutare) == []
    client_of(person).patch(f"{UPLOADS}{upload.pk}/rows/3/", {"cells": {"family_name": "Moyo"}})
    client_of(person).post(f"{UPLOADS}{upload.pk}/check/")
    assert committed(person, worked(upload)).state == Upload.State.COMMITTED
    assert len(sides(harare)) == 2


def test_the_good_rows_alone_can_be_asked_for_after_a_refusal(person, rudo, tendai, harare):
    wrong = ("M1", "coming", "MUTARE", "Ncube", None)
    upload = committed(person, checked(person, "transfers", workbook(HEADER, LEAVES, wrong)))
    assert committed(person, upload, mode=Upload.Mode.GOOD_ROWS).state == Upload.State.COMMITTED
    assert [number for number, *_ in sides(harare)] == ["H1"]


def test_undoing_takes_the_requests_back_on_both_sides(person, rudo, tendai, harare, mutare):
    upload = committed(person, checked(person, "transfers", workbook(HEADER, LEAVES, COMES)))
    undo(person.actor, upload)
    for place in (harare, mutare):
        assert {status for _, _, status, *_ in sides(place)} == {"withdrawn"}


def test_what_the_other_side_decided_since_is_not_undone(person, rudo, tendai, harare, mutare):
    upload = committed(person, checked(person, "transfers", workbook(HEADER, COMES)))
    with reaching(mutare.pk):
        release(person_at(mutare, "academic.decide_transfer").actor, Transfer.objects.get())
    with pytest.raises(Conflict, match="changed since"):
        undo(person.actor, upload)
    assert [status for _, _, status, *_ in sides(harare)] == ["released"]
