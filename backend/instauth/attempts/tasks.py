"""This file holds what is done to counts of attempts on a schedule."""

from celery import shared_task

from instauth.attempts.counting import forget_ended


@shared_task
def prune() -> int:
    """Forget counts that have ended."""
    return forget_ended()
