"""This file holds the tests of operations that need a second factor shown a moment ago."""

from dataclasses import replace
from time import time

import pytest
from django.conf import settings
from django.db.models import Model

from core.audit.models import AuditEntry
from core.http.permissions import is_strong
from core.testing.fixtures import Person, client_of, person_at

pytestmark = [pytest.mark.django_db, pytest.mark.urls("core.tests.http_urls")]


def weak(person: Person, strong_at: float | None) -> Person:
    return Person(replace(person.actor, strong_at=strong_at))


@pytest.mark.parametrize("seconds_ago", [None, settings.STEP_UP_SECONDS + 5])
def test_without_a_fresh_second_factor_the_operation_is_refused_and_says_what_to_do(harare: Model, seconds_ago):
    person = weak(person_at(harare, "lab.change"), seconds_ago and time() - seconds_ago)
    answer = client_of(person).post("/api/v1/step-up/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "step_up_needed")
    assert 'error="insufficient_user_authentication", acr_values="aal2", max_age="300"' in answer["WWW-Authenticate"]
    entry = AuditEntry.objects.get()
    assert (entry.decision, entry.code, entry.actor_id) == ("refused", "step_up_needed", person.pk)


def test_with_a_fresh_second_factor_it_is_done(harare: Model):
    person = weak(person_at(harare, "lab.change"), time())
    assert client_of(person).post("/api/v1/step-up/").status_code == 200


def test_who_may_not_do_it_is_told_that_first(harare: Model):
    assert client_of(weak(person_at(harare), None)).post("/api/v1/step-up/").status_code == 403


def test_other_methods_of_the_same_address_need_no_step_up(harare: Model):
    assert client_of(weak(person_at(harare, "lab.view"), None)).get("/api/v1/step-up/").status_code == 200


def test_nobody_is_strong_who_never_showed_a_second_factor(harare: Model):
    assert not is_strong(weak(person_at(harare), None).actor)
