"""This file holds the tests that what is of no more use is forgotten on a schedule: nothing of a person for ever."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import forgetting
from faculties.models import Institution
from instauth.addresses.models import AddressChange
from instauth.addresses.tasks import forget_expired as forget_changes
from instauth.factors.models import Question
from instauth.factors.tasks import forget_expired as forget_questions
from instauth.invitations.tasks import forget_unused
from instauth.models import Invitation, RefreshToken, Session
from instauth.providers.models import Departure, IdentityProvider
from instauth.providers.tasks import forget_expired as forget_departures
from instauth.sessions.rules import begin_session, end_session, renew
from instauth.sessions.tasks import forget_over
from instauth.signin.models import Challenge
from instauth.signin.tasks import forget_expired as forget_challenges
from users.factories import make_person, make_role
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test")


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def make_challenge(user: User, number: int = 1) -> None:
    ends = timezone.now() + timedelta(minutes=5)
    Challenge.objects.create(digest=bytes([number]) * 32, user=user, methods=["pwd"], expires_at=ends)


def make_question(user: User) -> None:
    ends = timezone.now() + timedelta(minutes=5)
    Question.objects.create(digest=b"1" * 32, purpose=Question.Purpose.STEP_UP, user=user, expires_at=ends)


def make_change(user: User) -> None:
    AddressChange(user=user, email="new@tesc.test", expires_at=timezone.now() + timedelta(minutes=5)).save_checked()


def invite(email: str, status: str, harare: Institution, user: User | None = None) -> Invitation:
    return Invitation(
        email=email,
        name="Somebody",
        role=make_role("users.view_role"),
        institution=harare,
        invited_by=make_person(),
        status=status,
        user=user,
        expires_at=timezone.now() + timedelta(hours=72),
    ).save_checked()


@pytest.mark.parametrize(
    ("make", "forget"),
    [
        (make_challenge, forget_challenges),
        (make_question, forget_questions),
        (make_change, forget_changes),
    ],
    ids=["challenge", "question", "change of address"],
)
def test_what_ran_out_goes_and_what_is_still_good_stays(rudo: User, clock, make, forget):
    make(rudo)
    clock.shift(timedelta(minutes=5))
    assert forget() == 0
    clock.shift(timedelta(seconds=1))
    assert forget() == 1
    assert forget() == 0


def test_a_departure_from_which_nobody_returned_goes(clock, harare: Institution):
    provider = IdentityProvider(
        institution=harare,
        name="Harare",
        issuer="https://id.harare.test",
        client_id="us",
        email_domains=["harare.test"],
    ).save_checked()
    ends = timezone.now() + timedelta(minutes=10)
    Departure.objects.create(
        state_digest=b"1" * 32, binding_digest=b"2" * 32, provider=provider, sealed=b"3", expires_at=ends
    )
    assert forget_departures() == 0
    clock.shift(timedelta(minutes=11))
    assert forget_departures() == 1


def test_refresh_tokens_go_a_day_after_their_session_has_ended(rudo: User, clock):
    ended, goes_on = begin_session(rudo, ""), begin_session(rudo, "")
    renew(ended.refresh)
    end_session(ended.session)
    clock.shift(timedelta(hours=1))
    assert forget_over() == 0
    renewed = goes_on
    for _ in range(4):
        clock.shift(timedelta(hours=6))
        renewed = renew(renewed.refresh)
    assert forget_over() == 2
    assert {token.session_id for token in RefreshToken.objects.all()} == {goes_on.session.pk}
    assert Session.objects.count() == 2, "its network is known for 90 days"


def test_a_session_goes_once_its_network_is_known_no_longer(rudo: User, clock):
    begin_session(rudo, "")
    session = Session.objects.get()
    clock.move_to(session.idle_until + timedelta(days=90))
    assert forget_over() == 1  # its token
    assert Session.objects.exists()
    clock.shift(timedelta(seconds=1))
    assert forget_over() == 1
    assert not Session.objects.exists()


def test_invitations_by_which_nobody_came_go_a_month_after_they_ran_out(rudo: User, clock, harare: Institution):
    invite("a@tesc.test", "open", harare)
    invite("b@tesc.test", "withdrawn", harare)
    accepted = invite("rudo@tesc.test", "accepted", harare, rudo)
    clock.shift(timedelta(days=33))
    assert forget_unused() == 0
    clock.shift(timedelta(seconds=1))
    assert forget_unused() == 2
    assert Invitation.objects.get() == accepted


def test_many_go_in_batches(rudo: User, clock, monkeypatch):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    for number in range(5):
        make_challenge(rudo, number)
    clock.shift(timedelta(minutes=6))
    make_challenge(rudo, 9)
    with CaptureQueriesContext(connection) as queries:
        assert forget_challenges() == 5
    assert len([one for one in queries if one["sql"].startswith("DELETE")]) == 3
    assert Challenge.objects.count() == 1


def test_whatever_runs_out_is_forgotten_by_a_task_of_the_schedule():
    """A new room whose rows run out needs a task too."""
    rooms = {entry["task"].rpartition(".tasks.")[0] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    run_out = {
        model.__module__.rpartition(".models")[0]
        for model in connection.introspection.get_migratable_models()
        if model._meta.app_label == "instauth" and any(field.name == "expires_at" for field in model._meta.fields)
    }
    assert "instauth.proofs" in run_out
    assert run_out <= rooms
