"""This file holds clients of others that complete every flow against a running server.

Those for Node come by `make test-clients`; where they are not installed, their tests are left out of `make test`.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError as AuthlibRefused
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from joserfc import jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from pytest_django.live_server_helper import LiveServer
from requests_oauthlib import OAuth2Session

from faculties.models import Institution
from instauth.oauth.models import Client
from instauth.pages.browser import PAGE, named
from instauth.tests.oauth_lab import REDIRECT, SCOPES, make_client, signed_in
from instauth.tokens.keys import ring
from users.factories import make_person
from users.models import User

NODE = Path(__file__).parent / "node"
IS_REQUIRED = os.environ.get("TESC_CLIENTS") == "required"
LOOPBACK = "http://127.0.0.1:49152/callback"
SCOPE = " ".join(SCOPES)
TOKEN, STUDENTS, USERINFO, REVOKE = "/oauth/token/", "/api/v1/students/", "/oauth/userinfo/", "/oauth/revoke/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issuer(live_server: LiveServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a running server that knows itself by it."""
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # on loopback there is no TLS
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    ring.forget()
    return live_server.url


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("registrar", harare)])


@pytest.fixture
def app(harare: Institution) -> Client:
    return make_client(harare)


@pytest.fixture(autouse=True)
def closed_sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection that is kept keeps a thread of the server, and that one its connection to the database."""
    opened: list[requests.Session] = []
    begin = requests.Session.__init__

    def noted(session: requests.Session) -> None:
        begin(session)
        opened.append(session)

    monkeypatch.setattr(requests.Session, "__init__", noted)
    yield
    for session in opened:
        session.close()


def allow(user: User, address: str) -> str:
    """What a person at a browser does: read the page, press the button. The address that they are sent back to."""
    browser = requests.Session()
    browser.cookies.set(named(PAGE), signed_in(user).cookies[named(PAGE)].value)
    page = browser.get(address, allow_redirects=False)
    assert page.status_code == 200, page.text
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text.partition("<main")[2]))
    form = {"csrfmiddlewaretoken": token, "decision": "allow"}
    answer = browser.post(address, form, headers={"Origin": origin_of(address)}, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def described(issuer: str) -> dict[str, Any]:
    return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()


def test_authlib_completes_every_flow(issuer: str, rudo: User, app: Client):
    server = described(issuer)
    session = AuthlibSession(
        app.client_id, app.secret, scope=SCOPE, redirect_uri=REDIRECT, code_challenge_method="S256",
        token_endpoint=server["token_endpoint"],
    )  # fmt: skip
    verifier = "v" * 48
    address, state = session.create_authorization_url(
        server["authorization_endpoint"], code_verifier=verifier, nonce="n-0S6"
    )
    back = allow(rudo, address)
    token = session.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
    keys = KeySet.import_key_set(requests.get(server["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    assert (claims["sub"], claims["iss"], claims["aud"]) == (str(rudo.pk), issuer, app.client_id)
    assert claims["nonce"] == "n-0S6"
    assert session.get(issuer + STUDENTS).status_code == 200
    assert session.get(server["userinfo_endpoint"]).json()["email"] == "rudo@tesc.test"
    renewed = session.refresh_token(server["token_endpoint"])
    assert session.get(issuer + STUDENTS).status_code == 200
    seen = session.introspect_token(server["introspection_endpoint"], token=renewed["access_token"])
    assert seen.json()["active"] is True
    assert session.revoke_token(server["revocation_endpoint"], token=renewed["refresh_token"]).status_code == 200
    with pytest.raises(AuthlibRefused, match="invalid_grant"):
        session.refresh_token(server["token_endpoint"], refresh_token=renewed["refresh_token"])


def test_authlib_comes_as_a_system(issuer: str, harare: Institution):
    system = make_client(harare, "system")
    session = AuthlibSession(system.client_id, system.secret, token_endpoint_auth_method="client_secret_post")
    session.fetch_token(issuer + TOKEN, grant_type="client_credentials")
    assert session.get(issuer + STUDENTS).status_code == 200


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_requests_oauthlib_completes_every_flow(issuer: str, rudo: User, harare: Institution, kind: str):
    app = make_client(harare, kind, redirect_uris=[LOOPBACK])
    server = described(issuer)
    session = OAuth2Session(app.client_id, scope=SCOPES, redirect_uri=LOOPBACK, pkce="S256")
    address, _ = session.authorization_url(server["authorization_endpoint"])
    back = allow(rudo, address)
    proof = {"client_secret": app.secret} if app.secret else {"include_client_id": True}
    token = session.fetch_token(server["token_endpoint"], authorization_response=back, **proof)
    assert session.get(issuer + STUDENTS).status_code == 200
    assert session.get(issuer + USERINFO).json()["name"] == "Rudo Ncube"
    shown = (app.client_id, app.secret) if app.secret else None
    extra = {} if app.secret else {"client_id": app.client_id}
    session.refresh_token(server["token_endpoint"], auth=shown, **extra)
    assert session.get(issuer + STUDENTS).status_code == 200
    with pytest.raises(InvalidGrantError):
        session.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"], auth=shown, **extra)


def test_requests_oauthlib_comes_as_a_system(issuer: str, harare: Institution):
    system = make_client(harare, "system")
    session = OAuth2Session(client=BackendApplicationClient(client_id=system.client_id, scope=system.scopes))
    session.fetch_token(issuer + TOKEN, client_secret=system.secret)
    assert session.get(issuer + STUDENTS).status_code == 200


@pytest.mark.skipif(not (IS_REQUIRED or (NODE / "node_modules").exists()), reason="make test-clients brings them")
@pytest.mark.parametrize("name", ["openid-client", "oauth4webapi"])
def test_a_client_for_node_completes_every_flow(issuer: str, rudo: User, app: Client, harare: Institution, name: str):
    public = make_client(harare, "public", redirect_uris=["http://127.0.0.1/callback"])
    system = make_client(harare, "system")
    given = {
        "issuer": issuer,
        "person": str(rudo.pk),
        "email": rudo.email,
        "cookie": f"{named(PAGE)}={signed_in(rudo).cookies[named(PAGE)].value}",
        "confidential": {"id": app.client_id, "secret": app.secret, "redirect": REDIRECT},
        "public": {"id": public.client_id, "redirect": LOOPBACK},
        "system": {"id": system.client_id, "secret": system.secret},
    }
    done = subprocess.run(
        [shutil.which("node") or "node", f"{name}.mjs", json.dumps(given)],
        cwd=NODE,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "every flow"), done.stderr
