"""This file holds how messages leave the outbox: leased, handed to a worker, and done in the transaction of their effect."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from core.errors import RuleBroken
from core.outbox.events import event_of, listener_of
from core.outbox.models import Message
from core.tenancy.scope import reaching

log = structlog.get_logger("tesc.outbox")

LEASE = timedelta(seconds=60)
BATCH = 500
MOST_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(hours=1)


def lease() -> list[UUID]:
    """Take the messages that are due and in nobody's hands, so that two relays at once never hand out the same one."""
    now = timezone.now()
    with transaction.atomic():
        free = Message.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), done_at=None, dead_at=None)
        due = free.filter(due_at__lte=now).order_by("due_at").select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        Message.objects.filter(pk__in=ids).update(leased_until=now + LEASE)
    return ids


def deliver(message_id: UUID) -> bool:
    """Let the consumer hear one message. Delivered twice, or by two workers at once, it is heard once.

    A consumer that fails is tried again, later each time; after MOST_ATTEMPTS the message is dead until replayed.
    """
    with transaction.atomic():
        open_ones = Message.objects.filter(pk=message_id, done_at=None, dead_at=None)
        message = open_ones.select_for_update(skip_locked=True).first()
        if message is None:
            return False
        message.attempts += 1
        try:
            with transaction.atomic():
                hear(message)
        except (RuleBroken, DatabaseError, LookupError, ValueError, TypeError, OSError) as error:
            postpone(message, error)
        else:
            message.done_at = timezone.now()
        message.save()
        return message.done_at is not None


def hear(message: Message) -> None:
    places = [message.institution_id] if message.institution_id else []
    with reaching(*places):
        listener_of(message)(event_of(message))


def postpone(message: Message, error: Exception) -> None:
    now = timezone.now()
    message.last_error = f"{type(error).__name__}: {error}"[:500]
    message.leased_until = None
    message.due_at = now + min(timedelta(seconds=2**message.attempts), LONGEST_PAUSE)
    if message.attempts >= MOST_ATTEMPTS:
        message.dead_at = now
    log.error("message not delivered", message=str(message.pk), attempts=message.attempts, exc_info=error)


def replay(messages: list[Message]) -> int:
    """Give dead messages another round of attempts; how many there were."""
    ids = [message.pk for message in messages]
    return Message.objects.filter(pk__in=ids, dead_at__isnull=False).update(
        dead_at=None, attempts=0, due_at=timezone.now(), leased_until=None
    )
