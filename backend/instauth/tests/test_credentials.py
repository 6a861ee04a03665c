"""This file holds the tests of passwords: changed by their owner, and replaced by a letter to the stored address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.watch import watch
from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from faculties.models import Institution
from instauth.models import Factor, FederatedIdentity, IdentityProvider, Proof, Session
from users.accounts.rules import add_user, deactivate_user
from users.factories import make_person
from users.models import User

PASSWORD, NEXT = "a long walk over Nyanga", "an even longer walk to Chimanimani"
SHORT = "vexquil9"  # eight characters
AUTH = "/api/v1/auth/"
ADDRESS = "rudo@tesc.test"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email=ADDRESS, password=PASSWORD)


@pytest.fixture
def admin(harare: Institution) -> User:
    return make_person(grants=[("national-administrator", None)])


def sign_in(password: str = PASSWORD):
    return APIClient().post(f"{AUTH}sign-in/", {"email": ADDRESS, "password": password})


def signed_in() -> APIClient:
    token = sign_in().json()["data"]["access_token"]
    return APIClient(headers={"Authorization": f"Bearer {token}"})


def change(client: APIClient, current: str = PASSWORD, new: str = NEXT):
    return client.post(f"{AUTH}password/change/", {"current_password": current, "password": new})


def ask(email: str = ADDRESS):
    return APIClient().post(f"{AUTH}password/reset/", {"email": email})


def confirm(token: str, password: str = NEXT):
    return APIClient().post(f"{AUTH}password/reset/confirm/", {"token": token, "password": password})


def is_in(client: APIClient) -> bool:
    watch.looked_at = float("-inf")
    return client.get(f"{AUTH}me/").status_code == 200


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def add_app(user: User, **fields) -> None:
    fields = {"confirmed_at": timezone.now(), **fields}
    Factor(user=user, kind="totp", name="Phone", secret="A" * 32, **fields).save_checked()


def seen(answer) -> tuple:
    body = answer.json()
    return answer.status_code, body["data"], body["errors"]


def reset_token() -> str:
    with posted() as letters:
        assert ask().status_code == 202
    return token_in(letters[0])


def test_a_change_ends_every_other_session_and_is_told(rudo: User):
    here, there = signed_in(), signed_in()
    with posted() as letters:
        assert change(here).status_code == 204
    assert (is_in(here), is_in(there)) == (True, False)
    assert (sign_in().status_code, sign_in(NEXT).status_code) == (401, 200)
    assert [(letter.to, letter.subject) for letter in letters] == [([ADDRESS], "Your password for TESC was changed")]
    assert AuditEntry.objects.get(rule="instauth.password.changed").actor_id == rudo.pk


def test_a_change_needs_the_current_password(rudo: User):
    client = signed_in()
    assert code_of(change(client, current=NEXT)) == (422, "wrong_password")
    assert AuditEntry.objects.get(rule="instauth.password.changed").decision == "refused"
    assert sign_in().status_code == 200


def test_guesses_at_the_current_password_are_slowed_down(rudo: User):
    client = signed_in()
    codes = [change(client, current="wrong").status_code for _ in range(7)]
    assert codes[:5] == [422] * 5
    assert 429 in codes
    assert change(client).status_code == 429


def test_whoever_has_a_second_factor_shows_it_first(rudo: User):
    client = signed_in()
    add_app(rudo)
    assert code_of(change(client)) == (401, "step_up_needed")
    assert change(client_of(rudo.actor)).status_code == 204  # who acts by itself has just shown one


@pytest.mark.parametrize("new", ["short", "passwordpassword", "x" * 513, "", PASSWORD])
def test_a_bad_new_password_is_refused(rudo: User, new: str):
    client = signed_in()
    assert change(client, new=new).status_code in (400, 422)
    rudo.refresh_from_db()
    assert rudo.check_password(PASSWORD)


def test_a_password_that_stands_alone_is_longer_than_one_beside_a_second_factor(rudo: User):
    client = client_of(rudo.actor)
    assert code_of(change(client, new=SHORT)) == (400, "password_too_short")
    add_app(rudo)
    assert code_of(change(client, new=SHORT[:7])) == (400, "password_too_short")
    assert change(client, new=SHORT).status_code == 204


def test_the_same_is_asked_of_a_password_that_is_set_by_letter(rudo: User):
    token = reset_token()
    assert code_of(confirm(token, SHORT)) == (400, "password_too_short")
    add_app(rudo)
    assert code_of(confirm(token, SHORT[:7])) == (400, "password_too_short")
    assert confirm(token, SHORT).status_code == 204


def test_a_factor_that_was_never_confirmed_shortens_no_password(rudo: User):
    add_app(rudo, confirmed_at=None)
    assert code_of(change(client_of(rudo.actor), new=SHORT)) == (400, "password_too_short")


def test_the_answer_is_the_same_for_everybody(rudo: User):
    with posted() as letters:
        known, unknown = ask(), ask("nobody@tesc.test")
    assert seen(known) == seen(unknown) == (202, None, [])
    assert [letter.to for letter in letters] == [[ADDRESS]]


def test_asking_costs_the_same_for_known_and_unknown_addresses(rudo: User):
    ask("somebody@tesc.test")  # what is read once in a process is read
    costs = []
    for email in (ADDRESS, "nobody@tesc.test"):
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        costs.append(len(queries))
    assert costs[0] == costs[1] > 0


def test_a_reset_sets_the_password_once_and_ends_every_session(rudo: User):
    client, token = signed_in(), reset_token()
    assert sign_in().status_code == 200, "asking changes nothing"
    with posted() as letters:
        assert confirm(token).status_code == 204
    assert not is_in(client)
    assert (sign_in().status_code, sign_in(NEXT).status_code) == (401, 200)
    assert len(letters) == 1
    assert code_of(confirm(token, PASSWORD)) == (422, "link_not_valid")


def test_a_reset_gives_no_session_and_leaves_the_second_factor(rudo: User):
    Factor(user=rudo, kind="totp", name="Phone", secret="A" * 32, confirmed_at=timezone.now()).save_checked()
    assert confirm(reset_token()).status_code == 204
    assert not Session.objects.exists()
    assert "access_token" not in (sign_in(NEXT).json()["data"] or {})
    assert Factor.objects.filter(user=rudo).exists()


def test_a_reset_is_good_for_half_an_hour(rudo: User):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = reset_token()
        clock.shift(timedelta(minutes=30))
        assert code_of(confirm(token)) == (422, "link_not_valid")


def test_a_weak_password_leaves_the_letter_good(rudo: User):
    token = reset_token()
    assert confirm(token, "12345678").status_code == 400
    assert confirm(token).status_code == 204


def test_the_letter_goes_to_the_stored_address(rudo: User):
    with posted() as letters:
        ask("RUDO@tesc.test")
    assert letters[0].to == [ADDRESS]
    cache.clear()
    with posted() as letters:
        ask("rudo@tesc.t\N{LATIN SMALL LETTER DOTLESS I}st")
    assert letters == []


def test_letters_are_not_sent_one_after_the_other(rudo: User):
    with posted() as letters:
        ask()
        ask()
    assert len(letters) == 1


def test_a_shut_account_gets_no_letter_and_its_letters_let_nobody_in(rudo: User, admin: User):
    token = reset_token()
    deactivate_user(admin.actor, rudo)
    assert code_of(confirm(token)) == (422, "link_not_valid")
    with time_machine.travel(timezone.now() + timedelta(minutes=2)), posted() as letters:
        ask()
    assert [letter for letter in letters if "#" in str(letter.body)] == []


def test_a_changed_password_makes_letters_worthless(rudo: User):
    token = reset_token()
    assert change(signed_in()).status_code == 204
    assert code_of(confirm(token, PASSWORD)) == (422, "link_not_valid")


def test_whoever_signs_in_by_a_provider_is_told_where_to_go(rudo: User, harare: Institution):
    provider = IdentityProvider(
        institution=harare,
        name="Harare's own",
        issuer="https://idp.harare.test",
        client_id="tesc",
        email_domains=["x.zw"],
    ).save_checked()
    FederatedIdentity(provider=provider, subject="1", user=rudo).save_checked()
    User.objects.update(password="!")
    with posted() as letters:
        ask()
    assert "Harare's own" in letters[0].body
    assert not Proof.objects.exists()


def test_staff_has_a_letter_sent_and_sees_nothing_of_it(rudo: User, admin: User):
    url = f"{AUTH}password/send-reset/"
    with posted() as letters:
        answer = client_of(admin.actor).post(url, {"user": str(rudo.pk)})
    assert seen(answer) == (202, None, [])
    assert AuditEntry.objects.get(rule="instauth.reset.sent").actor_id == admin.pk
    assert confirm(token_in(letters[0])).status_code == 204
    other = make_person(grants=[("student", Institution.objects.get())])
    assert client_of(other.actor).post(url, {"user": str(rudo.pk)}).status_code == 403


def test_staff_reaches_only_people_of_theirs(rudo: User, harare: Institution):
    local = make_person(grants=[("institution-administrator", harare)])
    answer = client_of(local.actor).post(f"{AUTH}password/send-reset/", {"user": str(rudo.pk)})
    assert code_of(answer) == (404, "not_found")


def test_a_new_account_chooses_its_password_by_letter(admin: User):
    with posted() as letters:
        add_user(admin.actor, email="new@tesc.test", name="New")
    assert letters[0].to == ["new@tesc.test"]
    assert confirm(token_in(letters[0])).status_code == 204
    assert User.objects.get(email="new@tesc.test").check_password(NEXT)


def test_nobody_sets_a_password_for_another(admin: User):
    body = {"email": "new@tesc.test", "name": "New", "password": NEXT}
    assert code_of(client_of(admin.actor).post("/api/v1/users/", body)) == (400, "unknown_field")


@pytest.mark.django_db(transaction=True)
def test_of_eight_resets_at_once_one_succeeds():
    make_person(name="Rudo Ncube", email=ADDRESS, password=PASSWORD)
    token = reset_token()

    def try_once(number: int) -> int:
        try:
            return confirm(token, f"{NEXT} number {number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(try_once, range(8)))
    assert codes[0] == 204
    assert set(codes[1:]) <= {409, 422, 503}
