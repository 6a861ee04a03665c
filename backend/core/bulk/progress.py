"""This file holds how far the work on an upload is: in the cache, since its transaction shows nothing yet."""

from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

KEPT_SECONDS = 3600


def told(upload: UUID, rows: int) -> None:
    """Note how many rows were read. Where the cache is away nobody sees it, and the work goes on."""
    try:
        cache.set(key_of(upload), rows, KEPT_SECONDS)
    except (RedisError, OSError):
        return


def rows_read(upload: UUID) -> int | None:
    try:
        return cache.get(key_of(upload))
    except (RedisError, OSError):
        return None


def key_of(upload: UUID) -> str:
    return f"upload:{upload}:rows"
