"""This file holds what is promised of logos: one of each institution, a picture, for its administrators to change."""

from typing import Any

import pytest
from django.db import connection

from core.files import taking
from core.files.models import StoredFile
from core.files.scanning import Verdict
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from core.tests.files_lab import PDF, image, sent

VIEW, CHANGE = "faculties.view_institution", "faculties.change_logo"


def url(institution: Any) -> str:
    return f"/api/v1/institutions/{institution.pk}/logo/"


def post(client: Any, institution: Any, content: bytes) -> Any:
    return client.post(url(institution), {"file": sent(content)}, format="multipart")


def test_an_institution_has_one_logo_that_is_replaced_and_removed(harare):
    client = client_of(person_at(harare, VIEW, CHANGE))
    assert client.get(url(harare)).json()["data"]["url"] is None
    for _ in range(2):
        answer = post(client, harare, image())
        assert (answer.status_code, answer.json()["data"]["type"]) == (200, "image/png")
    with reaching(harare.pk):
        assert StoredFile.objects.count() == 1
    assert client.delete(url(harare)).status_code == 204
    with reaching(harare.pk):
        assert StoredFile.objects.count() == 0


def test_a_logo_is_changed_by_those_who_may_where_they_may(harare, mutare):
    assert post(client_of(person_at(harare, VIEW)), harare, image()).status_code == 403
    client = client_of(person_at(harare, VIEW, CHANGE))
    assert post(client, mutare, image()).status_code == 404
    answer = post(client, harare, PDF)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "type_not_taken")
    assert post(client, harare, b"x" * 2_200_000).status_code == 413
    with reaching(harare.pk):
        assert StoredFile.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_logo_is_judged_and_stored_before_the_transaction_begins(harare, monkeypatch):
    seen = []

    def note(content: Any) -> Verdict:
        seen.append(connection.in_atomic_block)
        return Verdict.UNSCANNED

    monkeypatch.setattr(taking, "verdict_on", note)
    assert post(client_of(person_at(harare, VIEW, CHANGE)), harare, image()).status_code == 200
    assert seen == [False]


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_refused_logo_is_left_in_the_store(harare, mutare, settings, store):
    client = client_of(person_at(harare, VIEW, CHANGE))
    assert post(client, mutare, image()).status_code == 404
    settings.FILES_QUOTA = 1
    assert post(client, harare, image()).status_code == 422
    assert [one for one in store.rglob("*") if one.is_file()] == []


def test_an_institution_says_where_its_logo_is(harare):
    client = client_of(person_at(harare, VIEW, CHANGE))
    place = f"/api/v1/institutions/{harare.pk}/"
    assert client.get(place).json()["data"]["logo"] is None
    post(client, harare, image())
    assert client.get(place).json()["data"]["logo"] == url(harare)
