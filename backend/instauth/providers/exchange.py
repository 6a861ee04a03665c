"""This file holds what is said to an identity provider: its description, its keys, and a code for who it vouches for.

OpenID Connect Core 1.0, authorization code with PKCE. Nothing that a provider answers is believed unless it is signed
by a key it publishes, for us, now, and for this very sign-in.
"""

import hashlib
import ipaddress
import socket
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

import jwt
import requests
import structlog
from django.conf import settings
from django.core.cache import cache

from core.errors import RuleBroken
from instauth.providers.models import IdentityProvider

log = structlog.get_logger("tesc.providers")

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SECONDS_TO_WAIT = 5
LARGEST_ANSWER = 256 * 1024
REMEMBERED_SECONDS = 600
LEEWAY_SECONDS = 60
DESCRIPTION = "/.well-known/openid-configuration"
LONGEST_SUBJECT = 255


class ProviderFailed(RuleBroken):
    """The provider could not be asked, or what it said could not be believed. What exactly stands in the log."""

    status = 503
    headers: Mapping[str, str] = {"Retry-After": "5"}

    def __init__(self) -> None:
        super().__init__("provider_failed", "Your institution's sign-in did not answer as it must. Try it again.")


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider says of a person who signed in there."""

    subject: str
    email: str
    email_verified: bool
    methods: frozenset[str]


def departure_url(provider: IdentityProvider, state: str, nonce: str, verifier: str) -> str:
    """The address at the provider to which a person is sent."""
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": return_url(),
        "scope": "openid email",
        "state": state,
        "nonce": nonce,
        "code_challenge": urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{described(provider)['authorization_endpoint']}?{urlencode(asked)}"


def return_url() -> str:
    return f"{settings.PUBLIC_URL}/account/sign-in/return/"


def redeemed(provider: IdentityProvider, code: str, nonce: str, verifier: str) -> Vouched:
    """Trade the code for an ID token, and believe it only after every check of OpenID Connect Core 3.1.3.7."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_url(),
        "code_verifier": verifier,
        "client_id": provider.client_id,
    }
    if provider.client_secret:
        form["client_secret"] = provider.client_secret
    answer = asked(described(provider)["token_endpoint"], provider, form)
    token = answer.get("id_token")
    if not isinstance(token, str):
        fail(provider, "no id_token")
    claims = believed(provider, token)
    if claims.get("nonce") != nonce:
        fail(provider, "another nonce")
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
        fail(provider, "made for somebody else")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        fail(provider, "no usable sub")
    methods = claims.get("amr")
    return Vouched(
        subject=subject,
        email=str(claims.get("email") or ""),
        email_verified=claims.get("email_verified") is True,
        methods=frozenset(str(one) for one in methods) if isinstance(methods, list) else frozenset(),
    )


def believed(provider: IdentityProvider, token: str) -> dict[str, Any]:
    """The claims of an ID token that the provider signed for us and that has not run out."""
    try:
        header = jwt.get_unverified_header(token)
        key = key_of(provider, str(header.get("kid", "")))
        if header.get("alg") not in ALGORITHMS or key is None:
            fail(provider, "signed by no key it publishes")
        return jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm_name] if key.algorithm_name in ALGORITHMS else ALGORITHMS,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "sub", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        fail(provider, str(error), error)


def key_of(provider: IdentityProvider, key_id: str) -> jwt.PyJWK | None:
    """The published key; asked for anew, at most once a minute, where it is not among those remembered."""
    for afresh in (False, True):
        if afresh and not cache.add(f"provider-keys-asked:{provider.pk}", 1, 60):
            return None
        for key in jwt.PyJWKSet.from_dict(keys(provider, afresh=afresh)).keys:
            if key.key_id == key_id and key.public_key_use in (None, "sig"):
                return key
    return None


def keys(provider: IdentityProvider, *, afresh: bool) -> dict[str, Any]:
    return remembered(f"provider-keys:{provider.pk}", described(provider)["jwks_uri"], provider, afresh=afresh)


def described(provider: IdentityProvider) -> dict[str, Any]:
    """The provider's own description; its issuer is the one that was approved, or nothing of it counts."""
    told = remembered(f"provider:{provider.pk}", provider.issuer.rstrip("/") + DESCRIPTION, provider)
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if told.get("issuer") != provider.issuer or not all(is_outside(told.get(name)) for name in needed):
        fail(provider, "its description is of another issuer, or names an address that is not allowed")
    return told


def remembered(name: str, url: str, provider: IdentityProvider, *, afresh: bool = False) -> dict[str, Any]:
    found = None if afresh else cache.get(name)
    if found is None:
        found = asked(url, provider)
        cache.set(name, found, REMEMBERED_SECONDS)
    return found


def asked(url: str, provider: IdentityProvider, form: dict[str, str] | None = None) -> dict[str, Any]:
    """A JSON object from the provider: bounded in time and size, and nowhere else than asked."""
    if not is_outside(url):
        fail(provider, "an address that is not allowed")
    try:
        with requests.request(
            "POST" if form else "GET",
            url,
            data=form,
            headers={"Accept": "application/json"},
            timeout=SECONDS_TO_WAIT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            body = answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
        if answer.status_code != 200 or len(body) > LARGEST_ANSWER:
            fail(provider, f"status {answer.status_code}, {len(body)} bytes")
        told = requests.models.complexjson.loads(body)
    except (requests.RequestException, ValueError) as error:
        fail(provider, str(error), error)
    if not isinstance(told, dict):
        fail(provider, "no JSON object")
    return told


def is_outside(url: Any) -> bool:
    """Whether an address is one of the open network by https: a provider must not lead us to our own machines."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if not parts.hostname or parts.username or parts.fragment:
        return False
    if settings.PROVIDERS_ON_LOOPBACK:
        return parts.scheme in ("http", "https") and parts.hostname == "127.0.0.1"
    if parts.scheme != "https":
        return False
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(address[4][0]).is_global for address in found)


def fail(provider: IdentityProvider, why: str, error: Exception | None = None) -> NoReturn:
    log.warning("identity provider failed", provider=str(provider.pk), why=why[:300])
    raise ProviderFailed() from error
