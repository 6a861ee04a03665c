"""This file holds the tests of the pages to which the links in letters lead."""

import pytest
from django.test import Client

from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from faculties.models import Institution
from instauth.models import Invitation, Policy, SignUp
from users.factories import make_person
from users.models import Grant, Role, User

INVITATION, SIGN_IN = "/account/invitation/", "/account/sign-in/"
PASSWORD, NEXT = "a long walk over Nyanga", "seven quiet rivers at dusk"

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
    assert 'aria-describedby="id_password_helptext id_password_error"' in page.content.decode()
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


# --- Passwords ---
@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test", password=PASSWORD)


def signed_in(user: User) -> Client:
    client = Client()
    assert client.post(SIGN_IN, {"email": user.email, "password": PASSWORD}).status_code == 303
    return client


def test_a_forgotten_password_is_chosen_anew(rudo: User):
    elsewhere = signed_in(rudo)
    with posted() as letters:
        page = Client().post("/account/forgot/", {"email": rudo.email}).content.decode()
    assert "a letter is on its way" in page
    client, token = Client(), token_in(letters[0])
    assert client.get("/account/reset/", {"token": token}).headers["Location"] == "/account/reset/"
    assert client.post("/account/reset/", {"password": NEXT}).headers["Location"] == SIGN_IN
    rudo.refresh_from_db()
    assert rudo.check_password(NEXT)
    assert elsewhere.get("/account/").status_code == 303
    assert client.post("/account/reset/", {"password": PASSWORD}).status_code == 422


def test_a_forgotten_password_is_answered_alike_for_everybody(rudo: User):
    known = Client().post("/account/forgot/", {"email": rudo.email})
    with posted() as letters:
        unknown = Client().post("/account/forgot/", {"email": "nobody@tesc.test"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert "nobody@tesc.test" not in [address for letter in letters for address in letter.to]


def test_a_person_changes_their_password_and_stays_here_alone(rudo: User):
    elsewhere, here = signed_in(rudo), signed_in(rudo)
    wrong = here.post("/account/password/", {"current_password": "wrong", "password": NEXT})
    assert wrong.status_code == 422
    assert "This is not your current password." in wrong.content.decode()
    done = here.post("/account/password/", {"current_password": PASSWORD, "password": NEXT})
    assert done.headers["Location"] == "/account/"
    assert (here.get("/account/").status_code, elsewhere.get("/account/").status_code) == (200, 303)


# --- Addresses ---
def test_another_address_is_proved_by_both_letters(rudo: User):
    client = signed_in(rudo)
    with posted() as letters:
        assert client.post("/account/email/", {"email": "rudo.new@tesc.test"}).status_code == 200
    told = []
    for letter in letters:
        reader = Client()
        reader.get("/account/address/", {"token": token_in(letter)})
        told.append(reader.post("/account/address/").content.decode())
    assert "Now open the link in the letter to the other one." in told[0]
    assert "Your address was changed." in told[1]
    rudo.refresh_from_db()
    assert rudo.email == "rudo.new@tesc.test"


# --- Sign-ups ---
def test_somebody_signs_up_and_proves_their_address(harare: Institution):
    role = Role.objects.get(code="student")
    Policy(institution=harare, sign_up_role=role, email_domains=["harare.test"]).save_checked()
    client = Client()
    assert "/account/sign-up/ask/" in client.get(SIGN_IN).content.decode()
    fields = {"institution": str(harare.pk), "email": "chipo@harare.test", "name": "Chipo Dube"}
    with posted() as letters:
        assert client.post("/account/sign-up/ask/", fields).status_code == 200
    client.get("/account/sign-up/", {"token": token_in(letters[0])})
    assert "Harare University will decide" in client.post("/account/sign-up/").content.decode()
    assert SignUp.objects.get().status == "waiting"
    assert not User.objects.filter(email="chipo@harare.test").exists()


def test_nobody_signs_up_where_none_is_taken(harare: Institution):
    page = Client().post("/account/sign-up/ask/", {"institution": str(harare.pk), "email": "a@b.test", "name": "A"})
    assert page.status_code == 400
    assert "/account/sign-up/ask/" not in Client().get(SIGN_IN).content.decode()
