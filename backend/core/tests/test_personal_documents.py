"""This file holds the tests of the document that a person gets."""

import json
from datetime import UTC, datetime

import pytest

from core.personal.document import READABLE_ROWS, as_json, as_pdf, compiled, document_of, for_reading
from core.personal.walk import persons_of
from core.tenancy.scope import reaching
from faculties.factories import make_institution
from students.factories import make_student
from users.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def rudo():
    institution = make_institution()
    user = make_user(name="Rudo")
    with reaching(institution.pk):
        user.student = make_student(institution, account=user, phone="1")
    return user


def test_an_account_and_its_students_are_one_person_from_either_side(rudo):
    both = {rudo.pk, rudo.student.pk}
    assert {one.pk for one in persons_of(rudo)} == both
    assert {one.pk for one in persons_of(rudo.student)} == both


def test_each_column_has_its_name_and_meaning(rudo):
    (table,) = (one for one in document_of([rudo], None, NOW)["tables"] if one["table"] == "users.User")
    fields = {one["name"]: one for one in table["fields"]}
    assert fields["erased_at"]["meaning"] == "When the person was erased."
    assert fields["email"]["label"] == "email"
    assert set(table["rows"][0]) == set(fields)
    assert not {"password", "search_text"} & set(fields)


def test_the_json_is_json_and_holds_every_letter(rudo):
    rudo.change(name="Ngũgĩ 🦓")
    document = json.loads(as_json(document_of([rudo], None, NOW)))
    assert document["about"] == [{"table": "users.User", "id": str(rudo.pk), "is": "Ngũgĩ 🦓"}]


def test_nothing_in_the_data_is_markup(rudo):
    rudo.change(name='#panic("x") *b* [c] = d')
    assert as_pdf(document_of([rudo], None, NOW)).startswith(b"%PDF-")


def test_the_pdf_meets_its_standard(rudo):
    content = as_pdf(document_of([rudo], None, NOW))
    assert b"pdfuaid" in content
    assert b"/MarkInfo" in content or b"StructTreeRoot" in content or b"/Marked" in content


def test_a_fault_of_the_template_is_not_swallowed():
    with pytest.raises(Exception, match="about"):
        compiled({"made_at": NOW.isoformat(), "tables": []}, "ua-1")


def test_a_long_table_is_cut_in_the_pdf_alone():
    table = {"fields": [{"name": "x", "label": "X"}], "rows": [{"x": 1}] * (READABLE_ROWS + 7)}
    shown = for_reading(table)
    assert (len(shown["rows"]), shown["left_out"]) == (READABLE_ROWS, 7)
    assert shown["rows"][0] == [["X", "1"]]
