"""This file holds what tests of the provider begin with: a person, their browser, and clients of three kinds."""

import hashlib
import secrets
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone
from rest_framework.test import APIClient

from core.freshness.watch import watch
from faculties.models import Institution
from instauth.oauth.models import Client
from instauth.oauth.rules import renew_secret
from instauth.pages.browser import PAGE, named
from instauth.sessions.models import Session
from instauth.sessions.rules import Tokens, begin_session
from instauth.tokens.refresh import digest_of
from users.models import User

AUTHORIZE, TOKEN, REVOKE, INTROSPECT, USERINFO = (
    f"/oauth/{name}/" for name in ("authorize", "token", "revoke", "introspect", "userinfo")
)
REDIRECT = "https://app.example.org/callback"
VERIFIER = "v" * 43
SCOPES = ["openid", "profile", "email", "offline_access", "students.view_student"]


def make_client(institution: Institution | None, kind: str = "confidential", **fields: Any) -> Client:
    """An approved client; what it knows of its secret is on `secret`."""
    of_system = kind == Client.Kind.SYSTEM
    fields = {
        "name": "Campus App",
        "redirect_uris": [] if of_system else [REDIRECT],
        "scopes": ["students.view_student"] if of_system else SCOPES,
        "status": "active",
        "approved_at": timezone.now(),
        **fields,
    }
    client = Client(institution=institution, kind=kind, **fields)
    if kind != Client.Kind.PUBLIC:
        renew_secret(client)
    return client.save_checked()


def browser_of(tokens: Tokens) -> Browser:
    """A browser in which the person of a session is signed in. It checks for forged requests, as ours do."""
    browser, token = Browser(enforce_csrf_checks=True), secrets.token_urlsafe(32)
    Session.objects.filter(pk=tokens.session.pk).update(page_digest=digest_of(token))
    browser.cookies[named(PAGE)] = token
    return browser


def signed_in(user: User) -> Browser:
    return browser_of(begin_session(user, "Firefox", methods=("pwd", "otp")))


def session_of(user: User) -> Session:
    return Session.objects.filter(user=user).latest("id")


def challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def asked_by(client: Client, **changes: Any) -> dict[str, str]:
    """An authorization request; None leaves a parameter out."""
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": REDIRECT,
        "scope": " ".join(client.scopes),
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in query.items() if value is not None}


def ask(browser: Browser, client: Client, **changes: Any) -> Any:
    return browser.get(AUTHORIZE, asked_by(client, **changes))


def decide(browser: Browser, client: Client, decision: str = "allow", **changes: Any) -> Any:
    """Read the page, and press one of its buttons."""
    shown = ask(browser, client, **changes)
    assert shown.status_code == 200, shown.content
    form = {"csrfmiddlewaretoken": browser.cookies[settings.CSRF_COOKIE_NAME].value, "decision": decision}
    return browser.post(f"{AUTHORIZE}?{urlencode(asked_by(client, **changes))}", form)


def answer_in(response: Any, redirect_uri: str = REDIRECT) -> dict[str, str]:
    """What the browser takes back to the client."""
    assert response.status_code == 303, response.content
    address, _, query = response.headers["Location"].partition("?")
    assert address == redirect_uri
    return dict(parse_qsl(query))


def code_for(browser: Browser, client: Client, **changes: Any) -> str:
    return answer_in(decide(browser, client, **changes), changes.get("redirect_uri", REDIRECT))["code"]


def post(address: str, form: dict[str, Any], client: Client | None = None) -> Any:
    """A form, by a client that shows its secret if it has one."""
    headers = {}
    if client is not None and client.secret:
        headers["Authorization"] = "Basic " + b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
    elif client is not None:
        form = {"client_id": client.client_id, **form}
    form = {name: value for name, value in form.items() if value is not None}
    content_type = "application/x-www-form-urlencoded"
    return Browser(headers=headers).post(address, urlencode(form), content_type=content_type)


def redeem(client: Client, code: str, /, **changes: Any) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return post(TOKEN, {**form, **changes}, client)


def renew(client: Client, refresh_token: str, /, **changes: Any) -> Any:
    return post(TOKEN, {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}, client)


def tokens_for(user: User, client: Client, **changes: Any) -> dict[str, Any]:
    answer = redeem(client, code_for(signed_in(user), client, **changes))
    assert answer.status_code == 200, answer.content
    return answer.json()


def bearer(token: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def look_again() -> None:
    """As if half a second had passed: the process asks what changed."""
    watch.looked_at = float("-inf")


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
