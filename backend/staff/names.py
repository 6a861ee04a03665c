"""This file holds how a member of staff is named by the rows that point to one."""

from rest_framework import serializers

from staff.models import Member


class MemberName(serializers.ModelSerializer):
    """The member of staff that something is about."""

    class Meta:
        model = Member
        fields = ["id", "number", "title", "given_names", "family_name"]
