"""This file holds the tests of signing in by an institution's own identity provider."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.testing.fixtures import client_of
from faculties.models import Institution
from instauth.invitations.rules import invite
from instauth.models import Departure, FederatedIdentity, IdentityProvider, Session
from instauth.providers.exchange import is_outside
from instauth.tests.factor_lab import make_app, second, shown_by
from instauth.tests.provider_lab import Provider, running
from users.factories import make_grant, make_person
from users.models import Role, User

PROVIDERS, ME = "/api/v1/auth/providers/", "/api/v1/auth/me/"
VERIFIED = {"email": "Rudo@harare.test", "email_verified": True}

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote() -> Iterator[Provider]:
    cache.clear()
    with running() as provider:
        provider.claims = dict(VERIFIED)
        yield provider


@pytest.fixture
def nation() -> User:
    return make_person(grants=[("national-administrator", None)])


@pytest.fixture
def provider(remote: Provider, harare: Institution) -> IdentityProvider:
    return IdentityProvider(
        institution=harare,
        name="Harare's own",
        issuer=remote.issuer,
        client_id="tesc",
        client_secret="the-secret",
        email_domains=["harare.test"],
        status="active",
        approved_at=timezone.now(),
    ).save_checked()


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@harare.test", grants=[("student", harare)])


def depart(provider: IdentityProvider) -> dict[str, Any]:
    answer = APIClient().post(f"{PROVIDERS}depart/", {"provider": str(provider.pk)})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def come_back(asked: dict[str, str], binding: str, **more: str):
    body = {"state": asked["state"], "code": "a-code", "binding": binding, **more}
    return APIClient().post(f"{PROVIDERS}return/", body)


def sign_in(remote: Provider, provider: IdentityProvider, **more: str):
    away = depart(provider)
    return come_back(remote.visited(away["url"]), away["binding"], **more)


def assert_refused(answer, code: str) -> None:
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "provider_refused"), answer.content
    assert Session.objects.count() == 0
    entry = AuditEntry.objects.get(rule="instauth.session.begun")
    assert (entry.decision, entry.code) == ("refused", code)


def test_the_first_sign_in_links_the_invited_account(remote: Provider, provider: IdentityProvider, rudo: User):
    answer = sign_in(remote, provider)
    assert answer.status_code == 200, answer.content
    client = APIClient(headers={"Authorization": f"Bearer {answer.json()['data']['access_token']}"})
    assert client.get(ME).json()["data"]["id"] == str(rudo.pk)
    identity = FederatedIdentity.objects.get()
    assert (identity.user, identity.subject) == (rudo, "person-1")
    assert Session.objects.get().methods == ["fed"]


def test_the_provider_is_asked_as_the_standard_says(remote: Provider, provider: IdentityProvider, rudo: User):
    away = depart(provider)
    asked = remote.visited(away["url"])
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid email")
    assert urlsplit(asked["redirect_uri"]).path == "/account/sign-in/return/"
    come_back(asked, away["binding"])
    assert remote.forms[0]["client_secret"] == "the-secret"
    assert re.fullmatch(r"[\w-]{43}", remote.forms[0]["code_verifier"])


def test_later_the_link_counts_whatever_the_address_has_become(
    remote: Provider, provider: IdentityProvider, rudo: User
):
    assert sign_in(remote, provider).status_code == 200
    remote.claims = {"email": "someone@else.test", "email_verified": False}
    assert sign_in(remote, provider).status_code == 200
    assert FederatedIdentity.objects.count() == 1


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"email": "rudo@harare.test", "email_verified": False}, "address_not_verified"),
        ({"email": "rudo@harare.test"}, "address_not_verified"),
        ({"email": "rudo@harare.test", "email_verified": "true"}, "address_not_verified"),
        ({"email": "rudo@evil.test", "email_verified": True}, "address_not_verified"),
        ({"email": "rudo@harare.test.evil.test", "email_verified": True}, "address_not_verified"),
        ({"email": "nobody@harare.test", "email_verified": True}, "not_invited"),
    ],
)
def test_only_a_verified_address_of_an_invited_person_links(
    remote: Provider, provider: IdentityProvider, rudo: User, claims: dict, code: str
):
    remote.claims = claims
    assert_refused(sign_in(remote, provider), code)
    assert FederatedIdentity.objects.count() == 0


def test_who_belongs_to_another_institution_is_not_invited_here(
    remote: Provider, provider: IdentityProvider, mutare: Institution
):
    make_person(email="rudo@harare.test", grants=[("student", mutare)])
    assert_refused(sign_in(remote, provider), "not_invited")


def test_a_second_subject_does_not_take_over_a_linked_account(remote: Provider, provider: IdentityProvider, rudo: User):
    FederatedIdentity(provider=provider, subject="person-0", user=rudo).save_checked()
    assert_refused(sign_in(remote, provider), "linked_to_another")


def test_a_shut_account_stays_shut(remote: Provider, provider: IdentityProvider, rudo: User):
    FederatedIdentity(provider=provider, subject="person-1", user=rudo).save_checked()
    rudo.change(is_active=False)
    assert_refused(sign_in(remote, provider), "shut")


def test_one_person_of_two_institutions_signs_in_by_either(
    remote: Provider, provider: IdentityProvider, rudo: User, mutare: Institution
):
    make_grant(rudo, "student", mutare)
    data = sign_in(remote, provider).json()["data"]
    client = APIClient(headers={"Authorization": f"Bearer {data['access_token']}"})
    assert len(client.get(ME).json()["data"]["institutions"]) == 2
    here = client.get(ME, headers={"X-Institution": mutare.code}).json()["data"]["institutions"]
    assert [place["code"] for place in here] == [mutare.code]


def test_its_second_factor_counts_only_where_that_was_approved(
    remote: Provider, provider: IdentityProvider, rudo: User
):
    remote.claims["amr"] = ["pwd", "otp"]
    sign_in(remote, provider)
    assert Session.objects.get().strong_at is None
    provider.change(trusts_factors=True)
    sign_in(remote, provider)
    assert Session.objects.order_by("-id")[0].methods == ["fed", "mfa"]


def test_whoever_has_a_factor_here_is_asked_for_it_unless_one_there_is_trusted(
    remote: Provider, provider: IdentityProvider, rudo: User
):
    app = make_app(rudo)
    remote.claims["amr"] = ["pwd", "otp"]
    challenge = sign_in(remote, provider).json()["data"]["challenge"]
    assert Session.objects.count() == 0
    assert second(challenge["token"], shown_by(app.secret)).status_code == 200
    assert Session.objects.get().methods == ["fed", "mfa", "otp"]
    provider.change(trusts_factors=True)
    assert "access_token" in sign_in(remote, provider).json()["data"]


def test_whoever_must_have_one_and_comes_without_may_only_add_one(
    remote: Provider, provider: IdentityProvider, rudo: User, harare: Institution
):
    make_grant(rudo, "registrar", harare)
    answer = sign_in(remote, provider).json()["data"]
    assert answer["second_factor_needed"] is True
    client = APIClient(headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert client.get("/api/v1/students/").json()["errors"][0]["code"] == "second_factor_needed"


# --- What must not be believed ---


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"aud": ["tesc", "somebody-else"]},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1_000_000_000},
        {"sub": ""},
        {"sub": "x" * 256},
        {"iat": None},
    ],
)
def test_a_token_for_another_time_place_or_sign_in_is_not_believed(
    remote: Provider, provider: IdentityProvider, rudo: User, change: dict
):
    away = depart(provider)
    asked = remote.visited(away["url"])
    remote.claims |= change
    answer = come_back(asked, away["binding"])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "provider_failed")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("how", ["foreign key", "unknown key id", "public key as secret", "none"])
def test_a_token_signed_by_no_key_it_publishes_is_not_believed(
    remote: Provider, provider: IdentityProvider, rudo: User, how: str
):
    if how == "foreign key":
        remote.signing_key = ec.generate_private_key(ec.SECP256R1())
    elif how == "unknown key id":
        remote.header = {"kid": "two"}
    elif how == "public key as secret":
        remote.signing_key, remote.algorithm = "guessable-secret-of-thirty-two-bytes!", "HS256"
    else:
        remote.signing_key, remote.algorithm = None, "none"
    assert sign_in(remote, provider).status_code == 503
    assert Session.objects.count() == 0


def test_the_departure_is_good_once(remote: Provider, provider: IdentityProvider, rudo: User):
    away = depart(provider)
    asked = remote.visited(away["url"])
    assert come_back(asked, away["binding"]).status_code == 200
    assert come_back(asked, away["binding"]).status_code == 401
    assert Session.objects.count() == 1


def test_nobody_returns_in_another_browser(remote: Provider, provider: IdentityProvider, rudo: User):
    away, other = depart(provider), depart(provider)
    assert_refused(come_back(remote.visited(away["url"]), other["binding"]), "no_departure")
    assert Departure.objects.count() == 2


def test_a_departure_runs_out(remote: Provider, provider: IdentityProvider, rudo: User):
    away = depart(provider)
    asked = remote.visited(away["url"])
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        assert_refused(come_back(asked, away["binding"]), "no_departure")


def test_an_answer_in_the_name_of_another_issuer_is_refused(remote: Provider, provider: IdentityProvider, rudo: User):
    assert_refused(sign_in(remote, provider, iss="https://evil.test"), "another_issuer")
    assert remote.forms == []


def test_a_suspended_provider_signs_nobody_in(remote: Provider, provider: IdentityProvider, rudo: User):
    away = depart(provider)
    asked = remote.visited(away["url"])
    provider.change(status="suspended")
    assert_refused(come_back(asked, away["binding"]), "no_departure")
    answer = APIClient().post(f"{PROVIDERS}depart/", {"provider": str(provider.pk)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_such_provider")


@pytest.mark.parametrize("status", [302, 400, 500])
def test_a_provider_that_fails_is_told_as_such(remote: Provider, provider: IdentityProvider, rudo: User, status: int):
    remote.status = status
    assert sign_in(remote, provider).status_code == 503


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": "http://169.254.169.254/"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_a_description_that_leads_elsewhere_is_not_followed(
    remote: Provider, provider: IdentityProvider, description: dict
):
    remote.description = description
    answer = APIClient().post(f"{PROVIDERS}depart/", {"provider": str(provider.pk)})
    assert answer.status_code == 503


@pytest.mark.parametrize(
    "url", ["http://example.com", "https://127.0.0.1", "https://localhost", "https://[::1]", "https://10.0.0.1", ""]
)
def test_a_provider_leads_only_to_the_open_network(settings, url):
    settings.PROVIDERS_ON_LOOPBACK = False
    assert not is_outside(url)


# --- Care ---


def test_an_institution_proposes_and_the_nation_approves(remote: Provider, harare: Institution, nation: User):
    admin = make_person(grants=[("institution-administrator", harare)])
    body = {
        "name": "Ours",
        "issuer": remote.issuer,
        "client_id": "tesc",
        "client_secret": "s",
        "email_domains": ["a.test"],
    }
    made = client_of(admin.actor).post(PROVIDERS, {**body, "client_secret": "s"})
    assert (made.status_code, made.json()["data"]["status"]) == (201, "proposed")
    assert "client_secret" not in made.json()["data"]
    key = made.json()["data"]["id"]
    assert APIClient().get(f"{PROVIDERS}offered/").json()["data"] == []
    assert client_of(admin.actor).post(f"{PROVIDERS}{key}/approve/").status_code == 403
    assert client_of(nation.actor).post(f"{PROVIDERS}{key}/approve/").status_code == 200
    assert [one["name"] for one in APIClient().get(f"{PROVIDERS}offered/").json()["data"]] == ["Ours"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "Renamed"}, "active"),
        ({"email_domains": ["b.test"]}, "proposed"),
        ({"trusts_factors": True}, "proposed"),
    ],
)
def test_what_decides_whom_it_vouches_for_is_approved_anew(
    provider: IdentityProvider, harare: Institution, change: dict, status: str
):
    admin = make_person(grants=[("institution-administrator", harare)])
    answer = client_of(admin.actor).patch(f"{PROVIDERS}{provider.pk}/", change)
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, status)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"issuer": "http://inside.test"}, "issuer"), ({"email_domains": []}, "email_domains"),
     ({"email_domains": ["no domain"]}, "email_domains/0"), ({"status": "active"}, "status")],
)  # fmt: skip
def test_what_is_wrong_with_a_provider_is_told_by_field(
    provider: IdentityProvider, harare: Institution, body: dict, field: str
):
    admin = make_person(grants=[("institution-administrator", harare)])
    answer = client_of(admin.actor).patch(f"{PROVIDERS}{provider.pk}/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    provider.refresh_from_db()
    assert (provider.status, provider.email_domains) == ("active", ["harare.test"])


def test_another_institution_sees_no_provider_of_ours(provider: IdentityProvider, mutare: Institution):
    admin = make_person(grants=[("institution-administrator", mutare)])
    assert client_of(admin.actor).get(PROVIDERS).json()["data"] == []
    assert client_of(admin.actor).get(f"{PROVIDERS}{provider.pk}/").status_code == 404
    assert client_of(admin.actor).post(f"{PROVIDERS}{provider.pk}/suspend/").status_code == 404


def test_whoever_is_invited_gets_in_by_the_provider(remote: Provider, provider: IdentityProvider, harare: Institution):
    host = make_person(grants=[("institution-administrator", harare)])
    role = Role.objects.get(code="student")
    invited = invite(host.actor, email="rudo@harare.test", name="Rudo Ncube", role=role, institution=harare)
    assert sign_in(remote, provider).status_code == 200
    rudo = User.objects.get(email="rudo@harare.test")
    assert (rudo.name, rudo.has_usable_password()) == ("Rudo Ncube", False)
    assert [grant.institution for grant in rudo.grants.all()] == [harare]
    invited.refresh_from_db()
    assert (invited.status, invited.user) == ("accepted", rudo)


def test_an_invitation_elsewhere_does_not_count(remote: Provider, provider: IdentityProvider, mutare: Institution):
    host = make_person(grants=[("institution-administrator", mutare)])
    role = Role.objects.get(code="student")
    invite(host.actor, email="rudo@harare.test", name="Rudo Ncube", role=role, institution=mutare)
    assert_refused(sign_in(remote, provider), "not_invited")
    assert not User.objects.filter(email="rudo@harare.test").exists()
