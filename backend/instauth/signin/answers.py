"""This file holds how a sign-in is answered: by tokens, or by the challenge of the second step."""

from typing import Any

from rest_framework import serializers

from instauth.factors.queries import PASSKEY, RECOVERY, TOTP
from instauth.sessions.answers import TokensSerializer, shown
from instauth.sessions.rules import Tokens
from instauth.signin.rules import Asked


class ChallengeSerializer(serializers.Serializer):
    """The second step that is asked for."""

    token = serializers.CharField(help_text="Give it back with the answer, from the same device.")
    methods = serializers.ListField(child=serializers.ChoiceField([TOTP, PASSKEY, RECOVERY]))
    expires_at = serializers.DateTimeField()


class SignedInSerializer(TokensSerializer):
    """Tokens; or, where the person has a second factor, the challenge in their place."""

    token_type = serializers.CharField(required=False, help_text="Bearer or Cookie.")
    expires_in = serializers.IntegerField(required=False, help_text="Seconds until the access token runs out.")
    second_factor_needed = serializers.BooleanField(
        required=False, help_text="Only where it is: nothing else is open before one is added."
    )
    challenge = ChallengeSerializer(required=False)


def answered(outcome: Tokens | Asked) -> dict[str, Any]:
    if isinstance(outcome, Asked):
        asked = {"token": outcome.token, "methods": outcome.methods, "expires_at": outcome.expires_at}
        return {"challenge": asked}
    needed = {"second_factor_needed": True} if outcome.lacks_factor else {}
    return {**shown(outcome), **needed}
