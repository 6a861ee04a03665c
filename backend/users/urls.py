"""This file holds the app's addresses, below /api/v1/users/."""

from core.http.routing import resource_routes
from users.accounts.api import UserViewSet
from users.roles.api import GrantViewSet, RoleViewSet

urlpatterns = [
    *resource_routes("roles", RoleViewSet),
    *resource_routes("grants", GrantViewSet),
    *resource_routes("", UserViewSet, "users"),
]
