"""This file holds the index of the app's models; each lives in its room."""

from users.accounts.models import User
from users.corrections.models import Correction
from users.delegations.models import Delegation
from users.erasures.models import ErasureRequest
from users.exports.models import DataExport, ExportFile
from users.groups.models import Group, Membership
from users.roles.models import Grant, Role, RolePermission

__all__ = [
    "Correction", "DataExport", "Delegation", "ErasureRequest", "ExportFile", "Grant", "Group", "Membership", "Role",
    "RolePermission", "User",
]  # fmt: skip
