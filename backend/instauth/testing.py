"""This file holds what keeps tests of sign-in apart: counts of attempts of their own, and signing keys of their own."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest
import redis

from instauth.attempts.counting import counts
from instauth.tokens.keys import ring

numbers = count()


@pytest.fixture(autouse=True)
def own_counts() -> Iterator[None]:
    """Counts under a prefix that no other test uses, in a Valkey that counts as filled."""
    usual, counts.prefix = counts.prefix, f"attempts:test:{os.getpid()}:{next(numbers)}:"
    counts.was_away = False
    with suppress(redis.RedisError):  # a test of an installation without one
        counts.valkey.set(counts.prefix, "filled", ex=600)
    yield
    counts.prefix = usual


@pytest.fixture
def own_keys() -> Iterator[None]:
    """Keys as this test's database holds them: the process remembers none of another's."""
    ring.forget()
    yield
    ring.forget()
