"""This file holds how a session that has begun is answered, whatever it was begun with."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from instauth.sessions.rules import Tokens


class TokensSerializer(serializers.Serializer):
    """What a device gets: the access token goes into `Authorization: Bearer`, the refresh token is kept."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token runs out.")


def shown(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "Bearer",
        "expires_in": settings.ACCESS_TOKEN_MINUTES * 60,
    }
