"""This file holds the tests of a lost second factor: taken away by two of the staff, a day later, never in silence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core.actor import Actor
from core.audit.models import AuditEntry
from core.testing.fixtures import client_of
from core.testing.letters import posted, token_in
from faculties.models import Institution
from instauth.factors.models import Factor, RecoveryCode
from instauth.models import Recovery, Session
from instauth.recoveries.tasks import complete_due
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
    make_code,
    second,
    shown_by,
    sign_in,
)
from users.factories import make_grant, make_person
from users.models import User

pytestmark = pytest.mark.django_db
RUDO = "rudo@tesc.test"
RECOVERIES = f"{AUTH}recoveries/"
DAY = timedelta(hours=24)


@pytest.fixture
def rudo(harare: Institution) -> User:
    return make_person(name="Rudo Ncube", email=RUDO, password=PASSWORD, grants=[("lecturer", harare)])


@pytest.fixture
def app(rudo: User) -> Factor:
    make_code(rudo)
    return make_app(rudo)


@pytest.fixture
def farai(harare: Institution) -> Actor:
    return make_person(name="Farai Staff", grants=[("registrar", harare)]).actor


@pytest.fixture
def chipo(harare: Institution) -> Actor:
    return make_person(name="Chipo Staff", grants=[("institution-administrator", harare)]).actor


@pytest.fixture
def opened(app: Factor) -> Recovery:
    return open_by_letter()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def ask(challenge: str, **body: str):
    return APIClient().post(f"{RECOVERIES}ask/", {"challenge": challenge, **body})


def prove(token: str):
    return APIClient().post(f"{RECOVERIES}prove/", {"token": token})


def open_by_letter() -> Recovery:
    with posted() as first:
        assert ask(challenged(RUDO)).status_code == 202
    with posted() as next_ones:
        answer = prove(token_in(first[0]))
    assert answer.status_code == 200, answer.content
    assert "lies before the staff" in next_ones[0].body
    return Recovery.objects.get(pk=answer.json()["data"]["id"])


def say(actor: Actor, recovery: Recovery, verb: str):
    return client_of(actor).post(f"{RECOVERIES}{recovery.pk}/{verb}/")


def approve(recovery: Recovery, *actors: Actor) -> None:
    for actor in actors:
        answer = say(actor, recovery, "approve")
        assert answer.status_code == 200, answer.content


def status_of(recovery: Recovery) -> str:
    recovery.refresh_from_db()
    return recovery.status


def test_a_lost_factor_is_taken_away_by_two_a_day_later_and_another_is_added(
    app: Factor, farai: Actor, chipo: Actor, clock: time_machine.Traveller
):
    session = bearer(second(challenged(RUDO), shown_by(app.secret)))
    recovery = open_by_letter()
    approve(recovery, farai, chipo)
    clock.shift(DAY - timedelta(seconds=1))
    assert complete_due() == 0
    assert sign_in(RUDO).json()["data"].keys() == {"challenge"}
    clock.shift(timedelta(seconds=1))
    assert complete_due() == 1
    assert status_of(recovery) == "done"
    assert (Factor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    look_again()
    assert session.get(ME).status_code == 401
    client = bearer(sign_in(RUDO))
    begun = client.post(f"{FACTORS}totp/", {}).json()["data"]
    assert client.post(f"{FACTORS}{begun['id']}/confirm/", {"code": shown_by(begun["secret"])}).status_code == 200
    assert complete_due() == 0


def test_asking_takes_the_password_and_the_letter(app: Factor, farai: Actor):
    assert code_of(ask("0" * 43)) == (401, "challenge_over")
    with posted() as letters:
        assert ask(challenged(RUDO)).status_code == 202
    assert [letter.to for letter in letters] == [[RUDO]]
    assert Recovery.objects.get().status == "asked"
    assert client_of(farai).get(RECOVERIES).json()["data"] == []
    assert code_of(prove("x" * 43)) == (422, "link_not_valid")
    assert prove(token_in(letters[0])).status_code == 200
    assert [row["status"] for row in client_of(farai).get(RECOVERIES).json()["data"]] == ["open"]


def test_a_letter_is_answered_once_and_within_the_hour(app: Factor, clock: time_machine.Traveller):
    with posted() as letters:
        ask(challenged(RUDO))
        ask(challenged(RUDO))
    older, newer = (token_in(letter) for letter in letters)
    assert code_of(prove(older)) == (422, "link_not_valid")
    clock.shift(timedelta(hours=1))
    assert code_of(prove(newer)) == (422, "link_not_valid")
    with posted() as letters:
        ask(challenged(RUDO))
    assert prove(token_in(letters[0])).status_code == 200
    assert code_of(prove(token_in(letters[0]))) == (422, "link_not_valid")


def test_what_goes_on_is_not_asked_again(opened: Recovery):
    assert code_of(ask(challenged(RUDO))) == (422, "already_asked")
    assert Recovery.objects.count() == 1


def test_one_does_not_approve_twice(opened: Recovery, farai: Actor):
    approve(opened, farai)
    assert say(farai, opened, "approve").status_code in (400, 409)
    assert status_of(opened) == "open"


def test_nobody_approves_their_own(app: Factor, rudo: User, harare: Institution):
    make_grant(rudo, "registrar", harare)
    recovery = open_by_letter()
    mine = make_person(name="x", grants=[("registrar", harare)]).actor
    answer = say(replace(mine, id=rudo.pk), recovery, "approve")
    assert code_of(answer) == (422, "own_request")
    assert status_of(recovery) == "open"


@pytest.mark.parametrize("both", [{"first_by": "user"}, {"first_by": "other", "second_by": "other"}])
def test_the_database_refuses_one_who_approves_alone(rudo: User, harare: Institution, both: dict):
    people = {"user": rudo, "other": make_person()}
    fields = {name: people[who] for name, who in both.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Recovery.objects.create(user=rudo, institution=harare, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recovery.objects.create(user=rudo, institution=harare, status="done", due_at=timezone.now())


def test_staff_of_another_institution_neither_see_nor_approve(opened: Recovery, mutare: Institution):
    other = make_person(grants=[("registrar", mutare)]).actor
    assert client_of(other).get(RECOVERIES).json()["data"] == []
    assert code_of(say(other, opened, "approve")) == (404, "not_found")
    assert status_of(opened) == "open"


def test_it_needs_the_right_and_a_factor_shown_a_moment_ago(opened: Recovery, rudo: User, farai: Actor):
    assert code_of(say(rudo.actor, opened, "approve")) == (403, "not_allowed")
    assert code_of(say(replace(farai, strong_at=None), opened, "approve")) == (401, "step_up_needed")
    assert status_of(opened) == "open"


def test_the_person_is_told_of_each_step_and_stops_it_by_a_letter(opened: Recovery, farai: Actor, chipo: Actor):
    with posted() as letters:
        approve(opened, farai)
        approve(opened, chipo)
    assert [letter.to for letter in letters] == [[RUDO], [RUDO]]
    assert "Farai Staff approved" in letters[0].body
    token = token_in(letters[1])
    answer = APIClient().post(f"{RECOVERIES}cancel/", {"token": token})
    assert answer.json()["data"]["status"] == "canceled"
    with time_machine.travel(timezone.now() + DAY + timedelta(seconds=1)):
        assert complete_due() == 0
    assert Factor.objects.count() == 1
    assert code_of(APIClient().post(f"{RECOVERIES}cancel/", {"token": token})) == (422, "link_not_valid")
    assert AuditEntry.objects.filter(rule="instauth.recovery.canceled", decision="done").count() == 1


def test_the_person_sees_and_stops_it_on_every_device(app: Factor, farai: Actor):
    client = bearer(second(challenged(RUDO), shown_by(app.secret)))
    recovery = open_by_letter()
    approve(recovery, farai)
    assert [row["status"] for row in client.get(f"{RECOVERIES}mine/").json()["data"]] == ["open"]
    assert client.post(f"{RECOVERIES}mine/cancel/").status_code == 200
    assert status_of(recovery) == "canceled"
    assert code_of(client.post(f"{RECOVERIES}mine/cancel/")) == (422, "recovery_over")
    assert code_of(say(farai, recovery, "approve")) == (422, "recovery_over")


def test_staff_who_act_as_the_person_neither_see_nor_stop_it(opened: Recovery, rudo: User):
    helper = client_of(replace(rudo.actor, behind=make_person().pk))
    assert code_of(helper.get(f"{RECOVERIES}mine/")) == (403, "not_allowed")
    assert code_of(helper.post(f"{RECOVERIES}mine/cancel/")) == (403, "not_allowed")


def test_it_is_refused_even_when_approved(opened: Recovery, farai: Actor, chipo: Actor):
    approve(opened, farai, chipo)
    assert say(farai, opened, "refuse").status_code == 200
    assert status_of(opened) == "refused"
    assert code_of(say(chipo, opened, "refuse")) == (422, "recovery_over")


def test_at_the_desk_staff_opens_it_and_two_still_approve(app: Factor, rudo: User, farai: Actor, chipo: Actor):
    body = {"user": str(rudo.pk), "reason": "Showed the national identity card."}
    with posted() as letters:
        answer = client_of(farai).post(RECOVERIES, body)
    assert answer.status_code == 201, answer.content
    assert [letter.to for letter in letters] == [[RUDO]]
    recovery = Recovery.objects.get()
    assert (recovery.status, recovery.opened_by_id) == ("open", farai.id)
    approve(recovery, farai, chipo)
    assert status_of(recovery) == "approved"


def test_at_the_desk_nobody_without_a_factor_is_opened(rudo: User, farai: Actor):
    answer = client_of(farai).post(RECOVERIES, {"user": str(rudo.pk), "reason": "They said so."})
    assert code_of(answer) == (422, "no_factor")
    assert code_of(client_of(farai).post(RECOVERIES, {"user": str(rudo.pk)})) == (400, "required")


def test_whoever_reaches_the_nation_is_recovered_by_the_nation_alone(
    app: Factor, rudo: User, farai: Actor, harare: Institution
):
    make_grant(rudo, "national-administrator", None)
    recovery = open_by_letter()
    assert recovery.institution_id is None
    assert code_of(say(farai, recovery, "approve")) == (404, "not_found")
    approve(recovery, *(make_person(grants=[("national-administrator", None)]).actor for _ in range(2)))
    assert status_of(recovery) == "approved"


def test_a_person_of_several_institutions_says_at_which(
    app: Factor, rudo: User, harare: Institution, mutare: Institution
):
    make_grant(rudo, "lecturer", mutare)
    assert code_of(ask(challenged(RUDO))) == (422, "institution_needed")
    assert ask(challenged(RUDO), institution=str(mutare.pk)).status_code == 202
    assert Recovery.objects.get().institution_id == mutare.pk


def test_a_new_password_is_no_way_past_the_factor(app: Factor, rudo: User):
    rudo.set_password("another horse battery staple")
    rudo.save()
    answer = sign_in(RUDO, "another horse battery staple")
    assert answer.json()["data"].keys() == {"challenge"}
    assert Session.objects.count() == 0
