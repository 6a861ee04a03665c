"""This file holds the endpoints of OAuth 2 and OpenID Connect, below /oauth/: they speak RFC 6749, not the envelope."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid.connect.core.exceptions import ConsentRequired, LoginRequired
from rest_framework.exceptions import AuthenticationFailed

from instauth.oauth.browsers import browser_session
from instauth.oauth.gate import Gate, find_client, proved_within
from instauth.oauth.models import Client, Consent
from instauth.oauth.proving import ClientSignedIn
from instauth.oauth.redirects import is_on_loopback, origin_of
from instauth.oauth.rules import consent_in_force, give_consent
from instauth.oauth.scopes import EMAIL, OFFLINE, OPENID, PROFILE, all_scopes, meaning
from instauth.oauth.server import OF_TOKEN, TO_AUTHORIZE, TO_TOKEN, Server, address_of, form_of, parameters
from instauth.sessions.authentication import TokenAuthentication
from instauth.sessions.models import Session
from instauth.tokens.keys import ES256

JUST_NOW = 60  # prompt=login: who proved within these seconds who they are was asked for this
PAGE = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' {origin}"
Ask = Callable[[Server, dict[str, Any]], tuple[dict[str, str], str, int]]


# --- Between programs ---
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
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    response = HttpResponse(body, status=status, headers=headers)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="tesc"'
    return response


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Trade a code, a refresh token, or a system's own secret for tokens."""

    def ask(server: Server, sent: dict[str, Any]) -> tuple[dict[str, str], str, int]:
        if "grant_type=" not in sent["body"]:
            raise errors.InvalidRequestError("Missing grant_type parameter.")
        return server.create_token_response(address_of("token"), **sent)

    return spoken(request, TO_TOKEN, "instauth.client_access.begun", ask, Gate())


@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """End what a token belongs to (RFC 7009). A token that is nothing, or another's, is answered alike."""

    def ask(server: Server, sent: dict[str, Any]) -> tuple[dict[str, str], str, int]:
        return server.create_revocation_response(address_of("revoke"), **sent)

    return spoken(request, OF_TOKEN, "instauth.client_access.ended", ask, Gate())


@csrf_exempt
@require_POST
def introspect(request: HttpRequest) -> HttpResponse:
    """What a client's own token is good for (RFC 7662)."""

    def ask(server: Server, sent: dict[str, Any]) -> tuple[dict[str, str], str, int]:
        return server.create_introspect_response(address_of("introspect"), **sent)

    return spoken(request, OF_TOKEN, "instauth.client_access.inspected", ask, Gate(must_prove=True))


@csrf_exempt
@require_http_methods(["GET", "POST"])
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
        "scopes_supported": all_scopes(),
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


# --- Between a program and a person ---
class Asked:
    """An authorization request that may be answered: by whom, for what, and where the answer goes."""

    def __init__(self, request: HttpRequest) -> None:
        self.query = parameters(request.META.get("QUERY_STRING", ""), TO_AUTHORIZE)
        self.address = address_of("authorize", self.query)
        self.prompt = set(self.query.get("prompt", "").split())
        scopes, found = Server(Gate()).validate_authorization_request(self.address)
        self.scopes: list[str] = list(dict.fromkeys(scopes))
        self.redirect_uri: str = found["redirect_uri"]
        client = find_client(self.query["client_id"])
        if client is None:  # it was there a moment ago
            raise errors.InvalidClientIdError
        self.client: Client = client

    def session_of(self, request: HttpRequest) -> Session | None:
        """The session of the person at the browser, if they proved recently enough who they are."""
        session = browser_session(request)
        longest = self.query.get("max_age", "")
        if session and longest.isdecimal() and not proved_within(session, int(longest)):
            return None
        return None if session and "login" in self.prompt and not proved_within(session, JUST_NOW) else session

    def remembered(self, session: Session) -> Consent | None:
        """The consent that need not be asked for again. On a device any program can listen: that is asked anew."""
        if "consent" in self.prompt or (self.client.kind == Client.Kind.PUBLIC and is_on_loopback(self.redirect_uri)):
            return None
        return consent_in_force(session.user, self.client, self.scopes)

    def refusal(self, error: errors.OAuth2Error) -> HttpResponse:
        error.state = self.query.get("state")
        return sent_back(error.in_uri(self.redirect_uri))

    def granted(self, consent: Consent, session: Session) -> HttpResponse:
        headers, _, _ = Server(Gate(consent, session)).create_authorization_response(self.address, scopes=self.scopes)
        return sent_back(headers["Location"])


@method_decorator(csrf_protect, name="dispatch")
class Authorize(View):
    """Ask the person at the browser whether a client may act for them."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answered(request, self.offer)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.answered(request, self.decide)

    def answered(self, request: HttpRequest, answer: Callable[[HttpRequest, Asked], HttpResponse]) -> HttpResponse:
        """An error goes back to the client only where its redirect address is known to be the client's."""
        try:
            asked = Asked(request)
        except errors.FatalClientError as error:
            return page(request, "oauth_error", 400, problem=error.description or error.error)
        except errors.OAuth2Error as error:
            if error.redirect_uri is None:
                return page(request, "oauth_error", 400, problem=error.description or error.error)
            return sent_back(error.in_uri(error.redirect_uri))
        except ValueError:
            return page(request, "oauth_error", 400, problem="The address is malformed.")
        try:
            with transaction.atomic():
                return answer(request, asked)
        except errors.OAuth2Error as error:
            return asked.refusal(error)

    def offer(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        session = asked.session_of(request)
        if session is None:
            if "none" in asked.prompt:
                raise LoginRequired
            return arriving(request) or sign_in_first(request)
        refuse_support(session)
        if consent := asked.remembered(session):
            return asked.granted(consent, session)
        if "none" in asked.prompt:
            raise ConsentRequired
        told = [meaning(scope) for scope in asked.scopes]
        shown = {"client": asked.client, "person": session.user, "told": told, "offline": OFFLINE in asked.scopes}
        return page(request, "consent", origin=origin_of(asked.redirect_uri), **shown)

    def decide(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        session = asked.session_of(request)
        if session is None:
            return sign_in_first(request)
        refuse_support(session)
        if request.POST.get("decision") != "allow":
            raise errors.AccessDeniedError
        return asked.granted(give_consent(session, asked.client, asked.scopes), session)


def refuse_support(session: Session) -> None:
    """Staff that acts as a person lets nobody in in their name."""
    if hasattr(session, "support"):
        raise errors.AccessDeniedError("Support can't consent for a person.")


def arriving(request: HttpRequest) -> HttpResponse | None:
    """A browser that comes from another site hides our cookies: one step on our own site, and it shows them."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return page(request, "oauth_arriving", onward=request.get_full_path())
    return None


def sign_in_first(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": f"/sign-in/?{urlencode({'next': request.get_full_path()})}"})


def sent_back(address: str) -> HttpResponse:
    """To the client's address, with our name on it (RFC 9207), so that no other server's answer passes for ours."""
    address = add_params_to_uri(address, [("iss", settings.PUBLIC_URL)])
    return HttpResponse(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def page(request: HttpRequest, name: str, status: int = 200, *, origin: str = "", **context: Any) -> HttpResponse:
    response = render(request, f"instauth/{name}.html", context, status=status)
    response.headers["Content-Security-Policy"] = PAGE.format(origin=origin).strip()
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
