"""This file holds how a session that has begun is answered, whatever it was begun with."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from core.actor import Actor
from core.audit.origin import origin
from core.http.views import ActingRequest, Endpoint
from core.rules import Refusal
from instauth.attempts.rules import key_of, network_of
from instauth.attempts.telling import is_news
from instauth.rates.throttles import PerNetwork
from instauth.sessions.rules import Tokens
from instauth.tokens.cookies import ASKED, CrossOrigin, give, refuse_cross_origin


class TokensSerializer(serializers.Serializer):
    """What a device gets: the access token goes into `Authorization: Bearer`, the refresh token is kept.

    A browser that asked for cookies gets both in them, and neither here.
    """

    access_token = serializers.CharField(required=False)
    refresh_token = serializers.CharField(required=False)
    token_type = serializers.CharField(help_text="Bearer or Cookie.")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token runs out.")


def shown(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "Bearer",
        "expires_in": settings.ACCESS_TOKEN_MINUTES * 60,
    }


class GivesTokens(Endpoint):
    """An endpoint whose answer may hold tokens; a browser gets them in cookies and not in the body."""

    throttle_classes = [PerNetwork]
    in_cookies = False

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.in_cookies = request.headers.get(ASKED) == "cookies" or self.has_token_in_cookie(request)
        if self.in_cookies:
            self.refuse_cross_origin(request)

    def refuse_cross_origin(self, request: ActingRequest) -> None:
        """Nobody has proved yet who they are, so it is told once in a minute for each network."""
        try:
            refuse_cross_origin(request)
        except CrossOrigin as crossed:
            if is_news(key_of("cross-origin", network_of(origin.get().address))):
                crossed.refusal = Refusal(Actor("unknown"), "instauth.cookie.used", None, crossed.code)
            raise

    def has_token_in_cookie(self, request: ActingRequest) -> bool:
        return False

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.in_cookies and response.status_code < 300 and "access_token" in response.data:
            give(response, response.data.pop("access_token"), response.data.pop("refresh_token"))
            response.data["token_type"] = "Cookie"  # noqa: S105 (the name of a kind)
        return super().finalize_response(request, response, *args, **kwargs)
