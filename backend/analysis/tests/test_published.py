"""This file holds the proof on a real university: its data imported, our figures are those its authors published.

Kuzilek J., Hlosta M., Zdrahal Z. (2017) Open University Learning Analytics dataset, CC BY 4.0.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from academic.models import Registration, Section
from academic.oulad.rules import NEEDS, Report, import_oulad
from core.actor import Actor
from core.tenancy.scope import reaching
from core.testing.fixtures import Person, client_of
from faculties.models import Institution
from users.factories import make_person

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "oulad"
TABLES = ("students_student", "academic_enrollment", "academic_section", "academic_registration", "academic_mark")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.exists(), reason="../shared/data/oulad is not beside this project"),
]


def in_role(code: str, place: Institution | None) -> Person:
    return Person(make_person(grants=[(code, place)]).actor)


def figure(person: Person, name: str, **query: str) -> dict[str, Any]:
    answer = client_of(person).get(f"/api/v1/analysis/{name}/", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["data"]


def counts(person: Person, name: str, dimension: str) -> dict[str, int]:
    def shown(value: Any) -> str:
        return value["code"] if isinstance(value, dict) else value

    return {shown(row[dimension]): row["count"] for row in figure(person, name, by=dimension)["rows"]}


def test_the_published_figures_come_out_for_who_may_see_them_and_for_nobody_else(mutare: Institution):
    """One test, for one import: it takes ten seconds."""
    published = json.loads((DATA / "published.json").read_text())
    report = import_oulad(Actor.system("import_oulad", *NEEDS), DATA / "oulad.zip")
    university = Institution.objects.get(code="OU")
    sees_every_published_figure(in_role("national-analyst", None), published, report)
    sees_every_published_figure(in_role("registrar", university), published, report)
    sees_nothing(in_role("registrar", mutare), university)


def sees_every_published_figure(person: Person, published: dict[str, Any], report: Report) -> None:
    modules = {row["module"]: row for row in published["table_modules"]}
    sizes = published["table_sizes"]
    results = {
        result.lower(): count for result, count in published["final_result_totals"].items() if result != "source"
    }
    assert figure(person, "sections")["total"] == {"count": published["abstract"]["courses"]}
    assert figure(person, "registrations")["total"] == {"count": published["abstract"]["students"]}
    assert counts(person, "sections", "course") == {code: row["presentations"] for code, row in modules.items()}
    assert counts(person, "registrations", "course") == {code: row["students"] for code, row in modules.items()}
    assert counts(person, "registrations", "result") == results
    assert figure(person, "results")["total"].items() >= {**results, "count": sizes["studentInfo"]}.items()
    assert figure(person, "assessments")["total"] == {"count": sizes["assessments"]}
    assert figure(person, "marks")["total"]["count"] == sizes["studentAssessment"]
    assert figure(person, "headcount")["total"] == {"count": 28_785}
    assert counts(person, "marks", "is_banked") == {True: 1_909, False: sizes["studentAssessment"] - 1_909}
    assert counts(person, "marks", "state") == {"marked": sizes["studentAssessment"] - 173, "submitted": 173}
    assert (report.files["courses.csv"], report.files["studentRegistration.csv"]) == (
        sizes["courses"],
        sizes["studentRegistration"],
    )
    assert report.unused == {"vle.csv": sizes["vle"]}


def sees_nothing(person: Person, university: Institution) -> None:
    """Not as figures, not by name, not row by row, and not by SQL as the application's own role."""
    for name in ("students", "headcount", "enrollments", "registrations", "sections", "assessments", "marks"):
        table = figure(person, name, by="institution")
        assert (table["rows"], table["total"]["count"]) == ([], 0), name
        assert figure(person, name, institution="OU")["total"]["count"] == 0
    with reaching(university.pk):
        rows = {"sections": Section.objects.first(), "registrations": Registration.objects.first()}
    for resource, row in rows.items():
        assert client_of(person).get(f"/api/v1/academic/{resource}/").json()["data"] == []
        assert client_of(person).get(f"/api/v1/academic/{resource}/{row.pk}/").status_code == 404
    with reaching(*person.actor.institutions), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE institution_id = %s", [university.pk])  # noqa: S608
            assert cursor.fetchone() == (0,), table
