"""This file holds what oauthlib asks of us: who a client is, what codes and tokens are good for, and what is kept.

One gate serves one request. What it spends is spent by one statement, in the transaction of the request; what a refusal
must leave behind waits in `aftermath` until that was rolled back.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import time
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid import RequestValidator

from core.audit.models import AuditEntry
from core.audit.record import record
from instauth.oauth.models import AuthorizationCode, Client, ClientAccess, ClientToken, Consent
from instauth.oauth.proving import find_access
from instauth.oauth.redirects import matches
from instauth.oauth.rules import actor_of_client, end_access, is_live, secret_digest
from instauth.oauth.scopes import OFFLINE
from instauth.sessions.models import Session
from instauth.sessions.rules import is_live as session_is_live
from instauth.tokens.keys import ES256
from instauth.tokens.refresh import digest_of
from instauth.tokens.signing import (
    AUDIENCE,
    ClientClaims,
    TokenRefused,
    issue_client_token,
    read_access_token,
    signed,
)

CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS = timedelta(days=30)  # then the person is asked anew, however often it was renewed
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
LONGEST_NONCE = 255
Kind = Client.Kind


class Gate(RequestValidator):
    """Our answers to oauthlib. `must_prove`: even a public client can't come in without a secret."""

    def __init__(self, consent: Consent | None = None, session: Session | None = None, *, must_prove: bool = False):
        super().__init__()
        self.consent: Any = consent  # these two where a person answers, and only there
        self.session: Any = session
        self.must_prove = must_prove
        self.client: Client | None = None
        self.code: AuthorizationCode | None = None
        self.access: Any = None  # the access that is begun or renewed
        self.generation = 1
        self.aftermath: list[Callable[[], Any]] = []

    # --- Who the client is ---
    def known(self, client_id: str | None, request: Any) -> Client | None:
        """A client that may do something just now."""
        found = find_client(client_id)
        self.client = found
        request.client = found if found and found.is_live else None
        return request.client

    def validate_client_id(self, client_id: str, request: Any) -> bool:
        client = self.known(client_id, request)
        return client is not None and client.kind != Kind.SYSTEM

    def client_authentication_required(self, request: Any) -> bool:
        """Whoever has a secret shows it; whoever shows one is judged by it."""
        if self.must_prove or request.client_secret or "Authorization" in request.headers:
            return True
        client = find_client(request.client_id)
        return client is None or client.kind != Kind.PUBLIC

    def authenticate_client(self, request: Any) -> bool:
        client_id, secret = credentials_of(request)
        client = self.known(client_id, request)
        if client is None or request.client_id not in (None, client.client_id):
            return False
        # A public client has no digest, which is the digest of nothing.
        return hmac.compare_digest(client.secret_digest, secret_digest(secret or ""))

    def authenticate_client_id(self, client_id: str, request: Any) -> bool:
        client = self.known(client_id, request)
        return client is not None and client.kind == Kind.PUBLIC

    def validate_grant_type(self, client_id: str, grant_type: str, client: Client, request: Any) -> bool:
        return (grant_type == "client_credentials") == (client.kind == Kind.SYSTEM)

    # --- What is asked for ---
    def validate_response_type(self, client_id: str, response_type: str, client: Client, request: Any) -> bool:
        return response_type == "code"

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any) -> bool:
        return matches(request.client.redirect_uris, redirect_uri)

    def get_default_redirect_uri(self, client_id: str, request: Any) -> None:
        """None: a client says each time where it wants the answer."""

    def validate_scopes(self, client_id: str, scopes: list[str], client: Client, request: Any) -> bool:
        return bool(scopes) and set(scopes) <= set(client.scopes)

    def get_default_scopes(self, client_id: str, request: Any) -> list[str]:
        """All of them for a system; a person is asked for something in particular."""
        return request.client.scopes if request.client and request.client.kind == Kind.SYSTEM else []

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def validate_silent_login(self, request: Any) -> bool:
        return True  # the view asks who is signed in, for each kind of request

    def validate_silent_authorization(self, request: Any) -> bool:
        return True  # and whether they consented

    def validate_user_match(self, id_token_hint: str, scopes: list[str], claims: Any, request: Any) -> bool:
        return True  # no hint is taken

    # --- Codes ---
    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Any) -> None:
        AuthorizationCode.objects.create(
            digest=digest_of(code["code"]),
            consent=self.consent,
            session=self.session,
            redirect_uri=request.redirect_uri,
            challenge=request.code_challenge,
            scopes=request.scopes,
            nonce=request.nonce or "",
            expires_at=timezone.now() + CODE_LASTS,
        )

    def validate_code(self, client_id: str, code: str, client: Client, request: Any) -> bool:
        """Spend a code. Whoever shows one a second time holds a copy: what the first got ends."""
        now, related = timezone.now(), ("consent__user", "session__user", "access__client")
        spent = AuthorizationCode.objects.filter(digest=digest_of(code), used_at__isnull=True).update(used_at=now)
        found = AuthorizationCode.objects.select_related(*related).filter(digest=digest_of(code)).first()
        if found is None:
            return False
        if not spent:
            if found.access:
                self.aftermath.append(partial(end_access, found.access, "code_reused"))
            return False
        if found.consent.client_id != client.pk or now >= found.expires_at or not may_redeem(found):
            return False
        self.code, request.user, request.scopes = found, found.consent.user, found.scopes
        return True

    def get_code_challenge(self, code: str, request: Any) -> str:
        return self.spent_code.challenge

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return "S256"

    def confirm_redirect_uri(self, client_id: str, code: str, redirect_uri: str, client: Client, request: Any) -> bool:
        return redirect_uri == self.spent_code.redirect_uri

    def get_authorization_code_nonce(self, client_id: str, code: str, redirect_uri: str, request: Any) -> str | None:
        return self.spent_code.nonce or None

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any) -> None:
        """It was spent when it was looked up."""

    @property
    def spent_code(self) -> AuthorizationCode:
        if self.code is None:
            raise errors.InvalidGrantError
        return self.code

    # --- Renewal ---
    def validate_refresh_token(self, refresh_token: str, client: Client, request: Any) -> bool:
        """Spend a refresh token. Whoever shows one a second time holds a copy: the access ends, for both."""
        digest, now = digest_of(refresh_token), timezone.now()
        spent = ClientToken.objects.filter(digest=digest, used_at__isnull=True).update(used_at=now)
        found = ClientToken.objects.filter(digest=digest).first()
        access = find_access(found.access_id) if found else None
        if found is None or access is None:
            return False
        if not spent:
            self.aftermath.append(partial(end_access, access, "token_reused"))
            return False
        self.access, self.generation, request.user = access, found.generation + 1, access.user
        return access.client_id == client.pk and is_live(access)

    def get_original_scopes(self, refresh_token: str, request: Any) -> list[str]:
        return self.access.scopes if self.access else []

    # --- Tokens ---
    def new_access_token(self, request: Any) -> str:
        if self.access is None:
            self.access = self.begin_access(request)
        access: ClientAccess = self.access
        return issue_client_token(access.user_id or access.client_id, access.client_id, access.pk, request.scopes)

    def begin_access(self, request: Any) -> ClientAccess:
        """What a client is given at one time, on record."""
        now, code = timezone.now(), self.code
        lasts = ACCESS_LASTS if OFFLINE in request.scopes else timedelta(minutes=settings.ACCESS_TOKEN_MINUTES)
        access = ClientAccess.objects.create(
            client=request.client,
            user=code.consent.user if code else None,
            consent=code.consent if code else None,
            session=code.session if code else None,
            scopes=request.scopes,
            is_strong=bool(code and code.session.strong_at),
            ends_at=now + lasts,
        )
        if code:
            AuthorizationCode.objects.filter(pk=code.pk).update(access=access)
        record(
            actor_of_client(request.client), "instauth.client_access.begun", access,
            changes={"client": ["", request.client.client_id], "scopes": ["", access.scopes]},
        )  # fmt: skip
        return access

    def new_refresh_token(self, request: Any) -> str:
        token = secrets.token_urlsafe(32)
        ClientToken.objects.create(digest=digest_of(token), access=self.access, generation=self.generation)
        return token

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """What is kept was kept when each was made."""

    def finalize_id_token(self, id_token: dict[str, Any], token: dict[str, Any], handler: Any, request: Any) -> str:
        """Who signed in, when, and how: signed for the client by a key of the key set."""
        session = self.spent_code.session
        claims = {
            **id_token,
            "iss": settings.PUBLIC_URL,
            "sub": str(self.spent_code.consent.user_id),
            "exp": id_token["iat"] + settings.ACCESS_TOKEN_MINUTES * 60,
            "auth_time": int(session.proved_at.timestamp()),
            "amr": session.methods,
        }
        return signed(claims, ES256, "JWT")

    # --- What becomes of them ---
    def revoke_token(self, token: str, token_type_hint: str | None, request: Any) -> None:
        """End the access that a token is of, whichever of its tokens it is. Another client's is left alone."""
        access, _ = self.access_of(token, request)
        if access:
            end_access(access, because="revoked")

    def introspect_token(self, token: str, token_type_hint: str | None, request: Any) -> dict[str, Any] | None:
        """What a token of the client's own is good for; None where it is good for nothing, or another's."""
        access, claims = self.access_of(token, request)
        if access is None or not is_live(access):
            return None
        scopes = claims.scopes & set(access.scopes) if claims else set(access.scopes)
        ends_at = claims.expires_at if claims else int(access.ends_at.timestamp())
        return {
            "scope": " ".join(sorted(scopes & set(access.client.scopes))),
            "client_id": access.client.client_id,
            "sub": str(access.user_id or access.client_id),
            "iss": settings.PUBLIC_URL,
            "aud": AUDIENCE,
            "exp": ends_at,
            "iat": int(claims.issued_at if claims else access.created_at.timestamp()),
            **({"token_type": "Bearer"} if claims else {}),
        }

    def access_of(self, token: str, request: Any) -> tuple[ClientAccess | None, ClientClaims | None]:
        """The access of this client that an access or a refresh token belongs to."""
        try:
            claims = read_access_token(token)
        except TokenRefused:
            found = ClientToken.objects.filter(digest=digest_of(token), used_at__isnull=True).first()
            key, claims = found and found.access_id, None
        else:
            if not isinstance(claims, ClientClaims):
                return None, None
            key = claims.access
        access = find_access(key) if key else None
        return (access, claims) if access and access.client_id == request.client.pk else (None, None)

    # --- Refusals ---
    def note_refusal(self, what: str, code: str) -> None:
        """Put a refusal on record, with what it must leave behind. Of an unknown client there is nothing to say."""
        for leave in self.aftermath:
            leave()
        if self.client:
            actor = actor_of_client(self.client)
            record(actor, what, self.client, decision=AuditEntry.Decision.REFUSED, code=code)


