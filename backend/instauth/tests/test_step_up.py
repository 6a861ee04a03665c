"""This file holds the tests of showing a second factor in the midst of a session, for what asks for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.testing.fixtures import client_of
from faculties.models import Institution
from instauth.factors.models import Factor
from instauth.models import Session, SupportAccess
from instauth.tests.factor_lab import (
    AUTH,
    PASSWORD,
    REFRESH,
    bearer,
    challenged,
    code_of,
    look_again,
    make_app,
    make_code,
    second,
    shown_by,
    sign_in,
    wrong_for,
)
from users.factories import make_person
from users.models import User

pytestmark = pytest.mark.django_db
STEP_UP, SUPPORT = f"{AUTH}step-up/", f"{AUTH}support/"
ADMIN = "admin@tesc.test"


@pytest.fixture
def admin(harare: Institution) -> User:
    return make_person(email=ADMIN, password=PASSWORD, grants=[("institution-administrator", harare)])


@pytest.fixture
def app(admin: User) -> Factor:
    return make_app(admin)


@pytest.fixture
def body(harare: Institution) -> dict:
    """An operation that asks for a factor shown a moment ago: acting as a person."""
    return {"person": str(make_person(grants=[("student", harare)]).pk), "reason": "They asked for help by phone."}


def test_an_operation_asks_for_a_factor_and_works_once_it_was_shown(app: Factor, body: dict):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        begun = second(challenged(ADMIN), shown_by(app.secret))
        client = bearer(begun)
        clock.shift(timedelta(minutes=5, seconds=1))
        refused = client.post(SUPPORT, body)
        assert code_of(refused) == (401, "step_up_needed")
        told = refused.headers["WWW-Authenticate"]
        assert 'error="insufficient_user_authentication"' in told
        assert 'max_age="300"' in told
        assert SupportAccess.objects.count() == 0
        answer = client.post(STEP_UP, {"method": "totp", "code": shown_by(app.secret)})
        assert answer.status_code == 200, answer.content
        until = (timezone.now() + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
        assert answer.json()["data"] == {"strong_until": until}
        look_again()
        assert client.post(SUPPORT, body).status_code == 201
        clock.shift(timedelta(minutes=5, seconds=1))
        client = bearer(APIClient().post(REFRESH, {"refresh_token": begun.json()["data"]["refresh_token"]}))
        assert code_of(client.post(SUPPORT, body)) == (401, "step_up_needed")


def test_it_is_on_the_audit_log(app: Factor, admin: User):
    client = bearer(second(challenged(ADMIN), shown_by(app.secret)))
    client.post(STEP_UP, {"method": "totp", "code": shown_by(app.secret, 1)})
    client.post(STEP_UP, {"method": "totp", "code": wrong_for(app.secret)})
    entries = AuditEntry.objects.filter(rule="instauth.session.stepped_up").order_by("id")
    assert [(one.decision, one.code, one.actor_id) for one in entries] == [
        ("done", "", admin.pk),
        ("refused", "wrong_code", admin.pk),
    ]


def test_a_recovery_code_steps_up_once(app: Factor, admin: User):
    client, code = bearer(second(challenged(ADMIN), shown_by(app.secret))), make_code(admin)
    assert client.post(STEP_UP, {"method": "recovery", "code": code}).status_code == 200
    assert code_of(client.post(STEP_UP, {"method": "recovery", "code": code})) == (422, "wrong_code")


def test_the_code_that_signed_in_does_not_step_up(app: Factor):
    with time_machine.travel(timezone.now(), tick=False):
        code = shown_by(app.secret)
        client = bearer(second(challenged(ADMIN), code))
        assert code_of(client.post(STEP_UP, {"method": "totp", "code": code})) == (422, "wrong_code")


def test_guesses_of_sign_ins_and_of_steps_are_counted_together(app: Factor):
    client = bearer(second(challenged(ADMIN), shown_by(app.secret)))
    for _ in range(5):
        second(challenged(ADMIN), wrong_for(app.secret))
        assert client.post(STEP_UP, {"method": "totp", "code": wrong_for(app.secret)}).status_code == 422
    closed = client.post(STEP_UP, {"method": "totp", "code": shown_by(app.secret, 1)})
    assert code_of(closed) == (429, "too_many_guesses")
    assert AuditEntry.objects.get(code="too_many_guesses").actor_name == app.user.name
    assert code_of(second(challenged(ADMIN), shown_by(app.secret, 1))) == (429, "too_many_guesses")


def test_a_session_from_before_the_factor_shows_it_and_is_open(admin: User):
    client = bearer(sign_in(ADMIN))
    app = make_app(admin)  # added on another device
    assert code_of(client.get(SUPPORT)) == (403, "second_factor_needed")
    assert client.post(STEP_UP, {"method": "totp", "code": shown_by(app.secret)}).status_code == 200
    look_again()
    assert client.get(SUPPORT).status_code == 200
    assert Session.objects.get().methods == ["mfa", "otp", "pwd"]


def test_whoever_has_no_factor_is_told_where_to_add_one(admin: User):
    answer = bearer(sign_in(ADMIN)).post(STEP_UP, {"method": "totp", "code": "123456"})
    assert code_of(answer) == (422, "no_factor")
    assert "/auth/factors/" in answer.json()["errors"][0]["message"]


def test_it_takes_a_session(app: Factor, admin: User):
    assert code_of(client_of(admin.actor).post(STEP_UP, {"method": "totp", "code": "123456"})) == (422, "no_session")
    assert APIClient().post(STEP_UP, {"method": "totp", "code": "123456"}).status_code == 401


def test_staff_who_act_as_a_person_show_nothing_in_their_name(app: Factor, admin: User):
    helper = client_of(replace(admin.actor, behind=make_person().pk))
    answer = helper.post(STEP_UP, {"method": "totp", "code": shown_by(app.secret)})
    assert code_of(answer) == (403, "not_allowed")


@pytest.mark.parametrize("given", [{}, {"method": "pwd", "code": "1"}, {"method": "totp"}, {"code": "1", "x": 1}])
def test_a_body_that_makes_no_sense_is_refused(app: Factor, given: dict):
    client = bearer(second(challenged(ADMIN), shown_by(app.secret)))
    assert client.post(STEP_UP, given, format="json").status_code == 400
