"""This file holds how often one network may ask what needs no sign-in: for views whose answers cost us something.

A view says `throttle_classes = [PerNetwork]`, and `rate` where the usual one doesn't fit; what is no view of ours calls
`count_request`. It is counted where attempts are, before anything else is done, and also where the request is refused
later on.
"""

from math import ceil
from time import time
from typing import Any

from rest_framework.throttling import BaseThrottle

from core.audit.origin import origin
from core.errors import RuleBroken
from instauth.attempts.counting import Limit, Tally, counts
from instauth.attempts.rules import MINUTE, key_of, network_of
from instauth.attempts.telling import told

# A campus of 10,000 behind one address: tokens that live ten minutes are renewed 5,000 times in five minutes.
RENEWALS = Limit(most=6000, seconds=5 * MINUTE)
# What a person does now and then: asking for a letter, leaving for an identity provider.
USUAL = Limit(most=600, seconds=5 * MINUTE)


class TooManyRequests(RuleBroken):
    """This network asked more often than a whole campus does."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many_requests", f"Too many requests come from your network. Try again in {seconds} s.")
        self.headers = {"Retry-After": str(seconds)}


class PerNetwork(BaseThrottle):
    """So many requests of one network to one view, in one window of time."""

    def allow_request(self, request: Any, view: Any) -> bool:
        count_request(type(view), getattr(view, "rate", USUAL))
        return True


def count_request(view: Any, limit: Limit = USUAL) -> None:
    """Count a request of this network to a view, a class or a function; raise TooManyRequests where it was too many."""
    key = rate_key(view, origin.get().address)
    is_free, (state,) = counts.take([Tally(key, limit)])
    if not is_free:
        refusal = TooManyRequests(max(1, ceil(state.open_at - time())))
        raise told(refusal, {key: f"network at {name_of(view)}"})


def rate_key(view: Any, address: str | None) -> str:
    return key_of("rate", name_of(view), network_of(address))


def name_of(view: Any) -> str:
    return f"{view.__module__}.{view.__qualname__}"
