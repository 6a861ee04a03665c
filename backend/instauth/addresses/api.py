"""This file holds changes of one's address over HTTP."""

from rest_framework import serializers
from rest_framework.response import Response

from core.errors import NotVisible
from core.http.bodies import checked
from core.http.permissions import PUBLIC, SIGNED_IN
from core.http.views import ActingRequest, Endpoint
from instauth.addresses import rules
from instauth.addresses.models import AddressChange
from instauth.proofs.rules import LONGEST_TOKEN
from instauth.rates.throttles import PerNetwork


class AddressChangeSerializer(serializers.ModelSerializer):
    """The address one wants, and which of the two was proved."""

    class Meta:
        model = AddressChange
        fields = ["email", "old_proved_at", "new_proved_at", "expires_at"]
        read_only_fields = ["old_proved_at", "new_proved_at", "expires_at"]


class OwnAddress(Endpoint):
    """The change of one's address that is under way. Whoever has a second factor shows it before asking."""

    needs = {"get": SIGNED_IN, "post": SIGNED_IN, "delete": SIGNED_IN}
    stores_answers = False
    serializer_class = AddressChangeSerializer
    answer_serializer_class = AddressChangeSerializer

    @property
    def opens_transaction(self) -> bool:  # type: ignore[override]
        """Not for asking: what counts the attempts stands outside."""
        return self.request.method != "POST"

    def get(self, request: ActingRequest) -> Response:
        change = rules.pending(request.actor)
        if change is None:
            raise NotVisible()
        return Response(AddressChangeSerializer(change).data)

    def post(self, request: ActingRequest) -> Response:
        change = rules.ask_for_change(request.actor, **checked(AddressChangeSerializer(data=request.data)))
        return Response(AddressChangeSerializer(change).data, status=202)

    def delete(self, request: ActingRequest) -> Response:
        rules.withdraw_change(request.actor)
        return Response(status=204)


class ConfirmAddressSerializer(serializers.Serializer):
    """The token of one of the two letters."""

    token = serializers.CharField(max_length=LONGEST_TOKEN, write_only=True)


class ProvedAddressSerializer(serializers.Serializer):
    """Whether the other letter was answered too, so that the change is done."""

    is_done = serializers.BooleanField()


class ConfirmAddress(Endpoint):
    """Prove one of the two addresses, with the token of its letter."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = ConfirmAddressSerializer
    answer_serializer_class = ProvedAddressSerializer

    def post(self, request: ActingRequest) -> Response:
        return Response({"is_done": rules.confirm(**checked(ConfirmAddressSerializer(data=request.data)))})
