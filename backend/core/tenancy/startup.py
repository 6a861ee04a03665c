"""This file holds what a process makes sure of before it serves: that the walls hold for the role it logged in as."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from core.tenancy.constraints import NATIONAL_ROLE
from core.tenancy.roles import is_maintaining

# Policies apply to roles that are inherited, and to no superuser; who owns a table may take its wall down. A national
# role that is missing lets nobody through: `migrate` makes it, or says how.
WHO = f"""
SELECT rolname, rolsuper, rolbypassrls, pg_has_role(current_user, to_regrole('{NATIONAL_ROLE}'), 'USAGE'),
  EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p')
          AND relnamespace = 'public'::regnamespace)
FROM pg_roles WHERE rolname = current_user
"""  # noqa: S608 (our own words)


class RoleCheck:
    """Looks once, when a process first connects as the application: an import must not need a database."""

    def __init__(self) -> None:
        self.passed = False

    def __call__(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if self.passed or is_maintaining(connection):
            return
        with connection.cursor() as cursor:
            cursor.execute(WHO)
            trouble = trouble_with(*cursor.fetchone())
        if trouble:
            connection.close()  # or the next query would go through it
            raise ImproperlyConfigured(trouble)
        self.passed = True


def trouble_with(role: str, is_superuser: bool, bypasses: bool, reads_nation: bool | None, owns: bool) -> str | None:
    """What makes this role unfit to serve, and the remedy; None if nothing does."""
    if is_superuser or bypasses:
        fault = "is a superuser" if is_superuser else "has BYPASSRLS"
        return f"DATABASE_URL: {role} {fault}, so no wall holds it: log in as a role from deploy/database/roles.sql."
    if reads_nation:
        return f"DATABASE_URL: {role} inherits {NATIONAL_ROLE}, so it sees every row: run deploy/database/roles.sql."
    if owns and role != settings.OWNER_DATABASE["USER"]:
        return f"DATABASE_URL: {role} owns tables, so it could take walls down: give them to the owner."
    return None


check_role = RoleCheck()


def watch_connections() -> None:
    connection_created.connect(check_role, dispatch_uid="check_role")
