"""This file holds the tests of what an institution looks at first."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academic.factories import make_enrollment
from analysis.figures.definitions import FIRST
from core.testing.fixtures import client_of, person_at, person_of_nation
from faculties.models import Institution

pytestmark = pytest.mark.django_db
URL, FIGURE = "/api/v1/analysis/dashboard/", "analysis.view_figure"


def totals(person, **query) -> dict[str, int]:
    answer = client_of(person).get(URL, query)
    assert answer.status_code == 200, answer.json()
    return {one["figure"]: one["total"]["count"] for one in answer.json()["data"] if "count" in one["total"]}


def test_it_shows_what_each_figure_shows_by_its_name(harare: Institution):
    make_enrollment(harare)
    client = client_of(person_at(harare, FIGURE))
    shown = {one["figure"]: one for one in client.get(URL).json()["data"]}
    assert list(shown) == list(FIRST)
    for name, by in FIRST.items():
        alone = client.get(f"/api/v1/analysis/{name}/", {"by": ",".join(by)}).json()["data"]
        assert {**shown[name], "as_of": None} == {**alone, "as_of": None}
    assert (shown["students"]["rows"], shown["programs"]["total"]["count"]) == ([{"status": "active", "count": 1}], 1)


def test_an_institution_sees_its_own_and_the_nation_one_or_all(harare: Institution, mutare: Institution):
    make_enrollment(harare), make_enrollment(mutare)
    assert totals(person_at(harare, FIGURE))["students"] == 1
    assert totals(person_at(harare, FIGURE), institution=mutare.code)["students"] == 0
    assert totals(person_of_nation(FIGURE))["students"] == 2
    assert totals(person_of_nation(FIGURE), institution=mutare.code)["students"] == 1


def test_it_costs_no_more_statements_for_many_students(harare: Institution):
    client, costs = client_of(person_at(harare, FIGURE)), []
    for students in (1, 3):
        for _ in range(students):
            make_enrollment(harare)
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        costs.append(len(queries))
    assert costs[0] == costs[1] > 0
