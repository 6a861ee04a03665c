"""This file holds the tests of the second step of signing in, and of those who must take one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.changes import changed
from core.testing.letters import posted
from faculties.models import Institution
from instauth.factors.models import Factor, RecoveryCode
from instauth.models import Policy, Session
from instauth.policies.rules import set_policy
from instauth.signin.models import Challenge
from instauth.tests.factor_lab import (
    FACTORS,
    ME,
    PASSWORD,
    REFRESH,
    bearer,
    challenged,
    code_of,
    look_again,
    make_app,
    make_code,
    second,
    shown_by,
    sign_in,
    wrong_for,
)
from instauth.tokens.refresh import digest_of
from users.accounts.rules import sign_out_everywhere
from users.factories import make_grant, make_person, make_role
from users.models import User

pytestmark = pytest.mark.django_db
RUDO = "rudo@tesc.test"


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email=RUDO, password=PASSWORD)


@pytest.fixture
def app(rudo: User) -> Factor:
    return make_app(rudo)


def test_whoever_has_a_factor_gets_a_challenge_and_no_tokens(app: Factor):
    answer = sign_in(RUDO)
    assert answer.status_code == 200
    assert set(answer.json()["data"]) == {"challenge"}
    assert answer.json()["data"]["challenge"]["methods"] == ["totp"]
    assert Session.objects.count() == 0


def test_a_factor_that_was_never_confirmed_asks_nothing(rudo: User):
    make_app(rudo, confirmed_at=None)
    assert "access_token" in sign_in(RUDO).json()["data"]


def test_the_code_of_the_app_completes_the_sign_in(app: Factor):
    answer = second(challenged(RUDO), shown_by(app.secret))
    assert answer.status_code == 200, answer.content
    assert bearer(answer).get(ME).json()["data"]["email"] == RUDO
    session = Session.objects.get()
    assert session.methods == ["mfa", "otp", "pwd"]
    assert session.strong_at is not None


def test_a_recovery_code_completes_it_once_and_the_person_is_told(
    app: Factor, rudo: User, django_capture_on_commit_callbacks
):
    code, _ = make_code(rudo), make_code(rudo)
    assert sign_in(RUDO).json()["data"]["challenge"]["methods"] == ["totp", "recovery"]
    with django_capture_on_commit_callbacks(execute=True):
        assert second(challenged(RUDO), code, "recovery").status_code == 200
    assert "1 of them are left" in mail.outbox[0].body
    assert code_of(second(challenged(RUDO), code, "recovery")) == (401, "wrong_code")
    assert Session.objects.count() == 1


def test_a_recovery_code_may_be_typed_as_it_is_read(app: Factor, rudo: User):
    code = make_code(rudo)
    misread = f" {code.upper().replace('-', ' ').replace('O', '0').replace('L', '1')} "
    assert second(challenged(RUDO), misread, "recovery").status_code == 200


def test_a_recovery_code_of_somebody_else_is_wrong(app: Factor):
    code = make_code(make_person())
    assert code_of(second(challenged(RUDO), code, "recovery")) == (401, "wrong_code")
    assert RecoveryCode.objects.get().used_at is None


@pytest.fixture
def still() -> Iterator[None]:
    """No step of 30 seconds begins between what an app shows and what we think of it."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_wrong(app: Factor, steps: int):
    assert second(challenged(RUDO), shown_by(app.secret, steps)).status_code == 200


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("steps", [-2, 2])
def test_a_clock_may_not_be_a_minute_wrong(app: Factor, steps: int):
    assert code_of(second(challenged(RUDO), shown_by(app.secret, steps))) == (401, "wrong_code")


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "abcdef", "\uff11" * 6, "0" * 65])
def test_what_is_no_code_is_refused(app: Factor, code: str):
    assert second(challenged(RUDO), code).status_code in (400, 401)
    assert Session.objects.count() == 0


def test_a_code_works_once_even_within_its_half_minute(app: Factor):
    with time_machine.travel(timezone.now(), tick=False):
        code = shown_by(app.secret)
        assert second(challenged(RUDO), code).status_code == 200
        assert code_of(second(challenged(RUDO), code)) == (401, "wrong_code")
        earlier = shown_by(app.secret, -1)
        assert code_of(second(challenged(RUDO), earlier)) == (401, "wrong_code")
        assert second(challenged(RUDO), shown_by(app.secret, 1)).status_code == 200


