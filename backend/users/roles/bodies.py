"""This file holds the body with which a grant or a membership is ended."""

from rest_framework import serializers


class LastDaySerializer(serializers.Serializer):
    """The last day; without one it ends at once."""

    valid_until = serializers.DateField(required=False, allow_null=True)
