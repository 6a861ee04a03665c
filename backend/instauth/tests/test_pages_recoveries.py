"""This file holds the tests of the pages for a lost second factor: said to be lost, and said not to be."""

import pytest
from django.test import Client

from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from faculties.factories import make_institution
from faculties.models import Institution
from instauth.factors.models import Factor
from instauth.models import Recovery
from instauth.tests.factor_lab import PASSWORD, make_app, shown_by
from users.factories import make_grant, make_person
from users.models import User

SIGN_IN, SECOND, LOST, RECOVER, KEEP, FACTORS, KEEP_OWN = (
    f"/account/{name}/"
    for name in ("sign-in", "sign-in/second", "sign-in/lost", "recover", "keep-factor", "factors", "factors/keep")
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD, grants=[("lecturer", harare)])


@pytest.fixture
def app(rudo: User) -> Factor:
    return make_app(rudo)


def first_step() -> Client:
    client = Client()
    client.post(SIGN_IN, {"email": "rudo@tesc.test", "password": PASSWORD})
    return client


def opened(path: str, token: str) -> Client:
    client = Client()
    answer = client.get(path, {"token": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    return client


def ask() -> str:
    """The token of the letter that follows."""
    with posted() as letters:
        page = first_step().post(LOST)
    assert page.status_code == 200, page.content
    return token_in(letters[0])


def prove(token: str) -> str:
    """The token of the letter that tells of it."""
    with posted() as letters:
        page = opened(RECOVER, token).post(RECOVER)
    assert "Two of the staff decide now." in page.content.decode()
    return token_in(letters[0])


def status() -> str:
    return Recovery.objects.get().status


def test_the_second_step_leads_to_saying_that_the_factor_is_lost(app: Factor):
    client = first_step()
    assert f'href="{LOST}"' in client.get(SECOND).content.decode()
    page = client.get(LOST).content.decode()
    assert "two of the staff decide" in page
    assert "<select" not in page
    assert f'href="{LOST}"' not in page
    assert not Recovery.objects.exists()


def test_a_letter_is_sent_and_its_link_opens_the_request(app: Factor):
    token = ask()
    assert status() == "asked"
    assert opened(RECOVER, token).get(RECOVER).status_code == 200
    assert status() == "asked"  # a look uses nothing up
    prove(token)
    assert status() == "open"
    assert opened(RECOVER, token).post(RECOVER).status_code == 422


def test_the_link_of_a_later_letter_stops_it(app: Factor):
    token = prove(ask())
    page = opened(KEEP, token).post(KEEP)
    assert "your second factor stays" in page.content.decode()
    assert status() == "canceled"
    assert Factor.objects.filter(pk=app.pk).exists()
    again = opened(KEEP, token).post(KEEP)
    assert again.status_code == 422
    assert "This link is not valid any more." in again.content.decode()


@pytest.mark.parametrize("path", [RECOVER, KEEP])
@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\x00"])
def test_another_token_does_nothing(app: Factor, path: str, token: str):
    letter = ask()
    client = Client()
    client.get(path, {"token": token})
    assert client.post(path).status_code == 422
    assert status() == "asked"
    assert opened(KEEP, letter).post(KEEP).status_code == 422  # nor is the one letter good for the other page


def test_nobody_asks_without_the_password(app: Factor):
    assert Client().get(LOST).headers["Location"] == SIGN_IN
    page = Client().post(LOST)
    assert page.status_code == 401
    assert "This sign-in has run out." in page.content.decode()
    assert not Recovery.objects.exists()


def test_it_is_not_asked_twice(app: Factor):
    prove(ask())
    page = first_step().post(LOST)
    assert page.status_code == 422
    assert "This was asked for before" in page.content.decode()


def test_who_belongs_to_several_institutions_says_at_which(app: Factor, rudo: User, mutare: Institution):
    make_grant(rudo, "lecturer", mutare)
    gweru = make_institution()
    client = first_step()
    page = client.get(LOST).content.decode()
    assert str(mutare.pk) in page
    assert str(gweru.pk) not in page
    for wrong in ({}, {"institution": "x"}, {"institution": str(gweru.pk)}):
        assert client.post(LOST, wrong).status_code == 400
    assert not Recovery.objects.exists()
    assert client.post(LOST, {"institution": str(mutare.pk)}).status_code == 200
    assert Recovery.objects.get().institution_id == mutare.pk


def test_whoever_is_signed_in_sees_it_and_stops_it(app: Factor):
    client = first_step()
    assert client.post(SECOND, {"code": shown_by(app.secret)}).status_code == 303
    assert "said to be lost" not in client.get(FACTORS).content.decode()
    prove(ask())
    assert "said to be lost" in client.get(FACTORS).content.decode()
    assert client.post(KEEP_OWN).headers["Location"] == FACTORS
    assert status() == "canceled"
    assert "said to be lost" not in client.get(FACTORS).content.decode()
    assert client.post(KEEP_OWN).status_code == 422


def test_what_two_approved_says_when_it_is_due(app: Factor, harare: Institution):
    client = first_step()
    client.post(SECOND, {"code": shown_by(app.secret)})
    prove(ask())
    for role in ("registrar", "institution-administrator"):
        staff = client_of(make_person(grants=[(role, harare)]).actor)
        assert staff.post(f"/api/v1/auth/recoveries/{Recovery.objects.get().pk}/approve/").status_code == 200
    assert "Two of the staff approved" in client.get(FACTORS).content.decode()