def test_a_challenge_is_good_for_one_session(app: Factor):
    challenge = challenged(RUDO)
    assert second(challenge, shown_by(app.secret)).status_code == 200
    assert code_of(second(challenge, shown_by(app.secret, 1))) == (401, "challenge_over")
    assert Session.objects.count() == 1


def test_a_challenge_lasts_five_minutes(app: Factor):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        early, late = challenged(RUDO), challenged(RUDO)
        clock.shift(timedelta(minutes=5, seconds=-1))
        assert second(early, shown_by(app.secret)).status_code == 200
        clock.shift(timedelta(seconds=31))
        assert code_of(second(late, shown_by(app.secret))) == (401, "challenge_over")


def test_five_wrong_answers_end_a_challenge(app: Factor):
    challenge = challenged(RUDO)
    for _ in range(5):
        assert code_of(second(challenge, wrong_for(app.secret))) == (401, "wrong_code")
    assert code_of(second(challenge, shown_by(app.secret))) == (401, "challenge_over")
    assert Session.objects.count() == 0


def test_ten_wrong_answers_over_many_challenges_close_the_guessing_for_an_hour(app: Factor, rudo: User):
    make_person(email="tariro@tesc.test", password=PASSWORD)
    other = make_app(User.objects.get(email="tariro@tesc.test"))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(10):
            assert code_of(second(challenged(RUDO), wrong_for(app.secret))) == (401, "wrong_code")
        closed = second(challenged(RUDO), shown_by(app.secret))
        assert code_of(closed) == (429, "too_many_guesses")
        assert int(closed.headers["Retry-After"]) == 3600
        assert second(challenged("tariro@tesc.test"), shown_by(other.secret)).status_code == 200
        clock.shift(timedelta(hours=1))
        assert second(challenged(RUDO), shown_by(app.secret)).status_code == 200


def test_the_person_is_warned_once_when_the_guessing_closes(app: Factor):
    with posted() as letters:
        for _ in range(12):
            second(challenged(RUDO), wrong_for(app.secret))
    (letter,) = letters
    assert letter.to == [RUDO]
    assert "Ten wrong codes" in letter.body


def test_a_right_answer_forgets_the_wrong_ones(app: Factor):
    for _ in range(9):
        second(challenged(RUDO), wrong_for(app.secret))
    assert second(challenged(RUDO), shown_by(app.secret)).status_code == 200
    assert code_of(second(challenged(RUDO), wrong_for(app.secret))) == (401, "wrong_code")


def test_a_wrong_answer_is_on_the_audit_log_without_the_code(app: Factor, rudo: User):
    wrong = wrong_for(app.secret)
    second(challenged(RUDO), wrong)
    entry = AuditEntry.objects.get(decision="refused")
    assert (entry.rule, entry.code, entry.actor_id) == ("instauth.session.begun", "wrong_code", rudo.pk)
    assert wrong not in str(entry.changes)


def test_a_challenge_is_answered_on_the_device_that_began_it(app: Factor):
    challenge = challenged(RUDO, **{"User-Agent": "Firefox/140.0"})
    assert code_of(second(challenge, shown_by(app.secret), **{"User-Agent": "curl/8"})) == (401, "challenge_over")
    assert second(challenge, shown_by(app.secret), **{"User-Agent": "Firefox/140.0"}).status_code == 200


@pytest.mark.parametrize("challenge", ["x", "0" * 43, "é" * 43])
def test_a_challenge_that_was_never_given_is_refused(app: Factor, challenge: str):
    assert code_of(second(challenge, shown_by(app.secret))) == (401, "challenge_over")


def test_a_challenge_is_known_only_by_its_digest(app: Factor):
    token = challenged(RUDO)
    assert bytes(Challenge.objects.get().digest) == digest_of(token)


def test_a_challenge_outlives_no_account(app: Factor, rudo: User):
    challenge = challenged(RUDO)
    User.objects.filter(pk=rudo.pk).update(is_active=False)
    assert second(challenge, shown_by(app.secret)).status_code == 401
    assert Session.objects.count() == 0


def test_a_challenge_outlives_no_sign_out_of_everything(app: Factor, rudo: User):
    challenge = challenged(RUDO)
    sign_out_everywhere(rudo.pk)
    assert code_of(second(challenge, shown_by(app.secret))) == (401, "challenge_over")
    assert Session.objects.count() == 0


