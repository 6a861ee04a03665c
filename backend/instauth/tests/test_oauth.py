"""This file holds the tests of the OAuth 2 and OpenID Connect provider: what it gives, and how that ends."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.actor import Actor, Reach
from core.audit.models import AuditEntry
from core.http.routes import all_routes
from core.ids import uuid7
from core.testing.fixtures import client_of
from faculties.factories import make_institution
from faculties.models import Institution
from instauth.oauth.models import AuthorizationCode, Client, ClientAccess, ClientToken, Consent
from instauth.oauth.scopes import OF_IDENTITY, all_scopes, codes_of, narrowed
from instauth.oauth.tasks import prune
from instauth.sessions.rules import begin_session, end_other_sessions, end_session
from instauth.tests.oauth_lab import (
    INTROSPECT,
    REDIRECT,
    REVOKE,
    SCOPES,
    TOKEN,
    USERINFO,
    answer_in,
    ask,
    bearer,
    browser_of,
    code_for,
    decide,
    look_again,
    make_client,
    post,
    redeem,
    renew,
    session_of,
    signed_in,
    tokens_for,
)
from users.accounts.rules import deactivate_user
from users.factories import make_grant, make_person, make_role
from users.models import User
from users.roles.rules import end_grant

ME, STUDENTS, CLIENTS, CONSENTS = (
    f"/api/v1/{path}/" for path in ("auth/me", "students", "auth/clients", "auth/consents")
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_keys")]


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", grants=[("registrar", harare)])


@pytest.fixture
def admin(harare: Institution) -> User:
    return make_person(grants=[("institution-administrator", harare), ("registrar", harare)])


@pytest.fixture
def nation() -> User:
    return make_person(grants=[("national-administrator", None)])


@pytest.fixture
def app(harare: Institution) -> Client:
    return make_client(harare)


# --- The code flow ---
def test_a_person_lets_a_client_in(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert set(tokens["scope"].split()) == set(SCOPES)
    assert bearer(tokens["access_token"]).get(STUDENTS).status_code == 200


def test_the_page_says_who_asks_for_what(rudo: User, app: Client):
    page = ask(signed_in(rudo), app)
    text = page.content.decode()
    assert "Let Campus App in?" in text
    assert "Rudo Ncube (rudo@tesc.test)" in text
    assert "See students." in text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://app.example.org;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_a_name_on_the_page_is_text(rudo: User, harare: Institution):
    app = make_client(harare, name="<script>alert(1)</script>")
    assert b"<script>" not in ask(signed_in(rudo), app).content


def test_the_answer_carries_state_and_issuer(rudo: User, app: Client):
    answer = answer_in(decide(signed_in(rudo), app))
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("af0ifjsldkj", settings.PUBLIC_URL)


def test_a_person_says_no(rudo: User, app: Client):
    answer = answer_in(decide(signed_in(rudo), app, "deny"))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "af0ifjsldkj", settings.PUBLIC_URL)
    assert not Consent.objects.exists()
    assert not AuthorizationCode.objects.exists()


def test_whoever_is_not_signed_in_signs_in_first(app: Client):
    answer = ask(APIClient(), app)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(
        "/account/sign-in/?next=%2Foauth%2Fauthorize%2F%3Fresponse_type%3Dcode"
    )


def test_a_consent_is_remembered(rudo: User, app: Client):
    browser = signed_in(rudo)
    code_for(browser, app)
    assert "code" in answer_in(ask(browser, app))
    assert ask(browser, app, prompt="consent").status_code == 200
    assert "code" in answer_in(ask(browser, app, scope="openid"))


def test_more_than_was_consented_to_is_asked_anew(rudo: User, app: Client):
    browser = signed_in(rudo)
    code_for(browser, app, scope="openid")
    assert ask(browser, app, scope="openid students.view_student").status_code == 200


def test_a_program_on_a_device_is_asked_for_each_time(rudo: User, harare: Institution):
    app = make_client(harare, "public", redirect_uris=["http://127.0.0.1/callback"])
    browser, there = signed_in(rudo), "http://127.0.0.1:49152/callback"
    code_for(browser, app, redirect_uri=there)
    assert ask(browser, app, redirect_uri=there).status_code == 200


def test_prompt_none_shows_no_page(rudo: User, app: Client):
    browser = signed_in(rudo)
    assert answer_in(ask(APIClient(), app, prompt="none"))["error"] == "login_required"
    assert answer_in(ask(browser, app, prompt="none"))["error"] == "consent_required"
    code_for(browser, app)
    assert "code" in answer_in(ask(browser, app, prompt="none"))


@pytest.mark.parametrize("how", [{"prompt": "login"}, {"max_age": "60"}], ids=str)
def test_an_old_proof_of_who_they_are_is_refused(rudo: User, app: Client, how: dict):
    browser = signed_in(rudo)
    assert ask(browser, app, **how).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert answer_in(ask(browser, app, **how))["error"] == "login_required"


def test_the_id_token_says_who_signed_in(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)
    header = jwt.get_unverified_header(tokens["id_token"])
    keys = {key["kid"]: key for key in APIClient().get("/.well-known/jwks.json").json()["keys"]}
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    key = jwt.PyJWK(keys[header["kid"]])
    claims = jwt.decode(
        tokens["id_token"], key, algorithms=["ES256"], audience=app.client_id, issuer=settings.PUBLIC_URL
    )
    assert (claims["sub"], claims["nonce"], claims["amr"]) == (str(rudo.pk), "n-0S6_WzA2Mj", ["otp", "pwd"])
    assert claims["auth_time"] == int(session_of(rudo).proved_at.timestamp())
    assert claims["exp"] - claims["iat"] == 600
    assert not {"name", "email"} & set(claims)


def test_without_openid_there_is_no_id_token(rudo: User, app: Client):
    assert "id_token" not in tokens_for(rudo, app, scope="students.view_student")


def test_an_id_token_is_no_access_token(rudo: User, app: Client):
    id_token = tokens_for(rudo, app)["id_token"]
    assert bearer(id_token).get(ME).status_code == 401
    assert bearer(id_token).get(USERINFO).status_code == 401


def test_userinfo_shows_what_the_scopes_say(rudo: User, app: Client):
    whole = bearer(tokens_for(rudo, app)["access_token"]).get(USERINFO)
    assert whole.json() == {"sub": str(rudo.pk), "name": "Rudo Ncube", "email": "rudo@tesc.test"}
    little = bearer(tokens_for(rudo, app, scope="openid", prompt="consent")["access_token"]).get(USERINFO)
    assert little.json() == {"sub": str(rudo.pk)}


def test_userinfo_refuses_as_rfc_6750_says(rudo: User, app: Client):
    nobody = APIClient().get(USERINFO)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="tesc"')
    forged = bearer("a.b.c").get(USERINFO)
    assert 'error="invalid_token"' in forged.headers["WWW-Authenticate"]
    narrow = bearer(tokens_for(rudo, app, scope="students.view_student")["access_token"]).get(USERINFO)
    assert (narrow.status_code, "insufficient_scope" in narrow.headers["WWW-Authenticate"]) == (403, True)
    assert bearer(begin_session(rudo, "test").access).get(USERINFO).status_code == 401


def test_tokens_are_known_only_by_their_digest(rudo: User, app: Client):
    code = code_for(signed_in(rudo), app)
    tokens = redeem(app, code).json()
    kept = str(
        [list(model.objects.values()) for model in (AuthorizationCode, ClientAccess, ClientToken, Client, Consent)]
    )
    assert len(kept) > 500
    for secret in (code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"], app.secret):
        assert secret not in kept
        assert secret not in str(list(AuditEntry.objects.values()))


# --- Renewal ---
def test_a_refresh_token_is_rotated(rudo: User, app: Client):
    first = tokens_for(rudo, app)
    second = renew(app, first["refresh_token"])
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert bearer(second.json()["access_token"]).get(STUDENTS).status_code == 200


def test_without_offline_access_there_is_no_refresh_token_and_it_ends_with_the_session(rudo: User, app: Client):
    tokens = tokens_for(rudo, app, scope="openid students.view_student")
    assert "refresh_token" not in tokens
    client = bearer(tokens["access_token"])
    assert client.get(STUDENTS).status_code == 200
    end_session(session_of(rudo))
    look_again()
    assert client.get(STUDENTS).status_code == 401


def test_with_offline_access_it_outlasts_the_session_for_thirty_days(rudo: User, app: Client):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tokens = tokens_for(rudo, app)
        end_session(session_of(rudo))
        for _ in range(3):
            clock.shift(timedelta(days=9))
            tokens = renew(app, tokens["refresh_token"]).json()
        clock.shift(timedelta(days=3))
        assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_renewal_may_ask_for_less(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)
    less = renew(app, tokens["refresh_token"], scope="openid").json()
    assert less["scope"] == "openid"
    assert bearer(less["access_token"]).get(STUDENTS).status_code == 403


# --- What ends it ---
def test_signing_out_everywhere_ends_it(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)
    client = bearer(tokens["access_token"])
    assert client.get(STUDENTS).status_code == 200
    end_other_sessions(replace(rudo.actor, session=session_of(rudo).pk))
    look_again()
    assert client.get(STUDENTS).status_code == 401
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_deactivated_person_takes_it_along(rudo: User, app: Client, nation: User):
    tokens = tokens_for(rudo, app)
    client = bearer(tokens["access_token"])
    assert client.get(STUDENTS).status_code == 200
    deactivate_user(nation.actor, rudo)
    look_again()
    assert client.get(STUDENTS).status_code == 401
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_suspended_client_is_out_at_once(rudo: User, app: Client, admin: User):
    tokens = tokens_for(rudo, app)
    client = bearer(tokens["access_token"])
    assert client.get(STUDENTS).status_code == 200
    assert client_of(admin.actor).post(f"{CLIENTS}{app.pk}/suspend/").status_code == 200
    look_again()
    assert client.get(STUDENTS).status_code == 401
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert ask(signed_in(rudo), app).status_code == 400


def test_a_client_of_an_institution_that_is_shut_is_out(rudo: User, app: Client, harare: Institution):
    tokens = tokens_for(rudo, app)
    Institution.objects.filter(pk=harare.pk).update(status="suspended")
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_client"


def test_a_revoked_consent_ends_it(rudo: User, app: Client):
    tokens = tokens_for(rudo, app)
    client, person = bearer(tokens["access_token"]), client_of(rudo.actor)
    assert client.get(STUDENTS).status_code == 200
    (consent,) = person.get(CONSENTS).json()["data"]
    assert (consent["name"], consent["scopes"]) == ("Campus App", sorted(SCOPES))
    assert person.delete(f"{CONSENTS}{consent['id']}/").status_code == 204
    look_again()
    assert client.get(STUDENTS).status_code == 401
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert person.get(CONSENTS).json()["data"] == []
    assert ask(signed_in(rudo), app).status_code == 200


def test_nobody_revokes_the_consent_of_another(rudo: User, app: Client, admin: User):
    tokens_for(rudo, app)
    consent = Consent.objects.get()
    assert client_of(admin.actor).delete(f"{CONSENTS}{consent.pk}/").status_code == 404
    assert client_of(admin.actor).get(CONSENTS).json()["data"] == []
    consent.refresh_from_db()
    assert consent.revoked_at is None


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_client_ends_its_own_access(rudo: User, app: Client, which: str):
    tokens = tokens_for(rudo, app)
    assert post(REVOKE, {"token": tokens[which]}, app).status_code == 200
    look_again()
    assert bearer(tokens["access_token"]).get(STUDENTS).status_code == 401
    assert renew(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_client_ends_no_other_clients_access(rudo: User, app: Client, harare: Institution):
    tokens = tokens_for(rudo, app)
    other = make_client(harare, name="Other")
    for token in (tokens["access_token"], tokens["refresh_token"], "nothing"):
        assert post(REVOKE, {"token": token}, other).status_code == 200
    assert bearer(tokens["access_token"]).get(STUDENTS).status_code == 200


def test_introspection_tells_a_client_of_its_own_tokens_only(rudo: User, app: Client, harare: Institution):
    tokens = tokens_for(rudo, app)
    told = post(INTROSPECT, {"token": tokens["access_token"]}, app).json()
    assert (told["active"], told["sub"], told["client_id"]) == (True, str(rudo.pk), app.client_id)
    assert set(told["scope"].split()) == set(SCOPES)
    assert post(INTROSPECT, {"token": tokens["refresh_token"]}, app).json()["active"] is True
    other = make_client(harare, name="Other")
    for token in (tokens["access_token"], tokens["refresh_token"], begin_session(rudo, "test").access, "nothing"):
        assert post(INTROSPECT, {"token": token}, other).json() == {"active": False}
    public = make_client(harare, "public", name="Public")
    assert post(INTROSPECT, {"token": tokens["access_token"]}, public).status_code == 401
    post(REVOKE, {"token": tokens["access_token"]}, app)
    assert post(INTROSPECT, {"token": tokens["access_token"]}, app).json() == {"active": False}


# --- Systems ---
def test_a_system_reaches_its_institution_by_its_scopes(harare: Institution, mutare: Institution):
    system = make_client(harare, "system")
    answer = post(TOKEN, {"grant_type": "client_credentials"}, system)
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    client = bearer(answer.json()["access_token"])
    assert client.get(STUDENTS).status_code == 200
    assert client.post(STUDENTS, {}).status_code == 403
    assert client.get("/api/v1/academic/courses/").status_code == 403
    assert client.get(STUDENTS, headers={"X-Institution": "MUTARE"}).status_code == 400
    assert client.get(ME).status_code == 403
    assert client.get(USERINFO).status_code == 401


def test_a_system_renews_its_secret(harare: Institution, admin: User):
    system = make_client(harare, "system")
    answer = client_of(admin.actor).post(f"{CLIENTS}{system.pk}/replace-secret/")
    fresh = answer.json()["data"]["secret"]
    assert post(TOKEN, {"grant_type": "client_credentials"}, system).json()["error"] == "invalid_client"
    system.secret = fresh
    assert post(TOKEN, {"grant_type": "client_credentials"}, system).status_code == 200


# --- How far a client reaches ---
def test_a_client_reaches_no_further_than_its_institution(rudo: User, app: Client, mutare: Institution):
    make_grant(rudo, "registrar", mutare)
    client = bearer(tokens_for(rudo, app)["access_token"])
    assert [place["code"] for place in client.get(ME).json()["data"]["institutions"]] == ["HARARE"]
    assert client.get(STUDENTS, headers={"X-Institution": "MUTARE"}).status_code == 400


def test_a_client_of_the_nation_reaches_where_its_person_does(rudo: User, mutare: Institution):
    make_grant(rudo, "registrar", mutare)
    client = bearer(tokens_for(rudo, make_client(None))["access_token"])
    assert [place["code"] for place in client.get(ME).json()["data"]["institutions"]] == ["HARARE", "MUTARE"]


def test_a_client_may_what_its_scopes_say(rudo: User, app: Client):
    client = bearer(tokens_for(rudo, app)["access_token"])
    held = set(client.get(ME).json()["data"]["permissions"])
    assert held == codes_of(["students.view_student"]) & set(rudo.actor.reaches)
    assert client.post(STUDENTS, {}).status_code == 403


def test_whoever_loses_a_role_takes_it_along(rudo: User, app: Client, nation: User):
    client = bearer(tokens_for(rudo, app)["access_token"])
    assert client.get(STUDENTS).status_code == 200
    end_grant(nation.actor, rudo.grants.get())
    look_again()
    assert client.get(STUDENTS).status_code == 401


def test_no_client_reaches_what_is_a_persons_own(rudo: User, harare: Institution):
    app = make_client(harare, scopes=list(all_scopes()))
    client = bearer(tokens_for(rudo, app)["access_token"])
    reached = {
        (method, route.path)
        for route in all_routes()
        if route.path.startswith("api/v1/") and "<str" not in route.path
        for method, need in (route.needs or {}).items()
        if need == "signed in" and client.generic(method, address(route.path), data="{}").status_code != 403
    }
    assert reached == {("GET", "api/v1/auth/me/")}


def address(path: str) -> str:
    return "/" + path.replace("<uuid:pk>", "019a0000-0000-7000-8000-000000000000")


def test_whoever_needs_a_second_factor_shows_it_before_they_consent(nation: User, app: Client):
    weak = browser_of(begin_session(nation, "Firefox"))
    assert answer_in(ask(weak, app))["error"] == "access_denied"
    assert ask(signed_in(nation), app).status_code == 200


def test_whoever_comes_to_need_a_second_factor_is_asked_for_it(harare: Institution, app: Client):
    user = make_person(grants=[("student", harare)])
    tokens = redeem(app, code_for(browser_of(begin_session(user, "Firefox")), app)).json()
    make_grant(user, "national-administrator", None)
    answer = bearer(tokens["access_token"]).get(STUDENTS)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "second_factor_needed")


def test_no_client_does_what_asks_for_a_second_factor(harare: Institution, monkeypatch):
    boss = make_person(grants=[("institution-administrator", harare), ("registrar", harare)])
    codes = frozenset(boss.actor.reaches)
    monkeypatch.setattr("instauth.oauth.proving.codes_of", lambda scopes: codes)
    client = bearer(tokens_for(boss, make_client(harare))["access_token"])
    answer = client.post(CLIENTS, {"name": "X"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "not_allowed")


def test_scopes_are_generated_from_the_api():
    scopes, identity = all_scopes(), set(OF_IDENTITY)
    needed = {need for route in all_routes() for need in (route.needs or {}).values() if need and "." in need}
    lent = {code for code in needed if code.partition(".")[0] not in ("core", "users", "instauth")}
    assert lent <= set(scopes)
    assert len(lent) > 20
    assert not {scope for scope in scopes if scope.partition(".")[0] in ("core", "users", "instauth")}
    assert all(told.endswith(".") for told in scopes.values())
    assert codes_of([*scopes, "users.add_grant", "no.such"]) == set(scopes) - identity


PLACES = [uuid7() for _ in range(4)]
CODES = ["students.view_student", "students.add_student", "academic.view_mark", "users.add_grant"]
some_places = st.frozensets(st.sampled_from(PLACES))
reaches = st.builds(
    Reach, nation=st.booleans(), institutions=some_places, units=some_places, hosts=some_places, related=some_places
)
actors = st.builds(
    Actor, name=st.just("x"), reaches=st.dictionaries(st.sampled_from(CODES), reaches), strong_at=st.just(1.0)
)


@limits(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actors, st.frozensets(st.sampled_from(CODES)), st.none() | st.sampled_from(PLACES))
def test_narrowing_never_widens(actor, codes, institution):
    less = narrowed(actor, codes, institution)
    assert set(less.reaches) <= set(actor.reaches) & codes
    assert less.strong_at is None
    for code, reach in less.reaches.items():
        mine = actor.reach(code)
        assert mine.nation or (not reach.nation and reach.institutions <= mine.institutions)
        assert reach.units <= mine.units
        assert reach.hosts <= mine.hosts
        assert reach.related <= mine.related
        if institution:
            assert not reach.nation
            assert reach.touched <= {institution}
    assert narrowed(less, codes, institution) == less


# --- Clients ---
BODY = {
    "name": "Library",
    "kind": "confidential",
    "redirect_uris": [REDIRECT],
    "scopes": ["openid", "students.view_student"],
}


def test_a_client_is_registered_by_its_institution_and_approved_by_the_nation(admin: User, nation: User, rudo: User):
    made = client_of(admin.actor).post(CLIENTS, BODY)
    assert made.status_code == 201
    data = made.json()["data"]
    assert (data["status"], len(data["secret"])) == ("proposed", 43)
    app = Client.objects.get(pk=data["id"])
    assert ask(signed_in(rudo), app).status_code == 400
    assert client_of(admin.actor).post(f"{CLIENTS}{app.pk}/approve/").status_code == 403
    assert client_of(nation.actor).post(f"{CLIENTS}{app.pk}/approve/").json()["data"]["status"] == "active"
    assert ask(signed_in(rudo), app).status_code == 200


def test_a_secret_is_shown_once(admin: User):
    made = client_of(admin.actor).post(CLIENTS, BODY).json()["data"]
    shown = client_of(admin.actor).get(f"{CLIENTS}{made['id']}/").json()["data"]
    assert shown["secret"] is None
    assert made["secret"] not in str(list(Client.objects.values()))


def test_a_public_client_gets_no_secret(admin: User):
    made = client_of(admin.actor).post(CLIENTS, {**BODY, "kind": "public"}).json()["data"]
    assert made["secret"] is None
    refused = client_of(admin.actor).post(f"{CLIENTS}{made['id']}/replace-secret/")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "no_secret")


def test_a_change_of_what_decides_needs_the_approval_anew(admin: User, app: Client):
    client = client_of(admin.actor)
    row = f"{CLIENTS}{app.pk}/"
    assert client.patch(row, {"name": "Renamed"}).json()["data"]["status"] == "active"
    assert client.patch(row, {"redirect_uris": ["https://new.example.org/"]}).json()["data"]["status"] == "proposed"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"scopes": ["openid", "marks.forge"]}, 422, "unknown_scope"),
        ({"scopes": []}, 400, "min_length"),
        ({"redirect_uris": []}, 400, "redirect_uris"),
        ({"kind": "system"}, 422, "scope_of_a_person"),
        ({"kind": "system", "scopes": ["students.view_student"]}, 400, "redirect_uris"),
        ({"kind": "implicit"}, 400, "invalid_choice"),
        ({"redirect_uris": ["http://app.example.org/"]}, 400, "invalid"),
    ],
    ids=str,
)
def test_a_wrong_client_is_refused(admin: User, body: dict, status: int, code: str):
    answer = client_of(admin.actor).post(CLIENTS, {**BODY, **body})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert not Client.objects.exists()


def test_nobody_registers_a_system_that_may_what_they_lack(harare: Institution):
    weak = make_person(grants=[(make_role("instauth.change_client", "instauth.view_client"), harare)])
    body = {"name": "Sync", "kind": "system", "scopes": ["students.view_student"]}
    answer = client_of(weak.actor).post(CLIENTS, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "lacks_permission")


def test_clients_of_another_institution_are_not_there(app: Client):
    stranger = make_person(grants=[("institution-administrator", make_institution("OTHER"))])
    client = client_of(stranger.actor)
    assert client.get(CLIENTS).json()["data"] == []
    for call in (client.get, client.delete):
        assert call(f"{CLIENTS}{app.pk}/").status_code in (404, 405)
    assert client.post(f"{CLIENTS}{app.pk}/suspend/").status_code == 404


def test_what_becomes_of_clients_and_consents_is_on_the_audit_log(rudo: User, app: Client, admin: User):
    tokens = tokens_for(rudo, app)
    client_of(rudo.actor).delete(f"{CONSENTS}{Consent.objects.get().pk}/")
    renew(app, tokens["refresh_token"])
    told = set(AuditEntry.objects.values_list("rule", "decision", "code"))
    assert {
        ("instauth.consent.given", "done", ""),
        ("instauth.consent.revoked", "done", ""),
        ("instauth.client_access.begun", "done", ""),
        ("instauth.client_access.ended", "done", ""),
        ("instauth.client_access.begun", "refused", "invalid_grant"),
    } <= told


def test_what_is_over_is_forgotten_after_a_day(rudo: User, app: Client):
    tokens_for(rudo, app, scope="openid")
    assert prune() == 0
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=11)):
        assert prune() == 2
    assert Consent.objects.exists()


# --- What it says of itself ---
def test_both_discovery_documents_say_the_same_and_it_is_true():
    client = APIClient()
    oidc = client.get("/.well-known/openid-configuration")
    assert oidc.json() == client.get("/.well-known/oauth-authorization-server").json()
    data = oidc.json()
    assert data["issuer"] == settings.PUBLIC_URL
    for name, address in data.items():
        if name.endswith(("_endpoint", "_uri")):
            path = address.removeprefix(settings.PUBLIC_URL)
            assert client.get(path).status_code != 404, name
    assert (data["response_types_supported"], data["code_challenge_methods_supported"]) == (["code"], ["S256"])
    assert "registration_endpoint" not in data
