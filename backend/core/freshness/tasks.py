"""This file holds what is done to old changes, on a schedule."""

from celery import shared_task

from core.freshness.changes import forget_old


@shared_task
def prune() -> int:
    """Forget changes that every process has heard of."""
    return forget_old()
