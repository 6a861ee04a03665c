"""This file holds the tests of passkeys: added, shown alone, shown after a password, and told lies by."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.testing.letters import posted
from instauth.factors.models import Factor, Question
from instauth.models import Session
from instauth.tests.factor_lab import (
    AUTH,
    FACTORS,
    ME,
    PASSWORD,
    bearer,
    challenged,
    code_of,
    look_again,
    make_app,
    second,
    shown_by,
    sign_in,
    wrong_for,
)
from instauth.tests.passkey_lab import PRESENT, SoftPasskey
from users.factories import make_person
from users.models import User

pytestmark = pytest.mark.django_db
RUDO = "rudo@tesc.test"
ALONE, SECOND, STEP_UP = f"{AUTH}sign-in/passkey/", f"{AUTH}sign-in/second/passkey/", f"{AUTH}step-up/passkey/"
ADD = f"{FACTORS}passkeys/"


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email=RUDO, password=PASSWORD)


@pytest.fixture
def client(rudo: User) -> APIClient:
    return bearer(sign_in(RUDO))


@pytest.fixture
def passkey(client: APIClient) -> SoftPasskey:
    """A passkey of Rudo's, added in the session of `client`."""
    passkey = SoftPasskey()
    answer = add(client, passkey)
    assert answer.status_code == 201, answer.content
    return passkey


def ask(client: APIClient, address: str, **body: str) -> dict[str, Any]:
    answer = client.post(f"{address}begin/", body)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def add(client: APIClient, passkey: SoftPasskey, name: str = "Laptop") -> Any:
    return client.post(ADD, {"name": name, "credential": passkey.made(ask(client, ADD))}, format="json")


def sign_in_by(passkey: SoftPasskey) -> Any:
    credential = passkey.shown(ask(APIClient(), ALONE))
    return APIClient().post(ALONE, {"credential": credential}, format="json")


def second_by(passkey: SoftPasskey, challenge: str | None = None) -> Any:
    challenge = challenge or challenged(RUDO)
    credential = passkey.shown(ask(APIClient(), SECOND, challenge=challenge))
    return APIClient().post(SECOND, {"challenge": challenge, "credential": credential}, format="json")


def step_up_by(client: APIClient, passkey: SoftPasskey) -> Any:
    return client.post(STEP_UP, {"credential": passkey.shown(ask(client, STEP_UP))}, format="json")


