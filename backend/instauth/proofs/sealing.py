"""This file holds how what a stranger typed waits in the outbox: sealed, since an address may be anybody's."""

from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

import orjson

from core.ids import uuid7
from core.secrets.sealing import seal, unseal

SEALED = "core_message.typed"


def sealed(typed: dict[str, Any]) -> tuple[UUID, str]:
    """A new id and, bound to it, what was typed."""
    key = uuid7()
    return key, b64encode(seal(orjson.dumps(typed), SEALED, key, None)).decode()


def unsealed(key: UUID, text: str) -> dict[str, Any]:
    return orjson.loads(unseal(b64decode(text), SEALED, key, None))
