"""This file holds what keeps tests of sign-in apart: each has counts of attempts of its own."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest
import redis

from instauth.attempts.counting import counts

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