def test_the_second_step_alone_signs_nobody_in(app: Factor):
    sign_in(RUDO, password="wrong")
    assert Challenge.objects.count() == 0


def test_an_unknown_method_is_refused(app: Factor):
    assert code_of(second(challenged(RUDO), "123456", "sms")) == (400, "invalid_choice")


@pytest.mark.django_db(transaction=True)
def test_of_eight_answers_at_once_one_begins_a_session(rudo: User):
    app = make_app(rudo)
    challenge, code = challenged(RUDO), shown_by(app.secret)

    def take(_: int) -> int:
        try:
            return second(challenge, code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(take, range(8)))
    assert statuses == [200, *[401] * 7]
    assert Session.objects.count() == 1
    assert Challenge.objects.get().tries <= 5


# --- Those who must have one ---
@pytest.fixture
def registrar(harare: Institution) -> User:
    return make_person(email="registrar@tesc.test", password=PASSWORD, grants=[("registrar", harare)])


def test_whoever_must_have_a_factor_and_has_none_may_only_add_one(registrar: User):
    answer = sign_in("registrar@tesc.test")
    assert answer.json()["data"]["second_factor_needed"] is True
    client = bearer(answer)
    refused = client.get("/api/v1/students/")
    assert code_of(refused) == (403, "second_factor_needed")
    assert "/auth/factors/" in refused.json()["errors"][0]["message"]
    assert [client.get(address).status_code for address in (ME, FACTORS)] == [200, 200]
    assert AuditEntry.objects.filter(decision="refused", code="second_factor_needed").exists()


def test_it_stays_so_after_a_renewal(registrar: User):
    refresh = sign_in("registrar@tesc.test").json()["data"]["refresh_token"]
    client = bearer(APIClient().post(REFRESH, {"refresh_token": refresh}))
    assert code_of(client.get("/api/v1/students/")) == (403, "second_factor_needed")


def test_adding_one_opens_the_session(registrar: User):
    client = bearer(sign_in("registrar@tesc.test"))
    begun = client.post(f"{FACTORS}totp/", {}).json()["data"]
    assert client.post(f"{FACTORS}{begun['id']}/confirm/", {"code": shown_by(begun["secret"])}).status_code == 200
    look_again()
    assert client.get("/api/v1/students/").status_code == 200


def test_signing_out_is_open_too(registrar: User):
    assert bearer(sign_in("registrar@tesc.test")).post("/api/v1/auth/sign-out/").status_code == 204


def test_whoever_is_given_such_a_role_in_a_session_is_asked_from_then_on(rudo: User, harare: Institution):
    client = bearer(sign_in(RUDO))
    make_grant(rudo, make_role("students.view_student"), harare)
    look_again()
    assert client.get("/api/v1/students/").status_code == 200
    make_grant(rudo, make_role("users.export_person"), harare)
    changed("roles")
    look_again()
    assert code_of(client.get("/api/v1/students/")) == (403, "second_factor_needed")


def test_whoever_showed_one_is_not_asked(registrar: User):
    app = make_app(registrar)
    answer = second(challenged("registrar@tesc.test"), shown_by(app.secret))
    assert "second_factor_needed" not in answer.json()["data"]
    assert bearer(answer).get("/api/v1/students/").status_code == 200


def test_an_institution_may_ask_all_of_its_people(rudo: User, harare: Institution):
    make_grant(rudo, "student", harare)
    before = bearer(sign_in(RUDO))
    assert before.get("/api/v1/students/").status_code == 200
    admin = make_person(grants=[("institution-administrator", harare)]).actor
    set_policy(admin, second_factor=Policy.SecondFactor.ALL)
    look_again()
    assert code_of(before.get("/api/v1/students/")) == (403, "second_factor_needed")
    answer = sign_in(RUDO)
    assert answer.json()["data"]["second_factor_needed"] is True
    assert code_of(bearer(answer).get("/api/v1/students/")) == (403, "second_factor_needed")


def test_a_demo_account_needs_none(harare: Institution):
    make_person(email="demo@tesc.test", password=PASSWORD, is_demo=True, grants=[("registrar", harare)])
    answer = sign_in("demo@tesc.test")
    assert "second_factor_needed" not in answer.json()["data"]
    assert bearer(answer).get("/api/v1/students/").status_code == 200
