"""This file holds accounts over HTTP."""

from rest_framework import serializers

from core.http.resource import ResourceViewSet, Verb
from users.accounts import rules
from users.accounts.models import User


class UserSerializer(serializers.ModelSerializer):
    """One account. Its login name is given when it is made."""

    class Meta:
        model = User
        fields = ["id", "email", "name", "is_active", "created_at", "updated_at"]
        read_only_fields = ["is_active"]


class UserChangeSerializer(UserSerializer):
    """What may be changed of an account: the name. A new e-mail address needs proof of both."""

    class Meta(UserSerializer.Meta):
        read_only_fields = ["is_active", "email"]


class UserViewSet(ResourceViewSet):
    """Accounts: the people who sign in."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    change_serializer_class = UserChangeSerializer
    view_permission = "users.view_user"
    filters = {"email": ["exact"], "is_active": ["exact"]}
    search_fields = ["search_text"]
    orders = {"id": "id", "name": "name"}
    verbs = {"deactivate": Verb(rules.deactivate_user), "reactivate": Verb(rules.reactivate_user)}
    rules = {"create": rules.add_user, "update": rules.change_user}
