"""This file holds what the provider refuses: attacks of RFC 9700 that can be tried on it, and malformed requests."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from core.audit.models import AuditEntry
from core.testing.fixtures import client_of
from faculties.models import Institution
from instauth.oauth.models import AuthorizationCode, Client, ClientAccess
from instauth.oauth.redirects import is_registrable, matches
from instauth.oauth.rules import revoke_consent
from instauth.sessions.rules import Tokens, begin_session, end_session
from instauth.support.rules import begin_support
from instauth.tests.oauth_lab import (
    AUTHORIZE,
    REDIRECT,
    TOKEN,
    answer_in,
    ask,
    asked_by,
    bearer,
    browser_of,
    code_for,
    look_again,
    make_client,
    post,
    redeem,
    renew,
    session_of,
    signed_in,
    tokens_for,
)
from users.factories import make_person
from users.models import User

STUDENTS = "/api/v1/students/"
LOOPBACK = "http://127.0.0.1/callback"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_keys")]


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("registrar", harare)])


@pytest.fixture
def app(harare: Institution) -> Client:
    return make_client(harare)


def assert_refused(answer: Any, error: str = "invalid_grant", status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "access_token" not in answer.json()


# --- Redirect addresses that almost match (RFC 9700, 4.1) ---
@pytest.mark.parametrize(
    "almost",
    [
        "https://app.example.org/callback/",
        "https://app.example.org/Callback",
        "https://app.example.org/callback?x=1",
        "https://app.example.org/callback#x",
        "https://app.example.org/callback%2F",
        "https://app.example.org/%63allback",
        "https://app.example.org/callback/../callback",
        "https://app.example.org/./callback",
        "https://app.example.org//callback",
        "https://app.example.org\\@evil.example/callback",
        "https://app.example.org:443/callback",
        "https://app.example.org:8443/callback",
        "https://user@app.example.org/callback",
        "https://app.example.org@evil.example/callback",
        "https://sub.app.example.org/callback",
        "https://app.example.org.evil.example/callback",
        "https://evil.example/callback",
        "https://APP.example.org/callback",
        "https://app.example.org./callback",
        "HTTPS://app.example.org/callback",
        "http://app.example.org/callback",
        "//app.example.org/callback",
        "/callback",
        "javascript:alert(1)//https://app.example.org/callback",
        " https://app.example.org/callback",
        "https://app.example.org/callback\n",
        "https://app.ex\u0430mple.org/callback",
        "",
        None,
    ],
)
def test_an_address_that_almost_matches_is_never_sent_to(rudo: User, app: Client, almost: str | None):
    for browser in (signed_in(rudo), Browser()):
        answer = ask(browser, app, redirect_uri=almost)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize(
    ("given", "is_good"),
    [
        ("http://127.0.0.1:49152/callback", True),
        ("http://127.0.0.1/callback", True),
        ("http://127.0.0.1:0/callback", False),
        ("http://127.0.0.1:65536/callback", False),
        ("http://127.0.0.1:٤٢/callback", False),
        ("http://127.0.0.1:80@evil.example/callback", False),
        ("http://127.0.0.1.evil.example/callback", False),
        ("http://127.0.0.2/callback", False),
        ("http://localhost:49152/callback", False),
        ("http://[::1]:49152/callback", False),
        ("https://127.0.0.1:49152/callback", False),
        ("http://127.0.0.1:49152/callback/", False),
        ("http://127.0.0.1:49152/callback#x", False),
        ("http://127.1/callback", False),
    ],
)
def test_only_the_port_is_free_on_loopback(given: str, is_good: bool):
    assert matches([LOOPBACK], given) is is_good


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        (REDIRECT, True),
        ("https://app.example.org:8443/callback?a=b", True),
        (LOOPBACK, True),
        ("http://[::1]/callback", True),
        ("http://app.example.org/callback", False),
        ("http://localhost/callback", False),
        ("https://*.example.org/callback", False),
        ("https://app.example.org/callback#x", False),
        ("https://user:secret@app.example.org/callback", False),
        ("https://app.example.org/a/../callback", False),
        ("https://app.example.org/a/%2e%2e/callback", False),
        ("https://app.example.org\\callback", False),
        ("https://APP.example.org/callback", False),
        ("https://localhost/callback", False),
        ("https://192.168.0.1/callback", False),
        ("https://app.example.org:99999/callback", False),
        ("https:///callback", False),
        ("com.example.app:/callback", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("", False),
    ],
)
def test_what_may_be_registered(address: str, is_good: bool):
    assert is_registrable(address) is is_good


# --- Requests that go back with an error ---
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unauthorized_client"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid students.add_student"}, "invalid_scope"),
        ({"scope": "openid users.add_grant"}, "invalid_scope"),
        ({"nonce": "n" * 256}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
    ids=str,
)
def test_a_wrong_request_goes_back_with_an_error(rudo: User, app: Client, changes: dict, error: str):
    answer = answer_in(ask(signed_in(rudo), app, **changes))
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "af0ifjsldkj", settings.PUBLIC_URL)
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("client_id", [None, "", "x", "019a0000-0000-7000-8000-000000000000", "1" * 5000])
def test_an_unknown_client_is_sent_nowhere(rudo: User, app: Client, client_id: str | None):
    answer = ask(signed_in(rudo), app, client_id=client_id)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge", "response_type"])
def test_a_parameter_that_comes_twice_is_refused(rudo: User, app: Client, name: str):
    query = list(asked_by(app).items())
    query.append((name, "https://evil.example/" if name == "redirect_uri" else "other"))
    answer = signed_in(rudo).get(f"{AUTHORIZE}?{urlencode(query)}")
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_a_response_mode_of_the_attackers_is_not_taken(rudo: User, app: Client):
    location = ask(signed_in(rudo), app, prompt="none", response_mode="fragment").headers["Location"]
    assert location.startswith(f"{REDIRECT}?error=")


def test_a_system_asks_nobody(rudo: User, harare: Institution):
    assert ask(signed_in(rudo), make_client(harare, "system")).status_code == 400


def test_a_decision_without_our_token_is_refused(rudo: User, app: Client):
    answer = signed_in(rudo).post(f"{AUTHORIZE}?{urlencode(asked_by(app))}", {"decision": "allow"})
    assert answer.status_code == 403
    assert not AuthorizationCode.objects.exists()


def test_the_page_is_shown_in_no_frame(rudo: User, app: Client):
    page = ask(signed_in(rudo), app)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_staff_that_acts_as_a_person_lets_nobody_in(rudo: User, harare: Institution):
    app, student = make_client(harare), make_person(grants=[("student", harare)])
    helper = make_person(grants=[("institution-administrator", harare)])
    begin_support(helper.actor.within(harare.pk), person=student, reason="Help.")
    browser = browser_of(Tokens(session_of(student), "", ""))
    assert answer_in(ask(browser, app))["error"] == "access_denied"


# --- Codes ---
def test_a_code_used_twice_revokes_what_the_first_gave(rudo: User, app: Client):
    code = code_for(signed_in(rudo), app)
    tokens = redeem(app, code).json()
    assert bearer(tokens["access_token"]).get(STUDENTS).status_code == 200
    assert_refused(redeem(app, code))
    look_again()
    assert bearer(tokens["access_token"]).get(STUDENTS).status_code == 401
    assert_refused(renew(app, tokens["refresh_token"]))
    assert ClientAccess.objects.get().ended_because == "code_reused"
    assert AuditEntry.objects.filter(rule="instauth.client_access.ended").count() == 1


def test_a_code_lasts_a_minute(rudo: User, app: Client):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        code = code_for(signed_in(rudo), app)
        clock.shift(timedelta(seconds=60))
        assert_refused(redeem(app, code))


def test_a_code_of_another_client_is_refused_and_stays_good(rudo: User, app: Client, harare: Institution):
    code = code_for(signed_in(rudo), app)
    assert_refused(redeem(make_client(harare, name="Thief"), code))
    assert redeem(app, code).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v" * 42}, "invalid_grant"),
        ({"code_verifier": "é" * 43}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": REDIRECT + "/"}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"code": "nothing"}, "invalid_grant"),
        ({"code": "\U0001f600"}, "invalid_grant"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password", "username": "rudo", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "openid"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "unsupported_grant_type"),
    ],
    ids=str,
)
def test_a_wrong_redemption_is_refused(rudo: User, app: Client, changes: dict, error: str):
    code = code_for(signed_in(rudo), app)
    assert_refused(redeem(app, code, **changes), error)
    assert not ClientAccess.objects.exists()


def test_a_code_goes_with_the_session_in_which_it_was_given(rudo: User, app: Client):
    code = code_for(signed_in(rudo), app)
    end_session(session_of(rudo))
    assert_refused(redeem(app, code))


def test_a_code_goes_with_the_consent(rudo: User, app: Client):
    code = code_for(signed_in(rudo), app)
    revoke_consent(rudo.actor, rudo.consents.get().pk)
    assert_refused(redeem(app, code))


# --- Clients ---
def test_a_wrong_secret_is_refused(rudo: User, app: Client):
    code = code_for(signed_in(rudo), app)
    for secret in ("wrong", "", "x" * 5000, "é"):
        app.secret = secret
        answer = redeem(app, code)
        assert_refused(answer, "invalid_client", 401)
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="tesc"'
    assert AuditEntry.objects.filter(decision="refused", code="invalid_client").count() >= 3


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic eDp5", "Bearer x", "Digest x"])
def test_credentials_of_another_form_are_refused(app: Client, header: str):
    body = f"grant_type=client_credentials&client_id={app.client_id}"
    answer = Browser(headers={"Authorization": header}).post(
        TOKEN, body, content_type="application/x-www-form-urlencoded"
    )
    assert_refused(answer, "invalid_client", 401)


def test_a_confidential_client_can_not_leave_its_secret_out(rudo: User, app: Client):
    code = code_for(signed_in(rudo), app)
    app.secret = None
    assert_refused(redeem(app, code), "invalid_client", 401)


def test_a_public_client_has_no_credentials_of_its_own(harare: Institution):
    public = make_client(harare, "public")
    assert_refused(post(TOKEN, {"grant_type": "client_credentials"}, public), "invalid_client", 401)
    guessed = {"grant_type": "client_credentials", "client_id": public.client_id, "client_secret": "x"}
    assert_refused(post(TOKEN, guessed), "invalid_client", 401)


def test_a_system_gets_no_more_than_it_was_approved_for(harare: Institution):
    system = make_client(harare, "system")
    form = {"grant_type": "client_credentials", "scope": "students.view_student students.add_student"}
    assert_refused(post(TOKEN, form, system), "invalid_scope")
    proposed = make_client(harare, "system", status="proposed", approved_at=None)
    assert_refused(post(TOKEN, {"grant_type": "client_credentials"}, proposed), "invalid_client", 401)


# --- Refresh tokens ---
def test_a_refresh_token_used_twice_ends_the_family(rudo: User, app: Client):
    first = tokens_for(rudo, app)
    second = renew(app, first["refresh_token"]).json()
    assert_refused(renew(app, first["refresh_token"]))
    look_again()
    assert bearer(second["access_token"]).get(STUDENTS).status_code == 401
    assert_refused(renew(app, second["refresh_token"]))
    assert ClientAccess.objects.get().ended_because == "token_reused"


def test_a_refresh_token_of_another_client_is_refused_and_stays_good(rudo: User, app: Client, harare: Institution):
    token = tokens_for(rudo, app)["refresh_token"]
    assert_refused(renew(make_client(harare, name="Thief"), token))
    assert renew(app, token).status_code == 200


@pytest.mark.parametrize("scope", ["openid students.add_student", "users.add_grant", "openid users.view_user"])
def test_a_renewal_never_widens(rudo: User, app: Client, scope: str):
    tokens = tokens_for(rudo, app, scope="openid offline_access")
    assert_refused(renew(app, tokens["refresh_token"], scope=scope), "invalid_scope")
    assert_refused(renew(app, tokens["refresh_token"], scope="openid students.view_student"), "invalid_scope")


def test_tokens_of_our_own_sessions_are_no_refresh_tokens_of_clients(rudo: User, app: Client):
    own, tokens = begin_session(rudo, "test"), tokens_for(rudo, app)
    for token in (own.refresh, own.access, tokens["access_token"]):
        assert_refused(renew(app, token))
    answer = client_of().post("/api/v1/auth/refresh/", {"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_eight_renewals_at_once_one_succeeds_and_the_family_ends(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)

    def race(_: int) -> Any:
        try:
            return renew(app, tokens["refresh_token"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(race, range(8)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert all(answer.json()["error"] == "invalid_grant" for answer in answers if answer.status_code != 200)
    assert_refused(renew(app, won[0]["refresh_token"]))


# --- Forms ---
@pytest.mark.parametrize("address", ["token", "revoke", "introspect"])
@pytest.mark.parametrize(
    ("query", "body", "content_type"),
    [
        ("?client_id=x", "token=x", "application/x-www-form-urlencoded"),
        ("", '{"token": "x"}', "application/json"),
        ("", "token=x&token=y", "application/x-www-form-urlencoded"),
        ("", "token=%00", "application/x-www-form-urlencoded"),
        ("", "token=%ff", "application/x-www-form-urlencoded"),
        ("", "grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        ("", "token=" + "x" * 70_000, "application/x-www-form-urlencoded"),
        ("", "&".join(f"a{number}=1" for number in range(60)), "application/x-www-form-urlencoded"),
        ("", "", "application/x-www-form-urlencoded"),
    ],
    ids=["query", "json", "twice", "nul", "bytes", "two grants", "long", "many", "empty"],
)
def test_a_malformed_form_is_refused(address: str, query: str, body: str, content_type: str):
    answer = Browser().post(f"/oauth/{address}/{query}", body, content_type=content_type)
    assert_refused(answer, "invalid_request")


@pytest.mark.parametrize("name", ["client", "user", "scopes", "access_token", "extra_credentials", "request"])
def test_a_parameter_that_names_an_attribute_changes_nothing(rudo: User, app: Client, name: str):
    code = code_for(signed_in(rudo), app)
    answer = redeem(app, code, **{name: "users.add_grant"})
    assert answer.status_code == 200
    assert set(answer.json()["scope"].split()) == set(app.scopes)


def test_a_get_gives_no_token():
    assert Browser().get(TOKEN).status_code == 405
