"""This file holds the tests of the pages with passkeys. One is made of software; test_browser.py has a real one."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.audit.models import AuditEntry
from instauth.attempts.counting import Limit
from instauth.factors.models import Factor, Question
from instauth.models import Session
from instauth.pages.passkeys import SignInByPasskey
from instauth.tests.factor_lab import PASSWORD, make_app
from instauth.tests.passkey_lab import PRESENT, SoftPasskey
from users.factories import make_person
from users.models import User

SIGN_IN, SECOND, CONFIRM, FACTORS = (
    f"/account/{name}/" for name in ("sign-in", "sign-in/second", "confirm", "factors")
)
ALONE, SECOND_BY, CONFIRM_BY, ADD = (f"{page}passkey/" for page in (SIGN_IN, SECOND, CONFIRM, FACTORS))

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


@pytest.fixture
def browser(rudo: User) -> Client:
    """One in which Rudo is signed in by her password."""
    return first_step()


@pytest.fixture
def passkey(browser: Client) -> SoftPasskey:
    """A passkey that Rudo added in `browser`."""
    made = SoftPasskey()
    assert add(browser, made).status_code == 200
    return made


def first_step() -> Client:
    client = Client()
    client.post(SIGN_IN, {"email": "rudo@tesc.test", "password": PASSWORD})
    return client


def asked(client: Client, address: str) -> dict[str, Any]:
    """What the page gives to its script."""
    page = client.get(address)
    assert page.status_code == 200, page.content
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found
    return json.loads(unescape(found[1]))


def add(client: Client, passkey: SoftPasskey, name: str = "Laptop") -> Any:
    return client.post(ADD, {"name": name, "credential": json.dumps(passkey.made(asked(client, ADD)))})


def show(client: Client, address: str, passkey: SoftPasskey, **more: str) -> Any:
    return client.post(address, {"credential": json.dumps(passkey.shown(asked(client, address))), **more})


def wait_out_the_step_up() -> None:
    Session.objects.update(strong_at=timezone.now() - timedelta(minutes=6))


def test_a_person_adds_a_passkey_and_gets_recovery_codes(browser: Client):
    assert f'href="{ADD}"' in browser.get(FACTORS).content.decode()
    page = add(browser, SoftPasskey()).content.decode()
    assert len(re.findall(r"<li>[a-z2-7-]{29}</li>", page)) == 10
    assert Factor.objects.ready().get().name == "Laptop"
    assert add(browser, SoftPasskey(), "Phone").headers["Location"] == FACTORS
    assert Factor.objects.ready().count() == 2


def test_a_passkey_alone_signs_in_and_goes_on(passkey: SoftPasskey):
    client = Client()
    shown = client.get(SIGN_IN, {"next": "/account/devices/?x=1"}).content.decode()
    assert f'href="{ALONE}?next=%2Faccount%2Fdevices%2F%3Fx%3D1"' in shown
    assert show(client, ALONE, passkey, next="/account/devices/?x=1").headers["Location"] == "/account/devices/?x=1"
    assert client.get(CONFIRM).status_code == 200
    assert Session.objects.latest("id").strong_at is not None


def test_a_passkey_is_the_second_step(passkey: SoftPasskey):
    client = first_step()
    assert f'href="{SECOND_BY}"' in client.get(SECOND).content.decode()
    assert show(client, SECOND_BY, passkey).headers["Location"] == "/account/"


def test_who_has_no_passkey_is_not_led_to_one(browser: Client, rudo: User):
    make_app(rudo)
    assert SECOND_BY not in first_step().get(SECOND).content.decode()
    assert CONFIRM_BY not in browser.get(CONFIRM).content.decode()


def test_a_passkey_confirms_what_is_grave(browser: Client, passkey: SoftPasskey):
    wait_out_the_step_up()
    factor = str(Factor.objects.get().pk)
    assert browser.post(FACTORS, {"factor": factor}).headers["Location"] == f"{CONFIRM}?next=%2Faccount%2Ffactors%2F"
    led = browser.get(CONFIRM, {"next": FACTORS}).content.decode()
    assert f'href="{CONFIRM_BY}?next=%2Faccount%2Ffactors%2F"' in led
    assert show(browser, CONFIRM_BY, passkey, next=FACTORS).headers["Location"] == FACTORS
    assert browser.post(FACTORS, {"factor": factor}).headers["Location"] == FACTORS
    assert not Factor.objects.exists()


def test_another_passkey_is_added_only_after_one_was_shown_a_moment_ago(browser: Client, passkey: SoftPasskey):
    wait_out_the_step_up()
    for answer in (browser.get(ADD), browser.post(ADD, {"name": "Phone", "credential": "{}"})):
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            f"{CONFIRM}?next=%2Faccount%2Ffactors%2Fpasskey%2F",
        )


def test_the_first_one_is_added_only_after_a_sign_in_a_moment_ago(browser: Client):
    Session.objects.update(proved_at=timezone.now() - timedelta(minutes=6))
    page = browser.get(ADD)
    assert page.status_code == 401
    assert "Sign in anew" in page.content.decode()


@pytest.mark.parametrize("address", [ALONE, SECOND_BY, CONFIRM_BY])
def test_a_passkey_that_lies_is_refused(browser: Client, passkey: SoftPasskey, address: str):
    client = browser if address == CONFIRM_BY else first_step()
    wait_out_the_step_up()
    passkey.origin = "https://evil.example"
    page = show(client, address, passkey)
    assert page.status_code in (401, 422)
    assert "This passkey" in page.content.decode()
    assert AuditEntry.objects.filter(code="passkey_refused").count() == 1
    assert not Session.objects.filter(strong_at__gt=timezone.now() - timedelta(minutes=5)).exists()


def test_a_passkey_that_did_not_verify_its_person_is_not_added(browser: Client):
    page = add(browser, SoftPasskey(flags=PRESENT))
    assert page.status_code == 422
    assert not Factor.objects.exists()


def test_an_answer_is_taken_once(passkey: SoftPasskey):
    credential = json.dumps(passkey.shown(asked(Client(), ALONE)))
    assert Client().post(ALONE, {"credential": credential}).status_code == 303
    assert Client().post(ALONE, {"credential": credential}).status_code == 401


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "null", '"a"', "[" * 100_000, '{"a":' * 100_000, "\x00"], ids=range(8)
)
@pytest.mark.parametrize("address", [ALONE, ADD])
def test_what_no_browser_sends_is_refused(browser: Client, address: str, credential: str):
    client = browser if address == ADD else Client()
    page = client.post(address, {"name": "x", "credential": credential})
    assert page.status_code == 400
    assert "Passkey: " in page.content.decode()


@pytest.mark.parametrize(
    "credential", [{"id": 1}, {"response": {}}, {"id": "x", "rawId": "x", "response": []}], ids=range(3)
)
def test_an_answer_that_makes_no_sense_signs_nobody_in(rudo: User, credential: dict):
    page = Client().post(ALONE, {"credential": json.dumps(credential)})
    assert page.status_code == 401
    assert not Session.objects.exists()


def test_the_second_step_needs_the_first(passkey: SoftPasskey):
    assert Client().get(SECOND_BY).headers["Location"] == SIGN_IN
    credential = json.dumps(passkey.shown(asked(Client(), ALONE)))
    assert Client().post(SECOND_BY, {"credential": credential}).status_code == 401


def test_only_these_pages_let_script_in_and_only_our_own_file(browser: Client, passkey: SoftPasskey):
    for client, address in [(Client(), ALONE), (first_step(), SECOND_BY), (browser, CONFIRM_BY), (browser, ADD)]:
        page = client.get(address)
        policy = page.headers["Content-Security-Policy"].split("; ")
        assert "script-src 'self'" in policy
        assert [part for part in policy if "script" in part or "connect" in part] == ["script-src 'self'"]
        assert re.findall(r"<script[^>]*>[^<]*", page.content.decode()) == [
            '<script src="/static/instauth/passkey.js" defer>'
        ]
    for client, address in [(Client(), SIGN_IN), (first_step(), SECOND), (browser, CONFIRM), (browser, FACTORS)]:
        page = client.get(address)
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "<script" not in page.content.decode()


def test_a_page_says_how_to_go_on_without_script(browser: Client):
    page = Client().get(ALONE, {"next": "/account/devices/"}).content.decode()
    assert "Passkeys need script" in page
    assert re.search(r'<form [^>]*id="passkey"[^>]* hidden>', page)
    assert f'href="{SIGN_IN}?next=%2Faccount%2Fdevices%2F"' in page


def test_a_question_is_kept_only_where_it_is_asked(rudo: User):
    Client().get(SIGN_IN)
    assert not Question.objects.exists()
    Client().get(ALONE)
    assert Question.objects.get().user is None


def test_one_network_asks_only_so_often(rudo: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SignInByPasskey, "rate", Limit(most=2, seconds=300), raising=False)
    assert [Client().get(ALONE).status_code for _ in range(3)] == [200, 200, 429]
    assert Question.objects.count() == 2
