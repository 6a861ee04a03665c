"""This file holds what is promised of fields of study: a shipped list, programs of known ones, critical ones."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from academic.factories import make_program
from academic.fields.models import DECLARE, FieldOfStudy
from academic.fields.shipped import ship_fields
from academic.models import Program
from academic.programs.rules import change_program
from core.audit.models import AuditEntry
from core.errors import Invalid
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_of_nation

pytestmark = pytest.mark.django_db
VIEW, URL = "academic.view_program", "/api/v1/academic/fields-of-study/"


def software() -> FieldOfStudy:
    return FieldOfStudy.objects.get(code="0613")


def test_the_list_is_that_of_isced_f_2013(harare):
    codes = list(FieldOfStudy.objects.values_list("code", flat=True))
    assert [sum(len(code) == length for code in codes) for length in (2, 3, 4)] == [11, 57, 148]
    assert (software().name, software().parent.name) == (
        "Software and applications development and analysis",
        "Information and Communication Technologies",
    )
    ship_fields(FieldOfStudy)  # again: nothing is added
    assert FieldOfStudy.objects.count() == len(codes)


def test_the_list_is_narrowed_by_broad_field_and_looked_through_by_whoever_sees_programs(harare):
    client = client_of(person_at(harare, VIEW))
    rows = client.get(URL, {"code__startswith": "06", "ordering": "code"}).json()["data"]
    assert [row["code"] for row in rows][:4] == ["06", "061", "0610", "0611"]
    assert {row["code"][:2] for row in rows} == {"06"}
    assert len(client.get(URL, {"parent__isnull": "true"}).json()["data"]) == 11
    assert client_of(person_at(harare)).get(URL).status_code == 403


def test_the_database_holds_no_field_outside_the_one_around_it(harare):
    for wrong in ({"code": "0699", "parent_id": "07"}, {"code": "069"}, {"code": "6", "parent_id": None}):
        with pytest.raises(IntegrityError, match="field_of_study_within_its_parent"), transaction.atomic():
            FieldOfStudy.objects.create(name="Wrong", **wrong)


# --- Programs ---
@pytest.mark.parametrize("code", ["9999", "", "613"])
def test_a_program_is_of_a_known_field_or_of_none_that_was_said(harare, code):
    program = make_program(harare, field_of_study="0613")
    client = client_of(person_at(harare, VIEW, "academic.change_program"))
    url = f"/api/v1/academic/programs/{program.pk}/"
    answer = client.patch(url, {"field_of_study": code})
    problem = answer.json()["errors"][0]
    assert (answer.status_code, problem["field"]) == (400, "field_of_study")
    with reaching(harare.pk):
        assert Program.objects.get().field_of_study == "0613"
        with pytest.raises(Invalid) as refusal:
            change_program(person_at(harare, "academic.change_program").actor, program, field_of_study=code)
        assert refusal.value.code == "unknown_field_of_study"
        with pytest.raises(IntegrityError, match="program_of_a_known_field"), transaction.atomic():
            Program.objects.update(field_of_study=code)
    assert client.patch(url, {"field_of_study": None}).status_code == 200


def test_a_program_says_what_kind_of_study_it_is_and_is_found_by_it(harare):
    program = make_program(harare, category="technical", field_of_study="0714")
    make_program(harare, field_of_study="0213")
    client = client_of(person_at(harare, VIEW))
    for asked in ({"category": "technical"}, {"field_of_study__startswith": "07"}):
        rows = client.get("/api/v1/academic/programs/", asked).json()["data"]
        assert [row["id"] for row in rows] == [str(program.pk)]


# --- Critical fields ---
def declare(client, **fields):
    return client.post(f"{URL}{software().pk}/declare-critical/", fields)


def test_the_nation_says_which_fields_are_critical_and_takes_it_back(harare):
    client = client_of(person_of_nation(VIEW, DECLARE))
    answer = declare(client, critical_since="2025-01-01", critical_source="Gazette 12 of 2025")
    assert (answer.status_code, answer.json()["data"]["critical_since"]) == (200, "2025-01-01")
    entry = AuditEntry.objects.get(rule="academic.field.declared_critical")
    assert set(entry.changes) == {"critical_since", "critical_source"}
    found = client_of(person_at(harare, VIEW)).get(URL, {"critical_since__isnull": "false"}).json()["data"]
    assert [row["code"] for row in found] == ["0613"]
    assert declare(client, critical_since=None).status_code == 200
    assert software().critical_since is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"critical_since": "2025-01-01"}, "source_needed"),
        ({"critical_since": None, "critical_source": "Gazette"}, "source_needed"),
        (
            {"critical_since": "2025-01-01", "critical_until": "2025-01-01", "critical_source": "G."},
            "ends_before_start",
        ),
    ],
)
def test_a_declaration_that_can_not_be_changes_nothing(fields, code):
    answer = declare(client_of(person_of_nation(VIEW, DECLARE)), **fields)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert software().version == 1


def test_an_institution_declares_nothing(harare):
    answer = declare(client_of(person_at(harare, VIEW, DECLARE)), critical_since="2025-01-01", critical_source="Ours")
    assert answer.status_code == 403
    assert software().critical_since is None
    FieldOfStudy.objects.filter(code="0613").update(critical_since=date(2020, 1, 1), critical_source="Gazette")
    assert (
        client_of(person_at(harare, VIEW)).get(URL, {"code": "0613"}).json()["data"][0]["critical_source"] == "Gazette"
    )
