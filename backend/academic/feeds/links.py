"""This file holds the token of a feed: which institution's it is, and a secret."""

import base64
import binascii
import secrets
from uuid import UUID

from django.conf import settings

from core.errors import NotVisible
from core.secrets.digests import keyed_digest

SECRET_BYTES, ID_BYTES = 32, 16


def new_token(institution: UUID) -> str:
    return base64.urlsafe_b64encode(institution.bytes + secrets.token_bytes(SECRET_BYTES)).decode()


def digest_of(token: str) -> bytes:
    return keyed_digest("feed", token)


def institution_of(token: str) -> UUID:
    """Where the feed of a token lies. That there is one is for the database to say."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotVisible() from error
    if len(raw) != ID_BYTES + SECRET_BYTES:
        raise NotVisible()
    return UUID(bytes=raw[:ID_BYTES])


def address_of(token: str) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/academic/feeds/fetch/{token}/"
