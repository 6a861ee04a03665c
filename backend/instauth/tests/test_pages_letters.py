"""This file holds the tests of the pages to which the links in letters lead."""

import pytest
from django.test import Client

from core.testing.fixtures import client_of
from faculties.models import Institution
from instauth.models import Invitation
from instauth.tests.letters import posted, token_in
from users.factories import make_person
from users.models import Grant, Role, User

INVITATION, SIGN_IN = "/account/invitation/", "/account/sign-in/"
PASSWORD = "a long walk over Nyanga"

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(harare: Institution) -> str:
    """That of a letter which invites Rudo to be a student in Harare."""
    host = make_person(name="Farai Host", grants=[("institution-administrator", harare)])
    fields = {"email": "rudo@tesc.test", "name": "Rudo Ncube", "institution": str(harare.pk)}
    with posted() as letters:
        role = str(Role.objects.get(code="student").pk)
        answer = client_of(host.actor).post("/api/v1/auth/invitations/", {**fields, "role": role})
        assert answer.status_code == 201, answer.content
    return token_in(letters[0])


def opened(token: str, client: Client | None = None) -> Client:
    client = client or Client()
    assert client.get(INVITATION, {"token": token}).headers["Location"] == INVITATION
    return client


def test_who_is_invited_makes_an_account_and_signs_in(token: str):
    client = opened(token)
    page = client.get(INVITATION).content.decode()
    assert "Farai Host invites rudo@tesc.test to be Student." in page
    assert 'value="Rudo Ncube"' in page
    assert token not in page
    made = client.post(INVITATION, {"name": "Rudo N.", "password": PASSWORD})
    assert made.headers["Location"] == SIGN_IN
    signed_in = client.post(SIGN_IN, {"email": "rudo@tesc.test", "password": PASSWORD})
    assert signed_in.headers["Location"] == "/account/"
    assert Grant.objects.get(user__email="rudo@tesc.test").role.code == "student"


def test_who_has_an_account_signs_in_to_accept(token: str):
    rudo = make_person(email="rudo@tesc.test", password=PASSWORD)
    client = opened(token)
    assert "Sign in to accept" in client.get(INVITATION).content.decode()
    client.post(SIGN_IN, {"email": "rudo@tesc.test", "password": PASSWORD})
    assert client.post(INVITATION).headers["Location"] == "/account/"
    assert Grant.objects.get(user=rudo).role.code == "student"


def test_an_account_that_exists_is_not_made_again(token: str):
    make_person(email="rudo@tesc.test", password=PASSWORD)
    page = opened(token).post(INVITATION, {"name": "Rudo", "password": "something else entirely"})
    assert page.status_code == 422
    assert User.objects.get(email="rudo@tesc.test").check_password(PASSWORD)


def test_who_is_signed_in_as_another_is_told(token: str):
    make_person(email="tatenda@tesc.test", password=PASSWORD)
    client = Client()
    client.post(SIGN_IN, {"email": "tatenda@tesc.test", "password": PASSWORD})
    page = opened(token, client).post(INVITATION)
    assert page.status_code == 422
    assert "This invitation was sent to another address" in page.content.decode()
    assert Invitation.objects.get().status == "open"


def test_a_weak_password_is_told_and_the_letter_stays_good(token: str):
    client = opened(token)
    page = client.post(INVITATION, {"name": "Rudo", "password": "short"})
    assert page.status_code == 400
    assert "This password is too short." in page.content.decode()
    assert client.post(INVITATION, {"name": "Rudo", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("token_of", [lambda token: "", lambda token: "x" * 43, lambda token: token[:-1]], ids=range(3))
def test_another_token_lets_nobody_in(token: str, token_of):
    client = Client()
    client.get(INVITATION, {"token": token_of(token)})
    for page in (client.get(INVITATION), client.post(INVITATION, {"name": "Rudo", "password": PASSWORD})):
        assert page.status_code == 422
        assert "This link is not valid any more." in page.content.decode()
    assert not User.objects.filter(email="rudo@tesc.test").exists()


def test_a_letter_is_good_once(token: str):
    client = opened(token)
    client.post(INVITATION, {"name": "Rudo", "password": PASSWORD})
    assert opened(token).get(INVITATION).status_code == 422
