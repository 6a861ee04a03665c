"""This file holds sign-in over HTTP: the first step, and the second."""

from rest_framework import serializers
from rest_framework.response import Response

from core.http.bodies import NoFields, checked
from core.http.permissions import PUBLIC
from core.http.views import ActingRequest, Endpoint
from instauth.attempts.devices import COOKIE, known_device, remember_device
from instauth.factors.queries import RECOVERY, TOTP
from instauth.factors.shapes import CredentialField, OptionsSerializer
from instauth.rates.throttles import PerNetwork
from instauth.sessions.answers import GivesTokens
from instauth.sessions.rules import Tokens
from instauth.signin import rules
from instauth.signin.answers import SignedInSerializer, answered
from instauth.signin.rules import Asked


class SignInSerializer(serializers.Serializer):
    """What a person signs in with."""

    email = serializers.EmailField(max_length=254)
    # Of any length: one that is too long is just wrong.
    password = serializers.CharField(trim_whitespace=False, write_only=True)


class SignIn(GivesTokens):
    """Sign in with an e-mail address and a password. Whoever has a second factor gets a challenge to show it."""

    needs = {"post": PUBLIC}
    throttle_classes = []  # attempts are counted closer
    stores_answers = False
    opens_transaction = False  # none is held while the password is hashed
    serializer_class = SignInSerializer
    answer_serializer_class = SignedInSerializer

    def post(self, request: ActingRequest) -> Response:
        form = SignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        known = known_device(request.COOKIES.get(COOKIE), form.validated_data["email"])
        outcome = rules.sign_in(**form.validated_data, device=device_of(request), known_device=known)
        return remembered(request, outcome)


class SecondStepSerializer(serializers.Serializer):
    """The answer to a challenge."""

    challenge = serializers.CharField(max_length=200)
    method = serializers.ChoiceField([TOTP, RECOVERY])
    code = serializers.CharField(max_length=64, help_text="Six digits of the app, or one recovery code.")


class SecondStep(GivesTokens):
    """Complete a sign-in by the code of a second factor. Five answers within five minutes are taken."""

    needs = {"post": PUBLIC}
    stores_answers = False
    opens_transaction = False  # a wrong answer counts, although it is refused
    serializer_class = SecondStepSerializer
    answer_serializer_class = SignedInSerializer

    def post(self, request: ActingRequest) -> Response:
        given = checked(SecondStepSerializer(data=request.data))
        tokens = rules.answer(given["challenge"], given["method"], given["code"], device_of(request))
        return remembered(request, tokens)


def remembered(request: ActingRequest, outcome: Tokens | Asked) -> Response:
    """The answer; where somebody is signed in by it, the device is known from now on."""
    response = Response(answered(outcome))
    if isinstance(outcome, Tokens):
        remember_device(response, request.COOKIES.get(COOKIE), outcome.session.user.email)
    return response


class ChallengeOnlySerializer(serializers.Serializer):
    """The challenge of the first step."""

    challenge = serializers.CharField(max_length=200)


class PasskeySerializer(serializers.Serializer):
    """What a passkey answered."""

    credential = CredentialField(help_text="AuthenticationResponseJSON of WebAuthn level 3.")


class SecondPasskeySerializer(PasskeySerializer):
    """What a passkey answered to a challenge."""

    challenge = serializers.CharField(max_length=200)


class SecondPasskeyBegin(Endpoint):
    """What the browser is given to ask a passkey with, as the second step (`navigator.credentials.get`)."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = ChallengeOnlySerializer
    answer_serializer_class = OptionsSerializer

    def post(self, request: ActingRequest) -> Response:
        challenge = checked(ChallengeOnlySerializer(data=request.data))["challenge"]
        return Response(rules.how_to_answer(challenge, device_of(request)))


class SecondPasskey(GivesTokens):
    """Complete a sign-in by a passkey."""

    needs = {"post": PUBLIC}
    stores_answers = False
    opens_transaction = False  # a wrong answer counts, although it is refused
    serializer_class = SecondPasskeySerializer
    answer_serializer_class = SignedInSerializer

    def post(self, request: ActingRequest) -> Response:
        given = checked(SecondPasskeySerializer(data=request.data))
        return remembered(request, rules.answer_by_passkey(given["challenge"], given["credential"], device_of(request)))


class PasskeyBegin(Endpoint):
    """What the browser is given to ask for a passkey with, instead of a password (`navigator.credentials.get`)."""

    needs = {"post": PUBLIC}
    throttle_classes = [PerNetwork]
    stores_answers = False
    serializer_class = NoFields
    answer_serializer_class = OptionsSerializer

    def post(self, request: ActingRequest) -> Response:
        checked(NoFields(data=request.data))
        return Response(rules.how_to_sign_in())


class PasskeySignIn(GivesTokens):
    """Sign in by a passkey alone; it is two factors in one step."""

    needs = {"post": PUBLIC}
    stores_answers = False
    opens_transaction = False  # the question is spent, although the answer is refused
    serializer_class = PasskeySerializer
    answer_serializer_class = SignedInSerializer

    def post(self, request: ActingRequest) -> Response:
        credential = checked(PasskeySerializer(data=request.data))["credential"]
        return remembered(request, rules.sign_in_by_passkey(credential, device_of(request)))


def device_of(request: ActingRequest) -> str:
    return request.headers.get("User-Agent", "")
