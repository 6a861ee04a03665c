"""This file holds how what identifies a person is taken and shown over HTTP: a mixin of serializers for each."""

from rest_framework import serializers

IDENTITY = ("national_id", "date_of_birth", "phone", "address")
PERMISSION = "staff.view_member_identity"
NEEDED = dict.fromkeys(IDENTITY, PERMISSION)


class TakesIdentity(serializers.Serializer):
    """What identifies is taken, and not shown: one row as entered, and lists."""

    national_id = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    date_of_birth = serializers.DateField(write_only=True, required=False, allow_null=True)
    phone = serializers.CharField(max_length=30, write_only=True, required=False, allow_null=True)
    address = serializers.CharField(max_length=300, write_only=True, required=False, allow_null=True)


class ShowsIdentity(serializers.Serializer):
    """What identifies is there for those who may see it: one row in full."""

    national_id = serializers.CharField(required=False, allow_null=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    phone = serializers.CharField(required=False, allow_null=True)
    address = serializers.CharField(required=False, allow_null=True)
