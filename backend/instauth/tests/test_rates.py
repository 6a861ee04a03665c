"""This file holds the tests of how often one network may ask, and of whose network a request counts for."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.http.middleware import client_of
from instauth.attempts.counting import Limit
from instauth.rates.throttles import RENEWALS, USUAL, PerNetwork
from instauth.sessions.api import Refresh
from users.factories import make_person

REFRESH, OFFERED = "/api/v1/auth/refresh/", "/api/v1/auth/providers/offered/"
SIGN_IN = "/api/v1/auth/sign-in/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch) -> None:
    monkeypatch.setattr(Refresh, "rate", Limit(most=2, seconds=300))


def refresh(address: str = "192.0.2.7", **more: str):
    return APIClient().post(REFRESH, {"refresh_token": "x"}, REMOTE_ADDR=address, **more)


def test_whoever_asks_too_often_is_told_when_to_come_again(few):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert [refresh().status_code for _ in range(2)] == [401, 401]
        answer = refresh()
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
        assert answer.json()["status"] == "error"
        assert answer.json()["errors"] == [
            {
                "code": "too_many_requests",
                "message": "Too many requests come from your network. Try again in 300 s.",
                "field": None,
            }
        ]
        clock.shift(timedelta(seconds=300))
        assert refresh().status_code == 401


def test_other_networks_and_other_views_are_counted_apart(few):
    assert [refresh().status_code for _ in range(3)] == [401, 401, 429]
    assert refresh("203.0.113.9").status_code == 401
    assert refresh("192.0.2.200").status_code == 429  # the same /24
    assert APIClient().get(f"{OFFERED}?email=a@b.test", REMOTE_ADDR="192.0.2.7").status_code != 429


def test_the_audit_log_holds_which_gauge_was_closed_once_in_a_minute(few):
    assert [refresh().status_code for _ in range(5)] == [401, 401, 429, 429, 429]
    entry = AuditEntry.objects.get(code="too_many_requests")
    assert (entry.decision, entry.actor_name, entry.address) == ("refused", "unknown", "192.0.2.7")
    assert entry.changes == {"gauges": ["network at instauth.sessions.api.Refresh"]}


def test_it_is_counted_without_valkey_too(few, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock?db=0"}}
    assert [refresh().status_code for _ in range(3)] == [401, 401, 429]


def test_a_campus_behind_one_address_renews_all_its_tokens():
    students, lifetime = 10_000, timedelta(minutes=10)
    assert RENEWALS.most >= students * RENEWALS.seconds / lifetime.total_seconds()
    assert Refresh.throttle_classes == [PerNetwork]
    assert Refresh.rate is RENEWALS
    assert USUAL.most < RENEWALS.most


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"])
def test_a_header_that_anybody_can_send_opens_no_limit(few, header):
    said = [refresh(**{header: f"198.51.{number}.1"}).status_code for number in range(3)]
    assert said == [401, 401, 429]


@pytest.mark.parametrize(
    ("peer", "told", "expected"),
    [
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # a peer on the network counts, whatever it tells
        ("", "198.51.100.1", "198.51.100.1"),  # only our nginx comes by the socket
        ("", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.1, 10.0.0.1", None),
        ("", "<script>", None),
        ("", None, None),
    ],
    ids=["peer", "socket", "socket, IPv6", "two", "no address", "nothing"],
)
def test_the_address_is_told_by_the_peer_or_by_nginx_alone(peer, told, expected):
    meta = {"REMOTE_ADDR": peer} | ({"HTTP_X_REAL_IP": told} if told else {})
    assert client_of(meta) == expected


def test_the_audit_log_holds_the_address_that_nginx_told():
    make_person(email="rudo@tesc.test")
    APIClient().post(
        SIGN_IN, {"email": "rudo@tesc.test", "password": "wrong"}, REMOTE_ADDR="", HTTP_X_REAL_IP="198.51.100.1"
    )
    assert AuditEntry.objects.get().address == "198.51.100.1"
