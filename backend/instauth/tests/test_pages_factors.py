"""This file holds the tests of the pages of second factors: to show one, to add one, to have to add one."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.audit.models import AuditEntry
from instauth.factors.models import Factor, RecoveryCode
from instauth.models import Session
from instauth.tests.factor_lab import PASSWORD, make_app, make_code, shown_by, wrong_for
from users.factories import make_person
from users.models import User

SIGN_IN, SECOND, CONFIRM, FACTORS, NEW, CODES = (
    f"/account/{name}/"
    for name in ("sign-in", "sign-in/second", "confirm", "factors", "factors/new", "factors/recovery-codes")
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


def first_step(email: str = "rudo@tesc.test", **more: str) -> Client:
    client = Client()
    client.post(SIGN_IN, {"email": email, "password": PASSWORD, **more})
    return client


def signed_in_strongly(user: User) -> tuple[Client, Factor]:
    factor = make_app(user)
    client = first_step(user.email)
    assert client.post(SECOND, {"code": shown_by(factor.secret)}).status_code == 303
    return client, factor


def wait_out_the_step_up() -> None:
    Session.objects.update(strong_at=timezone.now() - timedelta(minutes=6))


def test_whoever_has_a_factor_is_asked_for_it_and_goes_on_where_they_wanted(rudo: User):
    factor, client = make_app(rudo), Client()
    first = client.post(SIGN_IN, {"email": rudo.email, "password": PASSWORD, "next": "/account/devices/"})
    assert first.headers["Location"] == f"{SECOND}?next=%2Faccount%2Fdevices%2F"
    assert "tesc-page" not in client.cookies
    assert not Session.objects.exists()
    second = client.post(SECOND, {"code": shown_by(factor.secret), "next": "/account/devices/"})
    assert second.headers["Location"] == "/account/devices/"
    assert client.get("/account/devices/").status_code == 200
    assert Session.objects.get().strong_at is not None


def test_a_recovery_code_stands_in(rudo: User):
    make_app(rudo)
    code = make_code(rudo)
    assert first_step().post(SECOND, {"code": code.upper()}).status_code == 303


def test_a_wrong_code_is_told_and_counted(rudo: User):
    factor = make_app(rudo)
    page = first_step().post(SECOND, {"code": wrong_for(factor.secret)})
    assert page.status_code == 401
    assert "This code is wrong, or was used before." in page.content.decode()
    assert AuditEntry.objects.filter(code="wrong_code").count() == 1
    assert not Session.objects.exists()


def test_the_second_step_alone_lets_nobody_in(rudo: User):
    factor = make_app(rudo)
    assert Client().get(SECOND).headers["Location"] == SIGN_IN
    assert Client().post(SECOND, {"code": shown_by(factor.secret)}).status_code == 401
    assert not Session.objects.exists()


def test_a_person_adds_an_app_and_gets_recovery_codes(rudo: User):
    client = first_step()
    begun = client.post(NEW, {"name": "Phone"}).content.decode()
    assert "<svg" in begun
    secret = re.search(r'id="secret">(\w+)<', begun)[1]
    action = re.search(r'action="(/account/factors/[0-9a-f-]+/)"', begun)[1]
    assert client.post(action, {"code": wrong_for(secret)}).status_code == 422
    assert secret not in client.get(action).content.decode()
    done = client.post(action, {"code": shown_by(secret)}).content.decode()
    assert len(re.findall(r"<li>[a-z2-7-]{29}</li>", done)) == RecoveryCode.objects.count() == 10
    assert Factor.objects.ready().get().name == "Phone"
    assert "Phone" in client.get(FACTORS).content.decode()


def test_nobody_confirms_the_app_of_another(rudo: User):
    theirs = make_app(make_person(email="tatenda@tesc.test"), confirmed_at=None)
    page = first_step().post(f"{FACTORS}{theirs.pk}/", {"code": shown_by(theirs.secret)})
    assert page.status_code == 404
    theirs.refresh_from_db()
    assert theirs.confirmed_at is None


def test_removing_a_factor_asks_for_one_shown_a_moment_ago(rudo: User):
    client, factor = signed_in_strongly(rudo)
    wait_out_the_step_up()
    answer = client.post(FACTORS, {"factor": str(factor.pk)})
    assert answer.headers["Location"] == f"{CONFIRM}?next=%2Faccount%2Ffactors%2F"
    confirmed = client.post(CONFIRM, {"code": shown_by(factor.secret, 1), "next": FACTORS})
    assert confirmed.headers["Location"] == FACTORS
    assert client.post(FACTORS, {"factor": str(factor.pk)}).headers["Location"] == FACTORS
    assert not Factor.objects.exists()


def test_a_code_does_not_confirm_twice(rudo: User):
    client, factor = signed_in_strongly(rudo)
    wait_out_the_step_up()
    page = client.post(CONFIRM, {"code": shown_by(factor.secret)})
    assert page.status_code == 422
    assert client.get(CODES).status_code == 303


def test_new_recovery_codes_make_the_older_ones_void(rudo: User):
    client, _factor = signed_in_strongly(rudo)
    older = make_code(rudo)
    page = client.post(CODES).content.decode()
    assert len(re.findall(r"<li>[a-z2-7-]{29}</li>", page)) == 10
    assert older not in page
    assert first_step().post(SECOND, {"code": older}).status_code == 401


@pytest.mark.parametrize("address", ["/account/", "/account/devices/"])
def test_whose_role_asks_for_a_factor_adds_one_before_anything_else(address: str):
    admin = make_person(email="admin@tesc.test", password=PASSWORD, grants=[("national-administrator", None)])
    client = first_step(admin.email)
    assert client.get(address).headers["Location"] == FACTORS
    assert client.post(address).headers["Location"] == FACTORS
    assert "Your role asks for a second factor." in client.get(FACTORS).content.decode()
    assert client.get(NEW).status_code == 200
    assert client.post("/account/sign-out/").status_code == 303
