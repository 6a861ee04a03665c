"""This file holds the tests of tokens in cookies: what a browser may do with them, and other sites may not."""

import pytest
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from instauth.models import Session
from users.factories import make_person
from users.models import User

PASSWORD = "correct horse battery staple"
SIGN_IN, REFRESH, SIGN_OUT, ME, OTHERS = (
    f"/api/v1/auth/{name}/" for name in ("sign-in", "refresh", "sign-out", "me", "sessions/revoke-others")
)
HERE = {"Sec-Fetch-Site": "same-origin"}
IN_COOKIES = {"X-Tokens-In": "cookies"}
FOREIGN = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


def sign_in(client: APIClient, headers=HERE):
    body = {"email": "rudo@tesc.test", "password": PASSWORD}
    return client.post(SIGN_IN, body, headers={**IN_COOKIES, **headers})


@pytest.fixture
def browser(rudo: User) -> APIClient:
    client = APIClient()
    assert sign_in(client).status_code == 200
    return client


def test_a_browser_gets_its_tokens_in_cookies_alone(rudo: User):
    answer = sign_in(APIClient())
    assert answer.json()["data"] == {"token_type": "Cookie", "expires_in": 600}
    access, refresh = answer.cookies["tesc-access"], answer.cookies["tesc-refresh"]
    assert (access["path"], refresh["path"]) == ("/", "/api/v1/auth/refresh/")
    assert all(one["httponly"] and one["samesite"] == "Strict" and not one["domain"] for one in (access, refresh))


def test_with_tls_cookies_are_secure_and_bound_to_the_host(rudo: User, settings):
    settings.PUBLIC_URL = "https://tesc.example.org"
    answer = sign_in(APIClient(), {"Origin": "https://tesc.example.org"})
    assert set(answer.cookies) == {"__Host-tesc-access", "__Secure-tesc-refresh", "tesc_device"}
    assert all(one["secure"] and not one["domain"] for one in answer.cookies.values())
    assert answer.cookies["__Host-tesc-access"]["path"] == "/"


def test_whoever_asks_for_none_gets_no_token_in_a_cookie(rudo: User):
    answer = APIClient().post(SIGN_IN, {"email": "rudo@tesc.test", "password": PASSWORD})
    assert set(answer.cookies) == {"tesc_device"}  # which signs nobody in
    assert "access_token" in answer.json()["data"]


def test_a_cookie_reads(browser: APIClient):
    assert browser.get(ME).json()["data"]["email"] == "rudo@tesc.test"


@pytest.mark.parametrize("headers", [HERE, {"Origin": "http://127.0.0.1:8000"}], ids=str)
def test_a_cookie_changes_things_from_our_own_pages(browser: APIClient, headers):
    assert browser.post(OTHERS, headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_cookie_changes_nothing_from_elsewhere(browser: APIClient, rudo: User, headers):
    answer = browser.post(SIGN_OUT, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "cross_origin")
    assert Session.objects.get().revoked_at is None
    entry = AuditEntry.objects.get(code="cross_origin")
    assert (entry.decision, entry.actor_id) == ("refused", rudo.pk)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_signs_nobody_in(rudo: User, headers):
    answer = sign_in(APIClient(), headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "cross_origin")
    assert not answer.cookies
    assert not Session.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.decision, entry.rule, entry.code) == ("refused", "instauth.cookie.used", "cross_origin")


def test_another_site_fills_no_log(rudo: User):
    assert {sign_in(APIClient(), {}).status_code for _ in range(5)} == {403}
    assert AuditEntry.objects.count() == 1


def test_another_site_renews_nothing_and_that_is_audited(browser: APIClient):
    assert browser.post(REFRESH, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert AuditEntry.objects.get(code="cross_origin").decision == "refused"


def test_a_bearer_token_comes_from_anywhere(rudo: User):
    tokens = APIClient().post(SIGN_IN, {"email": "rudo@tesc.test", "password": PASSWORD}).json()["data"]
    client = APIClient(headers={"Authorization": f"Bearer {tokens['access_token']}", "Origin": "https://app.example"})
    assert client.post(OTHERS).status_code == 200


def test_a_cookie_counts_for_nothing_beside_a_header(browser: APIClient):
    assert browser.get(ME, headers={"Authorization": "Bearer x"}).status_code == 401
    assert browser.get(ME, headers={"Authorization": "Basic cnVkbzp4"}).status_code == 401


def test_a_forged_cookie_is_refused(browser: APIClient):
    browser.cookies["tesc-access"] = "a.b.c"
    assert browser.get(ME).status_code == 401


def test_the_refresh_cookie_is_renewed(browser: APIClient):
    before = browser.cookies["tesc-refresh"].value
    answer = browser.post(REFRESH, headers=HERE)
    assert answer.json()["data"] == {"token_type": "Cookie", "expires_in": 600}
    assert browser.cookies["tesc-refresh"].value != before
    assert browser.get(ME).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_renews_nothing(browser: APIClient, headers):
    assert browser.post(REFRESH, headers=headers).status_code == 403
    assert browser.post(REFRESH, headers=HERE).status_code == 200


def test_a_renewal_without_any_token_says_so():
    assert APIClient().post(REFRESH, {}).json()["errors"][0]["field"] == "refresh_token"


def test_signing_out_takes_the_cookies_back(browser: APIClient):
    answer = browser.post(SIGN_OUT, headers=HERE)
    assert {name: (one.value, one["max-age"]) for name, one in answer.cookies.items()} == {
        "tesc-access": ("", 0),
        "tesc-refresh": ("", 0),
    }
    assert Session.objects.get().revoked_because == "signed_out"


def test_no_other_origin_is_let_read(browser: APIClient):
    answer = browser.get(ME, headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
