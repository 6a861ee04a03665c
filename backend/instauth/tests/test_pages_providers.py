"""This file holds the tests of the pages by which a person signs in by their institution's own provider."""

import html
import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from faculties.models import Institution
from instauth.models import IdentityProvider, Session
from instauth.tests.provider_lab import Provider, running
from users.factories import make_person
from users.models import User

SIGN_IN, DEPART, RETURN = (f"/account/sign-in/{name}" for name in ("", "depart/", "return/"))

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote() -> Iterator[Provider]:
    cache.clear()
    with running() as provider:
        provider.claims = {"email": "rudo@harare.test", "email_verified": True}
        yield provider


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


def depart(client: Client, remote: Provider, provider: IdentityProvider, **more: str) -> dict[str, str]:
    page = client.post(DEPART, {"provider": str(provider.pk), **more}).content.decode()
    return remote.visited(html.unescape(re.search(r'href="(http://127[^"]*)"', page)[1]))


def test_a_provider_is_offered_and_signs_in(remote: Provider, provider: IdentityProvider, rudo: User):
    client = Client()
    assert f'value="{provider.pk}"' in client.get(SIGN_IN).content.decode()
    asked = depart(client, remote, provider, next="/account/devices/")
    answer = client.get(RETURN, {"state": asked["state"], "code": "a-code", "iss": remote.issuer})
    assert answer.headers["Location"] == "/account/devices/"
    assert client.get("/account/devices/").status_code == 200
    assert Session.objects.get().methods == ["fed"]


def test_one_that_is_suspended_is_not_offered(provider: IdentityProvider):
    IdentityProvider.objects.update(status="suspended")
    assert str(provider.pk) not in Client().get(SIGN_IN).content.decode()
    assert Client().post(DEPART, {"provider": str(provider.pk)}).status_code == 422


def test_another_browser_can_not_come_back(remote: Provider, provider: IdentityProvider, rudo: User):
    asked = depart(Client(), remote, provider)
    page = Client().get(RETURN, {"state": asked["state"], "code": "a-code"})
    assert page.status_code == 401
    assert not Session.objects.exists()


def test_nobody_comes_back_twice(remote: Provider, provider: IdentityProvider, rudo: User):
    client = Client()
    asked = depart(client, remote, provider)
    binding = client.cookies["tesc-binding"].value
    assert client.get(RETURN, {"state": asked["state"], "code": "a-code"}).status_code == 303
    client.cookies["tesc-binding"] = binding
    assert client.get(RETURN, {"state": asked["state"], "code": "a-code"}).status_code == 401


def test_a_refusal_there_is_told_here(remote: Provider, provider: IdentityProvider):
    client = Client()
    asked = depart(client, remote, provider)
    page = client.get(RETURN, {"state": asked["state"], "error": "access_denied"})
    assert page.status_code == 401
    assert "Begin again." in page.content.decode()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/"])
def test_a_provider_sends_nobody_to_another_site(remote: Provider, provider: IdentityProvider, rudo: User, wanted: str):
    client = Client()
    asked = depart(client, remote, provider)
    client.cookies["tesc-onward"] = wanted
    answer = client.get(RETURN, {"state": asked["state"], "code": "a-code"})
    assert answer.headers["Location"] == "/account/"
