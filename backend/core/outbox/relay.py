"""This file holds how messages leave the outbox: leased, handed to a worker, done together with their effect."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.outbox.listeners import event_of, listener_of
from core.outbox.models import Message
from core.tenancy.scope import reaching

log = structlog.get_logger("tesc.outbox")

# A message that was handed out and not done by then is taken for lost (with its worker, or with Redis).
LEASE = timedelta(minutes=2)
BATCH = 500
MOST_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=7)

OPEN = Q(done_at=None, dead_at=None)


def lease() -> list[UUID]:
    """Take the messages that are due and in nobody's hands, oldest first. Two relays never take the same one."""
    now = timezone.now()
    with transaction.atomic():
        free = Message.objects.filter(OPEN, Q(leased_until=None) | Q(leased_until__lt=now), due_at__lte=now)
        taken = free.order_by("due_at", "pk").select_for_update(skip_locked=True)
        ids = list(taken.values_list("pk", flat=True)[:BATCH])
        Message.objects.filter(pk__in=ids).update(leased_until=now + LEASE)
    return ids


def deliver(message_id: UUID) -> bool:
    """Let the consumer hear one message; whether it now has. Delivered twice, or twice at once, it is heard once.

    A consumer that fails is tried again, later each time; after MOST_ATTEMPTS the message is dead until replayed.
    """
    attempts = begin(message_id)
    if attempts is None:
        return False
    try:
        with transaction.atomic():
            message = locked(message_id)
            if message is None:
                return False
            hear(message)
            message.done_at = timezone.now()
            message.save(update_fields=["done_at"])
            return True
    except Exception as error:  # noqa: BLE001 (the edge: whatever a consumer raises, its message must die in the end)
        postpone(message_id, attempts, error)
        return False


def begin(message_id: UUID) -> int | None:
    """Count the attempt, and commit that, so that a message that kills its workers dies too; None if it is not ours."""
    with transaction.atomic():
        message = locked(message_id)
        if message is None:
            return None
        if message.attempts >= MOST_ATTEMPTS:
            bury(message, "No worker lived to tell what happened.")
            return None
        message.attempts += 1
        message.save(update_fields=["attempts"])
        return message.attempts


def locked(message_id: UUID) -> Message | None:
    """The message, locked; None where it is done or dead, or another worker is at it."""
    return Message.objects.filter(OPEN, pk=message_id).select_for_update(skip_locked=True).first()


def hear(message: Message) -> None:
    listener, event = listener_of(message), event_of(message)
    with reaching(*([message.institution_id] if message.institution_id else [])):
        listener(event)


def postpone(message_id: UUID, attempts: int, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"[:500]
    log.warning("message not delivered", message=str(message_id), attempts=attempts, exc_info=error)
    with transaction.atomic():
        message = locked(message_id)
        if message is None:
            return
        if attempts >= MOST_ATTEMPTS:
            bury(message, reason)
            return
        message.last_error, message.leased_until = reason, None
        message.due_at = timezone.now() + min(timedelta(seconds=2**attempts), LONGEST_PAUSE)
        message.save(update_fields=["last_error", "leased_until", "due_at"])


def bury(message: Message, reason: str) -> None:
    message.last_error, message.leased_until, message.dead_at = reason, None, timezone.now()
    message.save(update_fields=["last_error", "leased_until", "dead_at"])
    log.error("message dead", message=str(message.pk), topic=message.topic, consumer=message.consumer, reason=reason)


def replay(ids: list[UUID]) -> int:
    """Give dead messages another round of attempts; how many there were."""
    dead = Message.objects.filter(pk__in=ids, dead_at__isnull=False)
    return dead.update(dead_at=None, attempts=0, due_at=timezone.now())


def forget_done() -> int:
    """Delete what was done long ago; the number of messages that went."""
    return Message.objects.filter(done_at__lt=timezone.now() - KEPT).delete()[0]
