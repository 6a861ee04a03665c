"""This file holds keyed digests: what lets equal secrets be recognized without being read."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.secrets.normalizing import normalized

BLIND_INDEX_BYTES = 16


def keyed_digest(purpose: str, text: str) -> bytes:
    """HMAC-SHA256 under the blind-index key; `purpose` keeps digests of different columns from matching each other."""
    message = f"{purpose}\x1f{text}".encode()
    return hmac.new(settings.BLIND_INDEX_KEY, message, hashlib.sha256).digest()


def blind_index(column: str, institution: UUID | None, value: str) -> bytes:
    """What equality search over an encrypted column compares: the normalized value, by column and institution.

    It leaks equality and frequency inside one institution (of a national index, None, in the nation), and nothing else.
    """
    return keyed_digest(f"index:{column}:{institution or 'nation'}", normalized(value))[:BLIND_INDEX_BYTES]


def digest_of(field: models.Field, value: Any) -> str:
    """A sensitive value as the audit log shows it."""
    if isinstance(value, bytes):
        value = value.hex()
    text = json.dumps(value, cls=DjangoJSONEncoder) if not isinstance(value, str) else value
    return "digest:" + keyed_digest(f"audit:{field.model._meta.db_table}.{field.name}", text).hex()[:16]
