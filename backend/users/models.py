"""This file holds the index of the app's models; each lives in its room."""

from users.accounts.models import User
from users.roles.models import Grant, Role, RolePermission

__all__ = ["Grant", "Role", "RolePermission", "User"]
