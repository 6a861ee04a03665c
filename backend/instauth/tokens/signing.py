"""This file holds access tokens: short-lived JWTs (RFC 9068) signed with Ed25519, without a name and without rights."""

import hashlib
from dataclasses import dataclass
from functools import cache
from time import time
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
AUDIENCE = "tesc"


class TokenRefused(Exception):
    """The token is malformed, forged, or has run out."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: who, in which session, until when (seconds since the epoch)."""

    user: UUID
    session: UUID
    expires_at: int


@cache
def signing_key() -> Ed25519PrivateKey:
    key = load_pem_private_key(settings.TOKEN_SIGNING_KEY.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("The token signing key is not an Ed25519 key.")
    return key


@cache
def public_keys() -> dict[str, Ed25519PublicKey]:
    """Our own key set, by key id. What a token's header says of keys or algorithms is never followed."""
    public = signing_key().public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {hashlib.sha256(raw).hexdigest()[:16]: public}


def issue_access_token(user: UUID, session: UUID) -> str:
    """A token for one session, good for ACCESS_TOKEN_MINUTES."""
    now = int(time())
    claims = {
        "iss": settings.PUBLIC_URL,
        "aud": AUDIENCE,
        "sub": str(user),
        "sid": str(session),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + settings.ACCESS_TOKEN_MINUTES * 60,
    }
    (key_id,) = public_keys()
    return jwt.encode(claims, signing_key(), algorithm=ALGORITHM, headers={"kid": key_id, "typ": TYPE})


def read_access_token(token: str) -> Claims:
    """The claims of a token that we signed and that has not run out; anything else raises TokenRefused."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE or "crit" in header:
            raise TokenRefused("This is not an access token.")
        claims = jwt.decode(
            token,
            public_keys()[header["kid"]],
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=settings.PUBLIC_URL,
            options={"require": ["exp", "iat", "sub", "sid", "jti"]},
        )
        return Claims(UUID(claims["sub"]), UUID(claims["sid"]), claims["exp"])
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise TokenRefused("The access token is not valid.") from error
