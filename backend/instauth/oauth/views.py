"""This file holds what clients call themselves, below /oauth/: it speaks RFC 6749, not the envelope."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from oauthlib.oauth2.rfc6749 import errors
from rest_framework.exceptions import AuthenticationFailed

from instauth.oauth.gate import Gate
from instauth.oauth.proving import ClientSignedIn
from instauth.oauth.scopes import EMAIL, OPENID, PROFILE, all_scopes
from instauth.oauth.server import OF_TOKEN, TO_TOKEN, Server, address_of, form_of
from instauth.rates.throttles import RENEWALS, TooManyRequests, count_request
from instauth.sessions.authentication import TokenAuthentication
from instauth.tokens.keys import ES256

Ask = Callable[[Server, dict[str, Any]], tuple[dict[str, str], str, int]]
UNKEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def limited(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that one network may ask as often as a whole campus renews its tokens."""

    @wraps(view)
    def counted(request: HttpRequest) -> HttpResponse:
        try:
            count_request(view, RENEWALS)
        except TooManyRequests as refusal:
            if refusal.refusal:
                with transaction.atomic():
                    refusal.refusal.record()
            told = {"error": "temporarily_unavailable", "error_description": refusal.message}
            return JsonResponse(told, status=refusal.status, headers={**refusal.headers, **UNKEPT})
        return view(request)

    return counted


def spoken(request: HttpRequest, names: set[str], what: str, ask: Ask, gate: Gate) -> HttpResponse:
    """Ask oauthlib in one transaction, which a refusal rolls back; then note the refusal."""
    try:
        form = form_of(request, names)
        headers = {"Authorization": auth} if (auth := request.headers.get("Authorization")) else {}
        with transaction.atomic():
            _, body, status = ask(Server(gate), {"body": urlencode(form), "headers": headers})
            if status >= 400:
                transaction.set_rollback(True)
    except errors.OAuth2Error as error:
        body, status = error.json, error.status_code
    if status >= 400:
        with transaction.atomic():
            gate.note_refusal(what, json.loads(body)["error"])
    response = HttpResponse(body, status=status, headers={"Content-Type": "application/json", **UNKEPT})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="tesc"'
    return response


@csrf_exempt
@require_POST
@limited
def token(request: HttpRequest) -> HttpResponse:
    """Trade a code, a refresh token, or a system's own secret for tokens."""

    def ask(server: Server, sent: dict[str, Any]) -> tuple[dict[str, str], str, int]:
        if "grant_type=" not in sent["body"]:
            raise errors.InvalidRequestError("Missing grant_type parameter.")
        return server.create_token_response(address_of("token"), **sent)

    return spoken(request, TO_TOKEN, "instauth.client_access.begun", ask, Gate())


@csrf_exempt
@require_POST
@limited
def revoke(request: HttpRequest) -> HttpResponse:
    """End what a token belongs to (RFC 7009). A token that is nothing, or another's, is answered alike."""

    def ask(server: Server, sent: dict[str, Any]) -> tuple[dict[str, str], str, int]:
        return server.create_revocation_response(address_of("revoke"), **sent)

    return spoken(request, OF_TOKEN, "instauth.client_access.ended", ask, Gate())


@csrf_exempt
@require_POST
@limited
def introspect(request: HttpRequest) -> HttpResponse:
    """What a client's own token is good for (RFC 7662)."""

    def ask(server: Server, sent: dict[str, Any]) -> tuple[dict[str, str], str, int]:
        return server.create_introspect_response(address_of("introspect"), **sent)

    return spoken(request, OF_TOKEN, "instauth.client_access.inspected", ask, Gate(must_prove=True))


@csrf_exempt
@require_http_methods(["GET", "POST"])
@limited
def userinfo(request: HttpRequest) -> HttpResponse:
    """Who the person is, as far as they let the client know."""
    try:
        proved = TokenAuthentication().authenticate(request)
    except AuthenticationFailed:
        return bearer_refused(401, 'error="invalid_token"')
    known = proved and proved[0]
    if not isinstance(known, ClientSignedIn) or known.access.user is None:
        return bearer_refused(401, 'error="invalid_token"' if known else "")
    if OPENID not in known.scopes:
        return bearer_refused(403, f'error="insufficient_scope", scope="{OPENID}"')
    user = known.access.user
    claims = {"sub": str(user.pk)}
    claims |= {"name": user.name} if PROFILE in known.scopes else {}
    claims |= {"email": user.email} if EMAIL in known.scopes else {}
    return JsonResponse(claims)


def bearer_refused(status: int, why: str) -> HttpResponse:
    """As RFC 6750 says no."""
    return HttpResponse(
        status=status, headers={"WWW-Authenticate": ", ".join(filter(None, ['Bearer realm="tesc"', why]))}
    )


@require_safe
def metadata(request: HttpRequest) -> JsonResponse:
    """What this server offers and where (OpenID Connect Discovery, RFC 8414)."""
    ways = ["client_secret_basic", "client_secret_post"]
    offered = {
        "issuer": settings.PUBLIC_URL,
        "authorization_endpoint": address_of("authorize"),
        "token_endpoint": address_of("token"),
        "userinfo_endpoint": address_of("userinfo"),
        "revocation_endpoint": address_of("revoke"),
        "introspection_endpoint": address_of("introspect"),
        "jwks_uri": f"{settings.PUBLIC_URL}/.well-known/jwks.json",
        "scopes_supported": list(all_scopes()),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [str(ES256)],
        "token_endpoint_auth_methods_supported": [*ways, "none"],
        "revocation_endpoint_auth_methods_supported": [*ways, "none"],
        "introspection_endpoint_auth_methods_supported": ways,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "amr",
            "nonce",
            "at_hash",
            "name",
            "email",
        ],
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
    return JsonResponse(offered, headers={"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"})