def test_what_is_asked_of_the_browser_is_what_the_plan_says(client: APIClient, rudo: User):
    asked = ask(client, ADD)["publicKey"]
    assert asked["rp"] == {"name": "TESC", "id": "127.0.0.1"}
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert [one["alg"] for one in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert len(asked["challenge"]) == 43


def test_a_passkey_is_added_with_recovery_codes(client: APIClient):
    answer = add(client, SoftPasskey())
    assert answer.status_code == 201, answer.content
    assert (answer.json()["data"]["kind"], answer.json()["data"]["name"]) == ("passkey", "Laptop")
    assert len(answer.json()["data"]["recovery_codes"]) == 10
    assert Session.objects.get().methods == ["mfa", "pop", "pwd"]


def test_a_passkey_alone_signs_in_by_two_factors(passkey: SoftPasskey):
    answer = sign_in_by(passkey)
    assert answer.status_code == 200, answer.content
    assert bearer(answer).get(ME).json()["data"]["email"] == RUDO
    session = Session.objects.latest("id")
    assert session.methods == ["mfa", "pop"]
    assert session.strong_at is not None


def test_asking_for_a_passkey_names_nobody(passkey: SoftPasskey):
    assert ask(APIClient(), ALONE)["publicKey"].get("allowCredentials", []) == []


def test_a_passkey_is_the_second_step_after_a_password(passkey: SoftPasskey):
    assert sign_in(RUDO).json()["data"]["challenge"]["methods"] == ["passkey", "recovery"]
    answer = second_by(passkey)
    assert answer.status_code == 200, answer.content
    assert Session.objects.latest("id").methods == ["mfa", "pop", "pwd"]


def test_a_passkey_that_does_not_count_is_taken_again_and_again(client: APIClient):
    synced = SoftPasskey(counts=False)
    add(client, synced)
    assert [sign_in_by(synced).status_code for _ in range(3)] == [200, 200, 200]


def test_adding_one_is_told_and_ends_the_other_sessions(client: APIClient, django_capture_on_commit_callbacks):
    other = bearer(sign_in(RUDO))
    with django_capture_on_commit_callbacks(execute=True):
        add(client, SoftPasskey())
    look_again()
    assert (client.get(ME).status_code, other.get(ME).status_code) == (200, 401)
    assert "A passkey was added: Laptop." in mail.outbox[0].body


def test_one_that_is_known_is_not_made_again(client: APIClient, passkey: SoftPasskey):
    excluded = ask(client, ADD)["publicKey"]["excludeCredentials"]
    assert [one["type"] for one in excluded] == ["public-key"]
    assert add(client, passkey, "Again").status_code in (400, 409)
    assert Factor.objects.count() == 1


LIES = [
    pytest.param({"origin": "https://tesc.evil.test"}, id="another origin"),
    pytest.param({"origin": "http://127.0.0.1:8000.evil.test"}, id="an origin that begins as ours"),
    pytest.param({"origin": "https://127.0.0.1:8000"}, id="another scheme"),
    pytest.param({"rp": "evil.test"}, id="another host"),
    pytest.param({"flags": PRESENT}, id="a person who was not verified"),
    pytest.param({"flags": 0}, id="nobody there"),
    pytest.param({"cross_origin": True}, id="a page inside another"),
]


@pytest.mark.parametrize("lie", LIES)
def test_a_passkey_that_lies_is_not_added(client: APIClient, lie: dict):
    assert code_of(add(client, SoftPasskey(**lie))) == (422, "passkey_refused")
    assert Factor.objects.count() == 0


@pytest.mark.parametrize("lie", LIES)
def test_a_passkey_that_lies_signs_nobody_in(passkey: SoftPasskey, lie: dict):
    for name, value in lie.items():
        setattr(passkey, name, value)
    assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")
    assert code_of(second_by(passkey)) == (401, "passkey_refused")
    assert Session.objects.count() == 1
    assert AuditEntry.objects.filter(rule="instauth.session.begun", code="passkey_refused").count() == 2


def test_a_passkey_that_was_never_added_signs_nobody_in(passkey: SoftPasskey, rudo: User):
    assert code_of(sign_in_by(SoftPasskey(handle=rudo.pk.bytes))) == (401, "passkey_refused")


def test_the_key_of_another_does_not_sign_for_this_credential(passkey: SoftPasskey, rudo: User):
    forged = SoftPasskey(handle=rudo.pk.bytes, credential_id=passkey.credential_id, counter=5)
    assert code_of(sign_in_by(forged)) == (401, "passkey_refused")


def test_a_passkey_signs_in_nobody_but_its_person(passkey: SoftPasskey):
    passkey.handle = make_person().pk.bytes
    assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")
    passkey.handle = b""
    assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")


def test_the_passkey_of_somebody_else_is_no_second_step(client: APIClient, passkey: SoftPasskey):
    tariro = make_person(email="tariro@tesc.test", password=PASSWORD)
    make_app(tariro)
    challenge = challenged("tariro@tesc.test")
    assert code_of(second_by(passkey, challenge)) == (401, "passkey_refused")
    assert not Session.objects.filter(user=tariro).exists()


def test_an_answer_is_taken_once(passkey: SoftPasskey):
    credential = passkey.shown(ask(APIClient(), ALONE))
    first, again = (APIClient().post(ALONE, {"credential": credential}, format="json") for _ in range(2))
    assert first.status_code == 200
    assert code_of(again) == (401, "passkey_refused")


def test_a_question_lasts_five_minutes(passkey: SoftPasskey):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        credential = passkey.shown(ask(APIClient(), ALONE))
        clock.shift(timedelta(minutes=5))
        assert code_of(APIClient().post(ALONE, {"credential": credential}, format="json")) == (401, "passkey_refused")


def test_a_question_of_one_purpose_is_not_answered_for_another(client: APIClient, passkey: SoftPasskey):
    for_step_up = passkey.shown(ask(client, STEP_UP))
    assert code_of(APIClient().post(ALONE, {"credential": for_step_up}, format="json")) == (401, "passkey_refused")
    alone = passkey.shown(ask(APIClient(), ALONE))
    assert code_of(client.post(STEP_UP, {"credential": alone}, format="json")) == (422, "passkey_refused")


def test_a_question_that_we_never_asked_is_not_answered(passkey: SoftPasskey):
    credential = passkey.shown({"publicKey": {"challenge": "A" * 43}})
    assert code_of(APIClient().post(ALONE, {"credential": credential}, format="json")) == (401, "passkey_refused")


def test_a_copy_that_counts_backwards_is_refused_and_noted(passkey: SoftPasskey, rudo: User):
    assert sign_in_by(passkey).status_code == 200
    passkey.counter -= 1
    with posted() as letters:
        assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")
    assert "Your passkey Laptop answered as a copy" in letters[-1].body
    assert AuditEntry.objects.get(code="passkey_cloned").actor_id == rudo.pk
    passkey.counter, passkey.counts = 0, False
    assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")


def test_a_passkey_of_a_shut_account_signs_nobody_in(passkey: SoftPasskey, rudo: User):
    User.objects.filter(pk=rudo.pk).update(is_active=False)
    assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")


def test_a_removed_passkey_signs_nobody_in(client: APIClient, passkey: SoftPasskey):
    look_again()
    assert client.delete(f"{FACTORS}{Factor.objects.get().pk}/").status_code == 204
    assert code_of(sign_in_by(passkey)) == (401, "passkey_refused")


def test_a_passkey_stays_open_while_somebody_guesses_codes(passkey: SoftPasskey, rudo: User):
    app = make_app(rudo)
    for _ in range(10):
        second(challenged(RUDO), wrong_for(app.secret))
    assert code_of(second(challenged(RUDO), shown_by(app.secret))) == (429, "too_many_guesses")
    assert second_by(passkey).status_code == 200


def test_a_passkey_steps_up(client: APIClient, passkey: SoftPasskey):
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        look_again()
        removal = f"{FACTORS}{Factor.objects.get().pk}/"
        assert code_of(client.delete(removal)) == (401, "step_up_needed")
        answer = step_up_by(client, passkey)
        assert answer.status_code == 200, answer.content
        look_again()
        assert client.delete(removal).status_code == 204


def broken(credential: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *above, last = path.split(".")
    inner = credential
    for name in above:
        inner = inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return credential


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rawId", None),
        ("rawId", "AAAA"),
        ("id", 7),
        ("response", []),
        ("response", {}),
        ("response.clientDataJSON", "AAAA"),
        ("response.clientDataJSON", "bnVsbA"),
        ("response.clientDataJSON", "W10"),
        ("response.clientDataJSON", "%%%"),
        ("response.authenticatorData", "AA"),
        ("response.authenticatorData", ""),
        ("response.signature", ""),
        ("response.signature", 5),
        ("response.userHandle", "é"),
        ("response.userHandle", ["x"]),
    ],
)
def test_nonsense_is_refused_and_never_breaks(passkey: SoftPasskey, path: str, value: Any):
    credential = broken(passkey.shown(ask(APIClient(), ALONE)), path, value)
    answer = APIClient().post(ALONE, {"credential": credential}, format="json")
    assert code_of(answer) == (401, "passkey_refused")
    assert Session.objects.count() == 1


@pytest.mark.parametrize("value", ["", "AAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUEA", 5, []])
def test_nonsense_is_not_added(client: APIClient, value: Any):
    credential = broken(SoftPasskey().made(ask(client, ADD)), "response.attestationObject", value)
    assert code_of(client.post(ADD, {"credential": credential}, format="json")) == (422, "passkey_refused")


@pytest.mark.django_db(transaction=True)
def test_of_eight_answers_at_once_one_signs_in(client: APIClient, passkey: SoftPasskey):
    credential = passkey.shown(ask(APIClient(), ALONE))

    def take(_: int) -> int:
        try:
            return APIClient().post(ALONE, {"credential": credential}, format="json").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == [200, *[401] * 7]
    assert Question.objects.count() == 0
