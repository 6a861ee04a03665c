"""This file holds what a worker does for the outbox."""

from uuid import UUID

from celery import shared_task

from core.outbox import relay as outbox


@shared_task
def relay() -> int:
    """Hand every message that is due to a worker; how many."""
    ids = outbox.lease()
    for message_id in ids:
        deliver.delay(str(message_id))
    return len(ids)


@shared_task
def deliver(message_id: str) -> bool:
    """Let the consumer of one message hear it."""
    return outbox.deliver(UUID(message_id))


@shared_task
def prune() -> int:
    """Forget messages that were done long ago."""
    return outbox.forget_done()
