"""This file holds how a lower app tells a higher one that something happened, without importing it."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar
from uuid import UUID

import structlog
from celery.exceptions import OperationalError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerGone

from core.ids import uuid7
from core.outbox.models import Message

log = structlog.get_logger("tesc.outbox")

Listener = Callable[[Any], None]
Event = TypeVar("Event")

_listeners: dict[type, dict[str, Listener]] = defaultdict(dict)
_events: dict[str, type] = {}


def hears(event_class: type) -> Callable[[Listener], Listener]:
    """Register a function that takes the event, after it is committed. Its module is imported in its app's `ready()`.

    It runs at least once, in the transaction that marks its message as done: what it writes, it writes once.
    """

    def wrap(listener: Listener) -> Listener:
        _listeners[event_class][name_of(listener)] = listener
        _events[name_of(event_class)] = event_class
        return listener

    return wrap


def announce(event: Any) -> None:
    """Tell every listener what happened, once the current transaction is committed, and never if it is not.

    An event is a frozen dataclass of ids. One with an `institution_id` is heard in the reach of that institution.
    """
    event_id, payload = uuid7(), json.loads(json.dumps(asdict(event), cls=DjangoJSONEncoder))
    messages = [
        Message(
            event_id=event_id,
            topic=name_of(type(event)),
            consumer=consumer,
            payload=payload,
            institution_id=getattr(event, "institution_id", None),
        )
        for consumer in _listeners[type(event)]
    ]
    if messages:
        Message.objects.bulk_create(messages)
        transaction.on_commit(wake)


def wake() -> None:
    """Have the relay look at once. Where the broker is down, the relay finds the messages at its next look."""
    from core.outbox.tasks import relay

    try:
        relay.delay()
    except (OperationalError, BrokerGone) as error:
        log.warning("the outbox waits for its schedule", reason=str(error))


def event_of(message: Message) -> Any:
    event_class = _events[message.topic]
    ids = {field.name for field in fields(event_class) if field.type in (UUID, "UUID")}
    return event_class(**{key: UUID(value) if key in ids else value for key, value in message.payload.items()})


def listener_of(message: Message) -> Listener:
    return _listeners[_events[message.topic]][message.consumer]


def name_of(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
