"""This file holds one's own second factors over HTTP. Staff who act as a person neither see nor touch them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from rest_framework import serializers
from rest_framework.response import Response

from core.actor import Actor
from core.errors import NotVisible
from core.http.bodies import NoFields, checked
from core.http.permissions import SIGNED_IN
from core.http.views import ActingRequest, Endpoint
from core.personal.oneself import OWN, as_oneself
from instauth.factors import rules
from instauth.factors.models import Factor, RecoveryCode
from instauth.factors.proofs import app_of
from instauth.factors.queries import RECOVERY, TOTP
from instauth.factors.shapes import CredentialField, OptionsSerializer
from instauth.sessions.models import Session


class FactorSerializer(serializers.ModelSerializer):
    """One second factor."""

    class Meta:
        model = Factor
        fields = ["id", "kind", "name", "confirmed_at", "last_used_at", "created_at"]
        read_only_fields = ["kind", "confirmed_at", "last_used_at"]
        validators: list = []  # the database says that a name is taken


class FactorsSerializer(serializers.Serializer):
    """The second factors of whoever asks."""

    factors = FactorSerializer(many=True)
    recovery_codes_left = serializers.IntegerField()


class BegunTotpSerializer(FactorSerializer):
    """An authenticator app that is being added: scan the picture, or type the secret. Both are shown once."""

    uri = serializers.CharField(help_text="otpauth://totp/...")
    secret = serializers.CharField()
    qr = serializers.CharField(help_text="The same address as a picture, in SVG.")

    class Meta(FactorSerializer.Meta):
        fields = [*FactorSerializer.Meta.fields, "uri", "secret", "qr"]


class NameSerializer(serializers.Serializer):
    """What the factor is called."""

    name = serializers.CharField(max_length=60)


class NewTotpSerializer(serializers.Serializer):
    """What the authenticator app is called."""

    name = serializers.CharField(max_length=60, default="Authenticator app")


class CodeSerializer(serializers.Serializer):
    """The code that the app shows now."""

    code = serializers.CharField(max_length=10)


class MadePasskeySerializer(serializers.Serializer):
    """A passkey that was made, and what it is called."""

    name = serializers.CharField(max_length=60, default="Passkey")
    credential = CredentialField(help_text="RegistrationResponseJSON of WebAuthn level 3.")


class StepUpSerializer(serializers.Serializer):
    """A code that shows who one is."""

    method = serializers.ChoiceField([TOTP, RECOVERY])
    code = serializers.CharField(max_length=64, help_text="Six digits of the app, or one recovery code.")


class PasskeyStepUpSerializer(serializers.Serializer):
    """What the passkey answered."""

    credential = CredentialField(help_text="AuthenticationResponseJSON of WebAuthn level 3.")


class SteppedUpSerializer(serializers.Serializer):
    """Until when the operations are open that ask for a factor shown a moment ago."""

    strong_until = serializers.DateTimeField()


class RecoveryCodesSerializer(serializers.Serializer):
    """Ten codes, each good once. They are shown only here: print them."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class ConfirmedSerializer(FactorSerializer):
    """A factor that counts from now on; with the first one come recovery codes."""

    recovery_codes = serializers.ListField(child=serializers.CharField(), required=False)

    class Meta(FactorSerializer.Meta):
        fields = [*FactorSerializer.Meta.fields, "recovery_codes"]


class OwnFactors(Endpoint):
    """What all of these share: one's own, also before a factor was added, and secret from everybody else."""

    hidden_from_support = True
    open_without_factor = True
    stores_answers = False

    @property
    def oneself(self) -> Actor:
        return as_oneself(self.request.actor)

    def factor(self, pk: UUID) -> Factor:
        factor = Factor.objects.visible_to(self.oneself, OWN).select_related("user").filter(pk=pk).first()
        if factor is None:
            raise NotVisible()
        return factor


class Factors(OwnFactors):
    """One's second factors, and how many recovery codes are left."""

    needs = {"get": SIGNED_IN}
    serializer_class = FactorsSerializer

    def get(self, request: ActingRequest) -> Response:
        ready = Factor.objects.visible_to(self.oneself, OWN).ready()
        left = RecoveryCode.objects.visible_to(self.oneself, OWN).filter(used_at=None).count()
        return Response(FactorsSerializer({"factors": ready, "recovery_codes_left": left}).data)


class NewTotp(OwnFactors):
    """Begin to add an authenticator app; confirm it by a code that it shows."""

    needs = {"post": SIGNED_IN}
    serializer_class = NewTotpSerializer
    answer_serializer_class = BegunTotpSerializer

    def post(self, request: ActingRequest) -> Response:
        factor = rules.begin_totp(self.oneself, **checked(NewTotpSerializer(data=request.data)))
        uri = app_of(factor).provisioning_uri()
        picture = segno.make(uri, error="m").svg_inline(scale=4, light="#fff")
        told = {**FactorSerializer(factor).data, "uri": uri, "secret": factor.secret, "qr": picture}
        return Response(told, status=201)


