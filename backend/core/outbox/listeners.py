"""This file holds who hears which event, and how an event is written down and read again."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar, get_args, get_type_hints
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from core.outbox.models import Message

Listener = Callable[[Any], None]
AnyListener = TypeVar("AnyListener", bound=Listener)

READERS: dict[type, Callable[[str], Any]] = {
    UUID: UUID,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}

_events: dict[str, type] = {}
_listeners: dict[type, dict[str, Listener]] = defaultdict(dict)


def hears(event_class: type) -> Callable[[AnyListener], AnyListener]:
    """Register a function that takes the event, after it is committed: it stands in a room's `tasks.py`.

    It runs in the transaction that marks its message as done, so what it writes is written once. What it does outside
    the database may be done again: give that the id of the event's subject, and let the other side refuse the second.
    """

    def wrap(listener: AnyListener) -> AnyListener:
        _events[name_of(event_class)] = event_class
        _listeners[event_class][name_of(listener)] = listener
        return listener

    return wrap


def consumers_of(event_class: type) -> list[str]:
    return list(_listeners[event_class])


def listener_of(message: Message) -> Listener:
    """Raises LookupError where this version of the code has no such event, or nobody of that name who hears it."""
    return _listeners[_events[message.topic]][message.consumer]


def written(event: Any) -> dict[str, Any]:
    """The event as JSON: ids, words, numbers and dates."""
    return json.loads(json.dumps(asdict(event), cls=DjangoJSONEncoder))


def event_of(message: Message) -> Any:
    """The event that a message carries."""
    event_class = _events[message.topic]
    types = get_type_hints(event_class)
    return event_class(**{name: read(types[name], value) for name, value in message.payload.items()})


def read(declared: Any, value: Any) -> Any:
    for kind in get_args(declared) or (declared,):  # `UUID | None` has two
        if kind in READERS and value is not None:
            return READERS[kind](value)
    return value


def name_of(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
