"""This file holds how rows of this app are named by the rows that point to them."""

from rest_framework import serializers

from users.models import Group, Role, User


class PersonName(serializers.ModelSerializer):
    """A person, without the e-mail address."""

    class Meta:
        model = User
        fields = ["id", "name"]


class RoleName(serializers.ModelSerializer):
    """A role, without what it holds."""

    class Meta:
        model = Role
        fields = ["id", "code", "name", "tier"]


class GroupName(serializers.ModelSerializer):
    """A group, without who is in it."""

    class Meta:
        model = Group
        fields = ["id", "name"]
