"""This file holds how a lower app tells a higher one that something happened, without importing it."""

from typing import Any

import structlog
from celery.exceptions import OperationalError
from django.db import connection, transaction

from core.ids import uuid7
from core.outbox.listeners import consumers_of, hears, name_of, written
from core.outbox.models import Message
from core.outbox.tasks import relay

__all__ = ["announce", "hears"]

log = structlog.get_logger("tesc.outbox")


def announce(event: Any) -> None:
    """Tell every listener what happened, once the current transaction is committed, and never if it is not.

    An event is a frozen dataclass of ids. One with an `institution_id` is heard in the reach of that institution.
    """
    event_id, payload = uuid7(), written(event)
    messages = [
        Message(
            event_id=event_id,
            topic=name_of(type(event)),
            consumer=consumer,
            payload=payload,
            institution_id=getattr(event, "institution_id", None),
        )
        for consumer in consumers_of(type(event))
    ]
    Message.objects.bulk_create(messages)
    if messages and not any(waiting[1] is wake for waiting in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Have the relay look at once. Where the broker is down, the relay finds the messages at its next look."""
    try:
        relay.apply_async(retry=False)
    except OperationalError as error:
        log.warning("the outbox waits for its schedule", reason=str(error))
