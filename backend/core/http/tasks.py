"""This file holds what is done in the background for HTTP: forgetting old idempotency keys."""

from celery import shared_task

from core.http.idempotency import forget_expired


@shared_task
def forget_old_keys() -> int:
    return forget_expired()
