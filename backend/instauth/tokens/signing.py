"""This file holds access tokens: short-lived JWTs (RFC 9068) signed with Ed25519, without a name and without rights."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import time
from typing import Any
from uuid import UUID, uuid4

import jwt
from django.conf import settings

from instauth.tokens.keys import EDDSA, ring

TYPE = "at+jwt"
AUDIENCE = "tesc"
# A person's has less than 1000 characters, one that names every scope some 5000, and web servers take lines of 8190.
# What is longer is not even hashed.
LONGEST_TOKEN = 7900
HEADER = {"alg", "kid", "typ"}  # whoever sends more (jku, jwk, x5u, crit, b64, ...) wants a key or a rule of their own


class TokenRefused(Exception):
    """The token is malformed, forged, or has run out."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: who, in which session, until when (seconds since the epoch)."""

    user: UUID
    session: UUID
    expires_at: int


@dataclass(frozen=True, slots=True)
class ClientClaims:
    """What the access token of a third-party program says: by which access, with which scopes, until when."""

    client: UUID
    access: UUID
    scopes: frozenset[str]
    issued_at: int
    expires_at: int


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
    return signed(claims, EDDSA, TYPE)


def issue_client_token(subject: UUID, client: UUID, access: UUID, scopes: Iterable[str]) -> str:
    """A token for a third-party program (RFC 9068), good for ACCESS_TOKEN_MINUTES."""
    now = int(time())
    claims = {
        "iss": settings.PUBLIC_URL,
        "aud": AUDIENCE,
        "sub": str(subject),
        "client_id": str(client),
        "access": str(access),
        "scope": " ".join(scopes),
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + settings.ACCESS_TOKEN_MINUTES * 60,
    }
    return signed(claims, EDDSA, TYPE)


def signed(claims: dict[str, Any], algorithm: str, type_: str) -> str:
    """A JWT by the key that signs with an algorithm just now."""
    signer = ring.keys().signers[algorithm]
    return jwt.encode(claims, signer.key, algorithm=signer.algorithm, headers={"kid": signer.kid, "typ": type_})


def read_access_token(token: str) -> Claims | ClientClaims:
    """The claims of a token that we signed and that has not run out; anything else raises TokenRefused."""
    claims = verified(token)
    try:
        if "client_id" in claims:
            scopes = frozenset(claims["scope"].split())
            return ClientClaims(UUID(claims["client_id"]), UUID(claims["access"]), scopes, claims["iat"], claims["exp"])
        return Claims(UUID(claims["sub"]), UUID(claims["sid"]), claims["exp"])
    except (KeyError, ValueError, AttributeError) as error:
        raise TokenRefused("The access token is not valid.") from error


def verified(token: str) -> dict[str, Any]:
    """The claims of an access token. Its key is looked up among ours, and the key alone says the algorithm."""
    try:
        if len(token) > LONGEST_TOKEN:
            raise TokenRefused("The access token is not valid.")
        header = jwt.get_unverified_header(token)
        if set(header) != HEADER or header["typ"] != TYPE:
            raise TokenRefused("This is not an access token.")
        verifier = ring.keys().trusted(header["kid"])
        if verifier is None or verifier.algorithm != EDDSA:
            raise TokenRefused("The access token is not valid.")
        return jwt.decode(
            token,
            verifier.key,
            algorithms=[verifier.algorithm],
            audience=AUDIENCE,
            issuer=settings.PUBLIC_URL,
            options={"require": ["exp", "iat", "sub", "jti"], "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenRefused("The access token is not valid.") from error
