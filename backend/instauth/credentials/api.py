"""This file holds passwords over HTTP: changed by their owner, and replaced by a letter."""

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from core.errors import NotVisible
from core.http.bodies import checked
from core.http.permissions import PUBLIC, SIGNED_IN
from core.http.views import ActingRequest, Endpoint
from instauth.credentials import rules
from instauth.credentials.passwords import LONGEST_PASSWORD
from instauth.proofs.rules import LONGEST_TOKEN
from instauth.rates.throttles import PerNetwork
from users.models import User


def password_field() -> Any:
    return serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True)


class ChangeSerializer(serializers.Serializer):
    """The password of now, and the next one."""

    current_password = password_field()
    password = password_field()


class Change(Endpoint):
    """Change one's own password. Every other session ends. Whoever has a second factor shows it first."""

    needs = {"post": SIGNED_IN}
    stores_answers = False
    opens_transaction = False  # passwords are hashed before anything is locked
    serializer_class = ChangeSerializer
    answer_serializer_class = None

    def post(self, request: ActingRequest) -> Response:
        rules.change_password(request.actor, **checked(ChangeSerializer(data=request.data)))
        return Response(status=204)


class ResetSerializer(serializers.Serializer):
    """The address of the account whose password was forgotten."""

    email = serializers.EmailField(max_length=254)


class Reset(Endpoint):
    """Ask for a letter by which to choose a new password. The answer is the same whether there is such an account."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    opens_transaction = False  # what counts the attempts stands outside
    serializer_class = ResetSerializer
    answer_serializer_class = None

    def post(self, request: ActingRequest) -> Response:
        rules.ask_for_reset(**checked(ResetSerializer(data=request.data)))
        return Response(status=202)


class ConfirmSerializer(serializers.Serializer):
    """The token of the letter, and the new password."""

    token = serializers.CharField(max_length=LONGEST_TOKEN, write_only=True)
    password = password_field()


class Confirm(Endpoint):
    """Set a new password by the token of a letter. All sessions end; sign in anew, with the second factor."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    opens_transaction = False  # the password is hashed before anything is locked
    serializer_class = ConfirmSerializer
    answer_serializer_class = None

    def post(self, request: ActingRequest) -> Response:
        rules.confirm_reset(**checked(ConfirmSerializer(data=request.data)))
        return Response(status=204)


class SendSerializer(serializers.Serializer):
    """The person who forgot their password."""

    user = serializers.UUIDField()


class Send(Endpoint):
    """Have the letter sent to a person who forgot their password. What it holds only that person sees."""

    needs = {"post": "users.change_user"}
    serializer_class = SendSerializer
    answer_serializer_class = None

    def post(self, request: ActingRequest) -> Response:
        key = checked(SendSerializer(data=request.data))["user"]
        user = User.objects.visible_to(request.actor, "users.change_user").filter(pk=key).first()
        if user is None:
            raise NotVisible()
        rules.send_reset(request.actor, user)
        return Response(status=202)
