"""This file holds the public keys over HTTP, for whoever verifies what this system signs."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from instauth.tokens.keys import ring

SECONDS_KEPT = 300


@require_safe
def key_set(request: HttpRequest) -> JsonResponse:
    """The JSON Web Key Set (RFC 7517): what signs, what will sign next, and what signed until a moment ago."""
    keys = [verifier.as_jwk() for verifier in ring.keys().verifiers.values() if verifier.is_trusted]
    headers = {"Cache-Control": f"public, max-age={SECONDS_KEPT}", "Access-Control-Allow-Origin": "*"}
    return JsonResponse({"keys": keys}, headers=headers)
