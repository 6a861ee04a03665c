"""This file holds the tests of adding, naming and removing second factors."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.personal.erasing import erase
from core.testing.fixtures import client_of
from faculties.models import Institution
from instauth.factors.models import Factor, RecoveryCode
from instauth.models import Session
from instauth.tests.factor_lab import (
    FACTORS,
    ME,
    PASSWORD,
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
RUDO = "rudo@tesc.test"
TOTP, CODES = f"{FACTORS}totp/", f"{FACTORS}recovery-codes/"


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email=RUDO, password=PASSWORD)


@pytest.fixture
def client(rudo: User) -> APIClient:
    return bearer(sign_in(RUDO))


@pytest.fixture
def strong(rudo: User) -> APIClient:
    """Signed in by two factors, a moment ago."""
    return bearer(second_step(make_app(rudo)))


def second_step(app: Factor, steps: int = 0):
    return second(challenged(app.user.email), shown_by(app.secret, steps))


def confirm(client: APIClient, begun: dict, code: str | None = None):
    return client.post(f"{FACTORS}{begun['id']}/confirm/", {"code": code or shown_by(begun["secret"])})


def test_an_app_is_added_by_scanning_a_picture_and_showing_a_code(client: APIClient, rudo: User):
    begun = client.post(TOTP, {"name": "My phone"}).json()["data"]
    uri = urlsplit(begun["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [begun["secret"]], "issuer": ["TESC"]}
    assert begun["qr"].startswith("<svg")
    answer = confirm(client, begun)
    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["name"] == "My phone"
    assert len(set(answer.json()["data"]["recovery_codes"])) == 10
    assert client.get(FACTORS).json()["data"]["recovery_codes_left"] == 10
    assert second_step(Factor.objects.get(), 1).status_code == 200


def test_the_session_in_which_it_was_added_counts_as_strong(client: APIClient):
    confirm(client, client.post(TOTP, {}).json()["data"])
    session = Session.objects.get()
    assert session.methods == ["mfa", "otp", "pwd"]
    look_again()
    assert client.post(CODES).status_code == 201


def test_the_secret_is_shown_once_and_kept_sealed(client: APIClient):
    begun = client.post(TOTP, {}).json()["data"]
    confirm(client, begun)
    assert begun["secret"] not in client.get(FACTORS).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM instauth_factor")
        assert begun["secret"].encode() not in bytes(cursor.fetchone()[0])
    assert begun["secret"] not in str(list(AuditEntry.objects.values()))


def test_it_does_not_count_before_a_code_was_shown(client: APIClient, rudo: User):
    begun = client.post(TOTP, {}).json()["data"]
    assert code_of(confirm(client, begun, wrong_for(begun["secret"]))) == (422, "wrong_code")
    assert client.get(FACTORS).json()["data"] == {"factors": [], "recovery_codes_left": 0}
    assert "access_token" in sign_in(RUDO).json()["data"]


def test_it_may_be_begun_anew(client: APIClient):
    first = client.post(TOTP, {}).json()["data"]
    again = client.post(TOTP, {}).json()["data"]
    assert first["secret"] != again["secret"]
    assert code_of(confirm(client, first)) == (404, "not_found")
    assert confirm(client, again).status_code == 200


def test_it_is_confirmed_once(client: APIClient):
    begun = client.post(TOTP, {}).json()["data"]
    confirm(client, begun)
    assert code_of(confirm(client, begun, shown_by(begun["secret"], 1))) == (422, "already_confirmed")


def test_the_code_that_confirmed_it_signs_nobody_in(client: APIClient):
    with time_machine.travel(timezone.now(), tick=False):
        begun = client.post(TOTP, {}).json()["data"]
        code = shown_by(begun["secret"])
        confirm(client, begun, code)
        assert code_of(second(challenged(RUDO), code)) == (401, "wrong_code")


def test_the_first_one_is_added_within_five_minutes_of_signing_in(client: APIClient):
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        answer = client.post(TOTP, {})
        assert code_of(answer) == (401, "sign_in_anew")
        assert 'error="insufficient_user_authentication"' in answer.headers["WWW-Authenticate"]
    assert Factor.objects.count() == 0


def test_another_one_needs_the_first_to_be_shown(rudo: User, client: APIClient):
    make_app(rudo)  # added on another device since
    assert code_of(client.post(TOTP, {"name": "Tablet"})) == (401, "step_up_needed")
    assert Factor.objects.count() == 1


def test_another_one_is_added_by_whoever_showed_the_first(strong: APIClient):
    begun = strong.post(TOTP, {"name": "Tablet"}).json()["data"]
    assert confirm(strong, begun).status_code == 200
    assert [one["name"] for one in strong.get(FACTORS).json()["data"]["factors"]] == ["Phone", "Tablet"]


def test_a_name_is_given_once(strong: APIClient):
    assert code_of(strong.post(TOTP, {"name": "Phone"})) == (422, "name_taken")


def test_there_are_ten_at_the_most(strong: APIClient, rudo: User):
    for number in range(9):
        make_app(rudo, f"Phone {number}")
    assert code_of(strong.post(TOTP, {"name": "One more"})) == (422, "too_many_factors")


def test_a_factor_gets_another_name(strong: APIClient):
    factor = Factor.objects.get()
    assert strong.patch(f"{FACTORS}{factor.pk}/", {"name": "Old phone"}).json()["data"]["name"] == "Old phone"
    assert code_of(strong.patch(f"{FACTORS}{factor.pk}/", {})) == (400, "required")


def test_adding_one_ends_the_other_sessions_and_is_told(client: APIClient, django_capture_on_commit_callbacks):
    other = bearer(sign_in(RUDO))
    assert other.get(ME).status_code == 200
    begun = client.post(TOTP, {"name": "Tablet"}).json()["data"]
    with django_capture_on_commit_callbacks(execute=True):
        confirm(client, begun)
    look_again()
    assert (client.get(ME).status_code, other.get(ME).status_code) == (200, 401)
    assert Session.objects.get(revoked_at__isnull=False).revoked_because == "factor_changed"
    assert [letter.to for letter in mail.outbox] == [[RUDO]]
    assert "An authenticator app was added: Tablet." in mail.outbox[0].body


def test_removing_one_ends_the_other_sessions_and_is_told(
    strong: APIClient, rudo: User, django_capture_on_commit_callbacks
):
    other = bearer(second_step(Factor.objects.get(), 1))
    make_code(rudo)
    with django_capture_on_commit_callbacks(execute=True):
        assert strong.delete(f"{FACTORS}{Factor.objects.get().pk}/").status_code == 204
    look_again()
    assert (strong.get(ME).status_code, other.get(ME).status_code) == (200, 401)
    assert (Factor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    assert "A second factor was removed: Phone." in mail.outbox[0].body
    assert AuditEntry.objects.filter(rule="instauth.factor.removed", decision="done").count() == 1


def test_removing_one_needs_a_factor_shown_a_moment_ago(strong: APIClient):
    factor = Factor.objects.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        look_again()
        assert code_of(strong.delete(f"{FACTORS}{factor.pk}/")) == (401, "step_up_needed")
        assert code_of(strong.post(CODES)) == (401, "step_up_needed")
    assert Factor.objects.count() == 1


def test_whoever_must_have_one_keeps_the_last(harare: Institution):
    registrar = make_person(email="r@tesc.test", password=PASSWORD, grants=[("registrar", harare)])
    app = make_app(registrar)
    client = bearer(second_step(app))
    assert code_of(client.delete(f"{FACTORS}{app.pk}/")) == (422, "last_factor")
    make_app(registrar, "Another")
    assert client.delete(f"{FACTORS}{app.pk}/").status_code == 204


def test_new_recovery_codes_void_the_older_ones(strong: APIClient, rudo: User):
    older = make_code(rudo)
    codes = strong.post(CODES).json()["data"]["recovery_codes"]
    assert all(re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", code) for code in codes)
    assert code_of(second(challenged(RUDO), older, "recovery")) == (401, "wrong_code")
    assert second(challenged(RUDO), codes[3], "recovery").status_code == 200
    assert codes[0] not in str(list(AuditEntry.objects.values()))


def test_recovery_codes_alone_are_no_factor(client: APIClient, rudo: User):
    person = make_person()
    assert code_of(client_of(person.actor).post(CODES)) == (422, "no_factor")
    assert RecoveryCode.objects.count() == 0


def test_factors_of_others_are_not_there(strong: APIClient):
    theirs = make_app(make_person())
    address = f"{FACTORS}{theirs.pk}/"
    assert code_of(strong.patch(address, {"name": "Mine"})) == (404, "not_found")
    assert code_of(strong.delete(address)) == (404, "not_found")
    assert code_of(strong.post(f"{address}confirm/", {"code": "123456"})) == (404, "not_found")
    theirs.refresh_from_db()
    assert theirs.name == "Phone"


def test_staff_who_act_as_a_person_neither_see_nor_touch_factors(rudo: User, harare: Institution):
    helper = client_of(replace(rudo.actor, behind=make_person().pk))
    factor = make_app(rudo)
    answers = [
        helper.get(FACTORS),
        helper.post(TOTP, {}),
        helper.post(CODES),
        helper.patch(f"{FACTORS}{factor.pk}/", {"name": "Mine"}),
        helper.delete(f"{FACTORS}{factor.pk}/"),
    ]
    assert [code_of(answer) for answer in answers] == [(403, "not_allowed")] * 5


def test_nobody_who_is_not_signed_in_sees_any(rudo: User):
    assert client_of().get(FACTORS).status_code == 401


def test_an_erased_person_keeps_no_factor(rudo: User, harare: Institution):
    make_app(rudo)
    make_code(rudo)
    erase([rudo], harare.pk)
    assert (Factor.objects.count(), RecoveryCode.objects.count()) == (0, 0)


@pytest.mark.parametrize("fields", [{"secret": None}, {"kind": "passkey"}])
def test_the_database_refuses_half_a_factor(rudo: User, fields: dict):
    with pytest.raises(IntegrityError), transaction.atomic():
        Factor.objects.create(**{"user": rudo, "kind": "totp", "name": "x", "secret": "ABC", **fields})
