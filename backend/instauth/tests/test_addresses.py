"""This file holds the tests of changing one's e-mail address: proved from both ends, and told to both."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.watch import watch
from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from faculties.models import Institution
from instauth.models import AddressChange, Factor, Policy, Proof
from users.accounts.rules import deactivate_user
from users.factories import make_person
from users.models import User

AUTH, PASSWORD = "/api/v1/auth/", "a long walk over Nyanga"
OLD, NEW = "rudo@tesc.test", "rudo.ncube@tesc.test"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email=OLD, password=PASSWORD, grants=[("student", harare)])


@pytest.fixture
def client(rudo: User) -> APIClient:
    return signed_in()


def signed_in() -> APIClient:
    answer = APIClient().post(f"{AUTH}sign-in/", {"email": OLD, "password": PASSWORD})
    return APIClient(headers={"Authorization": f"Bearer {answer.json()['data']['access_token']}"})


def ask(client: APIClient, email: str = NEW):
    return client.post(f"{AUTH}me/address/", {"email": email})


def confirm(token: str):
    return APIClient().post(f"{AUTH}address/confirm/", {"token": token})


def asked(client: APIClient, email: str = NEW) -> dict[str, EmailMessage]:
    """The letters by the address they went to."""
    with posted() as letters:
        assert ask(client, email).status_code == 202
    return {letter.to[0]: letter for letter in letters}


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def is_in(client: APIClient) -> bool:
    watch.looked_at = float("-inf")
    return client.get(f"{AUTH}me/").status_code == 200


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_both_addresses_are_proved_before_anything_changes(rudo: User, client: APIClient, order: tuple[str, str]):
    there, letters = signed_in(), asked(client)
    first, second = (token_in(letters[address]) for address in order)
    assert confirm(first).json()["data"] == {"is_done": False}
    rudo.refresh_from_db()
    assert rudo.email == OLD
    assert code_of(confirm(first)) == (422, "link_not_valid")
    with posted() as told:
        assert confirm(second).json()["data"] == {"is_done": True}
    rudo.refresh_from_db()
    assert rudo.email == NEW
    assert sorted(letter.to[0] for letter in told) == sorted([OLD, NEW])
    assert (is_in(client), is_in(there)) == (True, False)
    assert AuditEntry.objects.get(rule="instauth.address.changed").changes["email"] == [OLD, NEW]
    assert not AddressChange.objects.exists()


def test_an_address_that_is_taken_is_answered_alike_and_never_given(rudo: User, client: APIClient):
    make_person(email=NEW)
    taken = ask(client)
    cache.clear()
    free = ask(client, "free@tesc.test")
    assert taken.status_code == free.status_code == 202
    assert taken.json()["data"].keys() == free.json()["data"].keys()
    cache.clear()
    letters = asked(client)
    assert "#" not in str(letters[NEW].body)
    assert confirm(token_in(letters[OLD])).json()["data"] == {"is_done": False}
    assert client.get(f"{AUTH}me/address/").json()["data"]["new_proved_at"] is None


def test_an_address_that_was_taken_meanwhile_is_not_given(rudo: User, client: APIClient):
    letters = asked(client)
    confirm(token_in(letters[OLD]))
    make_person(email=NEW)
    assert code_of(confirm(token_in(letters[NEW]))) == (422, "link_not_valid")
    rudo.refresh_from_db()
    assert rudo.email == OLD


@pytest.mark.parametrize(
    ("email", "code"),
    [
        (OLD, "same_address"),
        ("RUDO@tesc.test", "same_address"),
        ("rudo@t\N{CYRILLIC SMALL LETTER IE}sc.test", "deceptive_address"),
        ("not an address", "invalid"),
    ],
)
def test_a_wrong_address_is_refused(client: APIClient, email: str, code: str):
    assert code_of(ask(client, email))[1] == code
    assert not AddressChange.objects.exists()


def test_the_domains_of_the_institution_count(client: APIClient, harare: Institution):
    Policy(institution=harare, email_domains=["harare.test"]).save_checked()
    assert code_of(ask(client)) == (422, "foreign_domain")


def test_whoever_has_a_second_factor_shows_it_first(rudo: User, client: APIClient):
    Factor(user=rudo, kind="totp", name="Phone", secret="A" * 32, confirmed_at=timezone.now()).save_checked()
    assert code_of(ask(client)) == (401, "step_up_needed")
    assert ask(client_of(rudo.actor)).status_code == 202


def test_letters_are_good_for_a_day(client: APIClient):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        letters = asked(client)
        clock.shift(timedelta(hours=24))
        for letter in letters.values():
            assert code_of(confirm(token_in(letter))) == (422, "link_not_valid")


def test_a_newer_wish_makes_earlier_letters_worthless(client: APIClient):
    earlier = asked(client)
    asked(client, "another@tesc.test")
    for letter in earlier.values():
        assert code_of(confirm(token_in(letter))) == (422, "link_not_valid")


def test_a_wish_is_seen_and_taken_back(client: APIClient):
    letters = asked(client)
    assert client.get(f"{AUTH}me/address/").json()["data"]["email"] == NEW
    assert client.delete(f"{AUTH}me/address/").status_code == 204
    assert code_of(client.get(f"{AUTH}me/address/")) == (404, "not_found")
    assert code_of(confirm(token_in(letters[OLD]))) == (422, "link_not_valid")
    assert not Proof.objects.exists()


def test_wishes_without_end_are_slowed_down(client: APIClient):
    codes = [ask(client, f"rudo{number}@tesc.test").status_code for number in range(8)]
    assert codes[:5] == [202] * 5
    assert 429 in codes


def test_a_shut_account_keeps_its_address(rudo: User, client: APIClient):
    letters = asked(client)
    confirm(token_in(letters[OLD]))
    deactivate_user(make_person(grants=[("national-administrator", None)]).actor, rudo)
    assert code_of(confirm(token_in(letters[NEW]))) == (422, "link_not_valid")
    with posted():
        pass
    assert not AddressChange.objects.exists()
