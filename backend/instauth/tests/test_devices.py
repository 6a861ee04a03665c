"""This file holds the tests of the devices a person is signed in on: seeing them, ending them, how long they last."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.watch import watch
from core.ids import uuid7
from instauth.models import Session
from instauth.sessions.devices import device_name
from instauth.sessions.rules import SignInRefused, begin_session, end_sessions
from users.accounts.rules import deactivate_user, reactivate_user, sign_out_everywhere
from users.factories import make_person
from users.models import User

SESSIONS, OTHERS = "/api/v1/auth/sessions/", "/api/v1/auth/sessions/revoke-others/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rudo() -> User:
    return make_person(name="Rudo Ncube", email="rudo@tesc.test")


@pytest.fixture
def tatenda() -> User:
    return make_person(name="Tatenda Phiri", email="tatenda@tesc.test")


def client_on(user: User, device: str = FIREFOX) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {begin_session(user, device).access}"})


def revoke(client: APIClient, key):
    return client.post(f"{SESSIONS}{key}/revoke/")


def look_again() -> None:
    watch.looked_at = float("-inf")


def test_a_person_sees_where_they_are_signed_in(rudo: User, tatenda: User):
    client_on(rudo, "curl/8.14.1")
    client_on(tatenda)
    shown = client_on(rudo).get(SESSIONS).json()["data"]
    assert [(one["device"], one["is_current"], one["methods"]) for one in shown] == [
        ("Firefox on Linux", True, ["pwd"]),
        ("curl", False, ["pwd"]),
    ]


def test_what_has_ended_is_no_device(rudo: User):
    client, other = client_on(rudo), begin_session(rudo, FIREFOX).session
    assert revoke(client, other.pk).status_code == 204
    assert [one["is_current"] for one in client.get(SESSIONS).json()["data"]] == [True]
    assert revoke(client, other.pk).status_code == 404


def test_a_revoked_session_is_refused(rudo: User):
    client, other = client_on(rudo), client_on(rudo)
    (key,) = (one["id"] for one in client.get(SESSIONS).json()["data"] if not one["is_current"])
    assert other.get(SESSIONS).status_code == 200
    revoke(client, key)
    look_again()
    assert (other.get(SESSIONS).status_code, client.get(SESSIONS).status_code) == (401, 200)
    assert AuditEntry.objects.get(rule="instauth.session.ended").changes == {"revoked_because": ["", "revoked"]}


def test_nobody_ends_the_session_of_another(rudo: User, tatenda: User):
    theirs = begin_session(tatenda, FIREFOX).session
    client = client_on(rudo)
    foreign, absent = revoke(client, theirs.pk), revoke(client, uuid7())
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["errors"] == absent.json()["errors"]
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_all_other_sessions_end_at_once(rudo: User, tatenda: User):
    others, stranger, client = [client_on(rudo), client_on(rudo)], client_on(tatenda), client_on(rudo)
    assert all(one.get(SESSIONS).status_code == 200 for one in [*others, stranger, client])
    assert client.post(OTHERS).json()["data"] == {"ended": 2}
    look_again()
    assert [one.get(SESSIONS).status_code for one in [*others, stranger, client]] == [401, 401, 200, 200]
    entry = AuditEntry.objects.get(rule="instauth.sessions.ended")
    assert (entry.person_id, entry.changes["sessions"]) == (rudo.pk, [2, 0])


def test_ending_none_leaves_no_trace(rudo: User):
    assert end_sessions(rudo, because="revoked", but=begin_session(rudo, "").session.pk) == 0
    assert not AuditEntry.objects.filter(rule="instauth.sessions.ended").exists()


def test_who_is_signed_out_everywhere_signs_in_again(rudo: User):
    client = client_on(rudo)
    assert client.get(SESSIONS).status_code == 200
    sign_out_everywhere(rudo.pk)
    look_again()
    assert (client.get(SESSIONS).status_code, client_on(rudo).get(SESSIONS).status_code) == (401, 200)


def test_an_account_that_opens_again_has_no_session_of_before(rudo: User):
    admin = make_person(grants=[("national-administrator", None)])
    client = client_on(rudo)
    deactivate_user(admin.actor, rudo)
    rudo.refresh_from_db()
    reactivate_user(admin.actor, rudo)
    assert client.get(SESSIONS).status_code == 401


def test_a_password_that_changed_meanwhile_lets_nobody_in(rudo: User):
    stale = User.objects.get(pk=rudo.pk)
    rudo.set_password("another battery, another horse")
    rudo.save()
    with pytest.raises(SignInRefused), transaction.atomic():
        begin_session(stale, FIREFOX)
    assert not Session.objects.exists()


def test_an_account_shut_meanwhile_lets_nobody_in(rudo: User):
    User.objects.filter(pk=rudo.pk).update(is_active=False)
    with pytest.raises(SignInRefused):
        begin_session(rudo, FIREFOX)


def test_use_is_noted_once_a_minute_and_keeps_a_session_from_idling(rudo: User):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = client_on(rudo)
        begun = Session.objects.get()
        for seconds, noted in [(0, 0), (59, 0), (2, 61), (30, 61), (31, 122)]:
            clock.shift(timedelta(seconds=seconds))
            assert client.get(SESSIONS).status_code == 200
            session = Session.objects.get()
            assert session.last_seen_at - begun.last_seen_at == timedelta(seconds=noted)
            assert session.idle_until - begun.idle_until == timedelta(seconds=noted)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
            "Chrome on Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/18.1 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/142.0 Mobile Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("python-requests/2.32.5", "python-requests"),
        ("Support by Farai Dube", "Support by Farai Dube"),
        ("<script>alert(1)</script>", "Unknown device"),
        ("", "Unknown device"),
    ],
    ids=lambda value: value[:20],
)
def test_a_device_is_called_in_plain_words(user_agent: str, name: str):
    assert device_name(user_agent) == name