def find_client(client_id: str | None) -> Client | None:
    try:
        return Client.objects.select_related("institution").filter(pk=UUID(client_id or "")).first()
    except ValueError:
        return None


def credentials_of(request: Any) -> tuple[str | None, str | None]:
    """Id and secret, from HTTP Basic or from the form; from both at once is neither."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return request.client_id, request.client_secret
    if scheme.lower() != "basic" or request.client_secret:
        return None, None
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return None, None
    return unquote_plus(name), unquote_plus(secret)


def may_redeem(code: AuthorizationCode) -> bool:
    """Whether the person who let the client in is still there."""
    return code.consent.revoked_at is None and code.consent.user.is_active and session_is_live(code.session)


def check_asked(request: Any) -> dict[str, Any]:
    """What oauthlib leaves open when a client asks: the form of a challenge and of a nonce."""
    if not CHALLENGE.fullmatch(request.code_challenge or ""):
        raise errors.InvalidRequestError("code_challenge is not a SHA-256 in base64url.", request=request)
    if len(request.nonce or "") > LONGEST_NONCE:
        raise errors.InvalidRequestError(f"nonce is longer than {LONGEST_NONCE} characters.", request=request)
    return {}


def check_redeemed(request: Any) -> None:
    """And when it redeems: what the grant is called, and the form of a verifier."""
    if request.grant_type != "authorization_code":
        raise errors.UnsupportedGrantTypeError(request=request)
    if request.code_verifier is not None and not VERIFIER.fullmatch(request.code_verifier):
        raise errors.InvalidGrantError("code_verifier has not the form of one.", request=request)


def proved_within(session: Session, seconds: int) -> bool:
    """Whether the person proved who they are no longer ago than this."""
    return time() - session.proved_at.timestamp() <= seconds
