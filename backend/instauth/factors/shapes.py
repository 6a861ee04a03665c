"""This file holds how passkeys are spoken of over HTTP: as browsers do."""

from rest_framework import serializers


class CredentialField(serializers.DictField):
    """What a browser makes of a passkey's answer by `toJSON()`. What it holds is judged where the answer is."""


class OptionsSerializer(serializers.Serializer):
    """Give `publicKey` to the browser: `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."""

    publicKey = serializers.DictField()  # noqa: N815 (as WebAuthn writes it)
