"""This file holds how a rule writes to somebody: the letter goes with the transaction, or not at all."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from core.ids import uuid7
from core.outbox.events import announce
from core.secrets.sealing import seal, unseal

SEALED = "core_message.letter"


@dataclass(frozen=True)
class LetterPosted:
    """A letter to one address. It is sealed: what it says may let its reader in."""

    letter_id: UUID
    sealed: str


@dataclass(frozen=True)
class Letter:
    """What to say to whom: the template `mail/<name>.txt` of some app, with what it needs."""

    name: str
    to: str
    context: dict[str, Any]
    language: str = "en"


def post(name: str, to: str, /, *, language: str = "en", **context: Any) -> None:
    """Write a letter to an address, once the current transaction is committed. A `link` stands on a line of its own."""
    letter_id = uuid7()
    content = orjson.dumps(Letter(name, to, context, language))
    announce(LetterPosted(letter_id, b64encode(seal(content, SEALED, letter_id, None)).decode()))


def opened(event: LetterPosted) -> Letter:
    return Letter(**orjson.loads(unseal(b64decode(event.sealed), SEALED, event.letter_id, None)))
