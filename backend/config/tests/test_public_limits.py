"""This file holds the test that whatever anybody may ask of us, without signing in, has a limit for each network."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from config.urls import PUBLIC_ROUTES
from core.audit.models import AuditEntry
from core.http.permissions import PUBLIC, address
from core.http.routes import needs_of, walked
from instauth.attempts.counting import Limit, Tally, counts
from instauth.rates.throttles import rate_key

NETWORK = "192.0.2.7"
UNCOUNTED = {
    "healthz": "a load balancer asks it all day, and it does nothing",
    "readyz": "a load balancer asks it all day",
    "auth/sign-in/": "attempts are counted more closely: for the account, the device and the network",
    "account/<path:anything>": "it only says that there is no such page",
}


def takes_posts(pattern: URLPattern) -> bool:
    """Whether anybody may send something there; of a plain function only its answer can tell."""
    needs = needs_of(pattern.callback)
    if needs is not None:
        return needs.get("POST") == PUBLIC
    page: Any = getattr(pattern.callback, "view_class", None)
    return page is None or bool(page.opened_because)


def is_counted(path: str) -> bool:
    """Whether it must be; each version of the API has the same views, so the first stands for all."""
    is_copy = path.startswith("api/") and not path.startswith("api/v1/")
    return address(path) in PUBLIC_ROUTES and address(path) not in UNCOUNTED and not is_copy


ROUTES = {
    path: pattern.callback
    for path, pattern in walked(get_resolver().url_patterns)
    if is_counted(path) and takes_posts(pattern)
}


def close(view: Any) -> None:
    """Let the network have asked as often as it may."""
    view = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    counts.count([Tally(rate_key(view, NETWORK), Limit(most=1, seconds=60))])


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(ROUTES))
def test_whatever_anybody_may_send_has_a_limit(path: str):
    before = Client().post(f"/{path}", REMOTE_ADDR=NETWORK)
    if before.status_code == 405:
        return  # it only answers what is asked
    assert before.status_code != 429
    close(ROUTES[path])
    answer = Client().post(f"/{path}", REMOTE_ADDR=NETWORK)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert AuditEntry.objects.get(code="too_many_requests").decision == "refused"
    assert Client().post(f"/{path}", REMOTE_ADDR="203.0.113.9").status_code == before.status_code


def test_what_is_not_counted_is_a_public_route():
    assert set(UNCOUNTED) <= set(PUBLIC_ROUTES)


@pytest.mark.django_db
def test_a_client_that_asks_too_often_is_told_so_in_the_words_of_oauth():
    close(ROUTES["oauth/token/"])
    answer = Client().post("/oauth/token/", {"grant_type": "client_credentials"}, REMOTE_ADDR=NETWORK)
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert answer.headers["Cache-Control"] == "no-store"
