"""This file holds what a load balancer asks: is the process alive, and can it serve."""

from collections.abc import Callable

import redis
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

_migrated = False


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers. It looks at nothing else, so that a slow database doesn't get it killed."""
    return JsonResponse({"status": "alive"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve, and if not, what is missing."""
    failing = [name for name, works in CHECKS.items() if not works()]
    answer = {"status": "unavailable" if failing else "ready", "failing": failing}
    return JsonResponse(answer, status=503 if failing else 200, headers={"Retry-After": "5"} if failing else None)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def database_is_migrated() -> bool:
    """Asked until it is so: the migrations that this process knows don't change afterwards."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _migrated


def redis_answers() -> bool:
    try:
        cache.get("ready")
    except redis.RedisError:
        return False
    return True


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": database_is_migrated,
    "redis": redis_answers,
}
