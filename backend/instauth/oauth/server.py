"""This file holds oauthlib's endpoints as we offer them: codes with S256, renewal, and systems. Nothing else."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import (
    AuthorizationEndpoint,
    IntrospectEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.grant_types import ClientCredentialsGrant, RefreshTokenGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant

from instauth.oauth.gate import Gate, check_asked, check_redeemed
from instauth.oauth.scopes import OFFLINE

FORM = "application/x-www-form-urlencoded"
LONGEST_FORM = 64 * 1024
# oauthlib makes an attribute of each parameter: only these get there.
TO_AUTHORIZE = {
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    "prompt", "max_age",
}  # fmt: skip
TO_TOKEN = {
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret",
}  # fmt: skip
OF_TOKEN = {"token", "token_type_hint", "client_id", "client_secret"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Bearer(BearerToken):
    """Tokens of ours. A refresh token only where the person allowed access in their absence."""

    def create_token(self, request: Any, refresh_token: bool = False, **options: Any) -> Any:
        return super().create_token(request, refresh_token=refresh_token and OFFLINE in request.scopes, **options)


class Server(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint, IntrospectEndpoint):
    """What is offered: no implicit grant, no passwords, no plain challenge."""

    def __init__(self, gate: Gate) -> None:
        bearer = Bearer(gate, gate.new_access_token, settings.ACCESS_TOKEN_MINUTES * 60, gate.new_refresh_token)
        code = AuthorizationCodeGrant(gate)
        code.proxy_target._code_challenge_methods = {"S256": code_challenge_method_s256}
        code.custom_validators.post_auth.append(check_asked)
        code.custom_validators.pre_token.append(check_redeemed)
        grants = {
            "authorization_code": code,
            "refresh_token": RefreshTokenGrant(gate),
            "client_credentials": ClientCredentialsGrant(gate),
        }
        AuthorizationEndpoint.__init__(self, "code", bearer, {"code": code})
        TokenEndpoint.__init__(self, "authorization_code", bearer, grants)
        RevocationEndpoint.__init__(self, gate)
        IntrospectEndpoint.__init__(self, gate)


def form_of(request: HttpRequest, names: Iterable[str]) -> dict[str, str]:
    """The parameters of a form, each at most once; the address carries none."""
    if request.META.get("QUERY_STRING"):
        raise errors.InvalidRequestError("Send parameters in the body, not in the address.")
    if request.content_type != FORM:
        raise errors.InvalidRequestError(f"Send a form: {FORM}.")
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_FORM:
            raise errors.InvalidRequestError("The form is too long.")
        return parameters(request.body.decode("ascii"), names)
    except (ValueError, RequestDataTooBig, UnreadablePostError) as error:
        raise errors.InvalidRequestError("The form is malformed.") from error


def parameters(text: str, names: Iterable[str]) -> dict[str, str]:
    """The parameters that are known, each at most once. One without a value counts as absent (RFC 6749, 3.1)."""
    known = [(name, value) for name, value in parse_qsl(text, max_num_fields=50, errors="strict") if name in names]
    found = dict(known)
    if twice := sorted({name for name, _ in known if [one for one, _ in known].count(name) > 1}):
        raise errors.InvalidRequestError(f"Sent more than once: {', '.join(twice)}.")
    if any(CONTROL.search(value) for value in found.values()):
        raise errors.InvalidRequestError("A value holds a control character.")
    return found


def address_of(name: str, query: Mapping[str, str] | None = None) -> str:
    """An endpoint's public address, by which clients know it."""
    return f"{settings.PUBLIC_URL}/oauth/{name}/{'?' + urlencode(query) if query else ''}"
