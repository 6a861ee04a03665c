"""This file holds the body of every renaming."""

from rest_framework import serializers


class RenamingSerializer(serializers.Serializer):
    """A new name, and the day on which it begins. A misspelled name is corrected by PATCH, and leaves none behind."""

    name = serializers.CharField(max_length=200)
    renamed_on = serializers.DateField()
