"""This file holds the roles that TESC ships, and how they reach the database after each migration."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.apps import apps
from django.db import transaction

from core.freshness.changes import changed
from users.roles.models import Role, RolePermission

SHIPPED_ROLES = {
    "national-administrator": ("National administrator", Role.Tier.NATION),
    "national-analyst": ("National analyst", Role.Tier.NATION),
    "institution-administrator": ("Institution administrator", Role.Tier.INSTITUTION),
    "registrar": ("Registrar", Role.Tier.INSTITUTION),
    "human-resources": ("Human resources", Role.Tier.INSTITUTION),
    "dean": ("Dean", Role.Tier.FACULTY),
    "head-of-department": ("Head of department", Role.Tier.DEPARTMENT),
    "lecturer": ("Lecturer", Role.Tier.INSTITUTION),
    "student": ("Student", Role.Tier.INSTITUTION),
    "innovation-manager": ("Innovation manager", Role.Tier.INSTITUTION),
    "auditor": ("Auditor", Role.Tier.NATION),
}


def permission_tables() -> list[ModuleType]:
    """The `permissions.py` of every app that has one."""
    names = [f"{config.name}.permissions" for config in apps.get_app_configs()]
    tables = [import_module(name) for name in names if find_spec(name)]
    return [table for table in tables if hasattr(table, "PERMISSIONS")]


def all_permissions() -> dict[str, str]:
    """Every permission code with the sentence that says what it allows."""
    return {code: sentence for table in permission_tables() for code, sentence in table.PERMISSIONS.items()}


def permissions_of(role: str) -> dict[str, str]:
    """What a shipped role holds: permission -> over what. A place outdoes a relation."""
    held: dict[str, str] = {}
    for table in permission_tables():
        for permission in getattr(table, "RELATED_ROLES", {}).get(role, ()):
            held.setdefault(permission, RolePermission.Over.RELATED)
        for permission in table.ROLES.get(role, ()):
            held[permission] = RolePermission.Over.PLACE
    return held


@cache
def permissions_below_the_nation() -> dict[str, str]:
    """What a role of an institution may hold at all, and over what: whatever a shipped role below the nation does."""
    allowed: dict[str, str] = {}
    for code, (_, tier) in SHIPPED_ROLES.items():
        for permission, over in permissions_of(code).items() if tier != Role.Tier.NATION else ():
            if allowed.get(permission) != RolePermission.Over.PLACE:
                allowed[permission] = over
    return allowed


@transaction.atomic
def ship_roles() -> None:
    """Make the shipped roles in the database what the code says. Running it again changes nothing."""
    known = {role.code: role for role in Role.objects.filter(institution=None).prefetch_related("permissions")}
    for code, (name, tier) in SHIPPED_ROLES.items():
        role = known.get(code) or Role(code=code)
        if code not in known or (role.name, role.tier, role.is_shipped) != (name, tier, True):
            role.name, role.tier, role.is_shipped = name, tier, True
            role.save_checked()
        held = {(row.permission, row.over) for row in role.permissions.all()}
        wanted = set(permissions_of(code).items())
        if held != wanted:
            role.permissions.all().delete()
            RolePermission.objects.bulk_create(
                RolePermission(role=role, permission=permission, over=over) for permission, over in sorted(wanted)
            )
            changed("roles")