class Confirmation(OwnFactors):
    """Confirm an authenticator app by the code that it shows now."""

    needs = {"post": SIGNED_IN}
    serializer_class = CodeSerializer
    answer_serializer_class = ConfirmedSerializer

    def post(self, request: ActingRequest, pk: UUID) -> Response:
        code = checked(CodeSerializer(data=request.data))["code"]
        return Response(with_first_codes(self.oneself, rules.confirm_totp(self.oneself, self.factor(pk), code=code)))


class NewPasskey(OwnFactors):
    """What the browser is given to make a passkey with (`navigator.credentials.create`)."""

    needs = {"post": SIGNED_IN}
    serializer_class = NoFields
    answer_serializer_class = OptionsSerializer

    def post(self, request: ActingRequest) -> Response:
        checked(NoFields(data=request.data))
        return Response(rules.how_to_add_passkey(self.oneself))


class AddedPasskey(OwnFactors):
    """Add the passkey that the browser made."""

    needs = {"post": SIGNED_IN}
    serializer_class = MadePasskeySerializer
    answer_serializer_class = ConfirmedSerializer

    def post(self, request: ActingRequest) -> Response:
        made = checked(MadePasskeySerializer(data=request.data))
        factor = rules.add_passkey(self.oneself, name=made["name"], credential=made["credential"])
        return Response(with_first_codes(self.oneself, factor), status=201)


class OneFactor(OwnFactors):
    """Name or remove a factor."""

    needs = {"patch": SIGNED_IN, "delete": SIGNED_IN}
    step_up = ("delete",)
    serializer_class = NameSerializer
    answer_serializer_class = FactorSerializer

    def patch(self, request: ActingRequest, pk: UUID) -> Response:
        name = checked(NameSerializer(data=request.data), complete=True)["name"]
        return Response(FactorSerializer(rules.name_factor(self.oneself, self.factor(pk), name=name)).data)

    def delete(self, request: ActingRequest, pk: UUID) -> Response:
        rules.remove_factor(self.oneself, self.factor(pk))
        return Response(status=204)


class NewRecoveryCodes(OwnFactors):
    """Ten new recovery codes; the older ones are void."""

    needs = {"post": SIGNED_IN}
    step_up = ("post",)
    serializer_class = NoFields
    answer_serializer_class = RecoveryCodesSerializer

    def post(self, request: ActingRequest) -> Response:
        checked(NoFields(data=request.data))
        return Response({"recovery_codes": codes_of(rules.make_recovery_codes(self.oneself))}, status=201)


class OwnStepUp(OwnFactors):
    """What the ways of stepping up share."""

    opens_transaction = False  # a wrong answer counts, although it is refused
    answer_serializer_class: Any = SteppedUpSerializer

    def stepped_up(self, session: Session) -> Response:
        strong_at = session.strong_at or session.proved_at
        return Response({"strong_until": strong_at + timedelta(seconds=settings.STEP_UP_SECONDS)})


class StepUp(OwnStepUp):
    """Show a code of a second factor, then repeat what asked for it (401 `step_up_needed`)."""

    needs = {"post": SIGNED_IN}
    serializer_class = StepUpSerializer

    def post(self, request: ActingRequest) -> Response:
        given = checked(StepUpSerializer(data=request.data))
        return self.stepped_up(rules.step_up_by_code(request.actor, given["method"], given["code"]))


class PasskeyStepUpBegin(OwnStepUp):
    """What the browser is given to ask a passkey with (`navigator.credentials.get`)."""

    needs = {"post": SIGNED_IN}
    serializer_class = NoFields
    answer_serializer_class = OptionsSerializer

    def post(self, request: ActingRequest) -> Response:
        checked(NoFields(data=request.data))
        return Response(rules.how_to_step_up(request.actor))


class PasskeyStepUp(OwnStepUp):
    """Show a passkey, then repeat what asked for it (401 `step_up_needed`)."""

    needs = {"post": SIGNED_IN}
    serializer_class = PasskeyStepUpSerializer

    def post(self, request: ActingRequest) -> Response:
        credential = checked(PasskeyStepUpSerializer(data=request.data))["credential"]
        return self.stepped_up(rules.step_up_by_passkey(request.actor, credential))


def with_first_codes(oneself: Actor, factor: Factor) -> dict[str, Any]:
    """A factor as it is answered when it begins to count: with recovery codes, where its person has none."""
    told: dict[str, Any] = dict(FactorSerializer(factor).data)
    if not RecoveryCode.objects.visible_to(oneself, OWN).exists():
        told["recovery_codes"] = codes_of(rules.make_recovery_codes(oneself))
    return told


def codes_of(rows: list[RecoveryCode]) -> list[str]:
    return [row.code for row in rows]
