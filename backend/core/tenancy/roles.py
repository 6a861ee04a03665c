"""This file holds the database roles: who owns, who serves, what each may do with which table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from core.tenancy.constraints import NATIONAL_ROLE

CONNECT_KEYS = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def as_owner() -> Iterator[None]:
    """Reconnect as the owner of the tables: a real log-in, not SET ROLE, because policies look at session_user.

    The database's name is kept, so that this works for a test database too.
    """
    connection = connections["default"]
    served = {key: connection.settings_dict.get(key) for key in CONNECT_KEYS}
    _reconnect(connection, {**{key: settings.OWNER_DATABASE.get(key) for key in CONNECT_KEYS}, "NAME": served["NAME"]})
    try:
        yield
    finally:
        _reconnect(connection, served)


def is_maintaining(connection: BaseDatabaseWrapper) -> bool:
    """Whether the connection is an owner's, made by `as_owner`."""
    return connection.settings_dict["OPTIONS"].get("options") == settings.OWNER_DATABASE["OPTIONS"]["options"]


def _reconnect(connection: Any, how: dict[str, Any]) -> None:
    connection.close()
    if connection.pool is not None:
        connection.close_pool()
    connection.settings_dict = {**connection.settings_dict, **how}  # a copy: the dictionary is the settings' own


def prepare_national_role() -> None:
    """Where one role owns and serves, roles.sql may never have run: make what it would have made, if this role may."""
    application = settings.APPLICATION_ROLE
    connection = connections["default"]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regrole(%s) IS NULL, current_setting('server_version_num')::int >= 160000", [NATIONAL_ROLE]
        )
        # Before PostgreSQL 16 a grant can't say whether it is inherited; there the application's role is NOINHERIT.
        is_missing, can_say = cursor.fetchone()
        try:
            if is_missing:
                cursor.execute(f"CREATE ROLE {NATIONAL_ROLE} NOLOGIN")
            cursor.execute(
                "SELECT pg_has_role(%s, %s, %s)", [application, NATIONAL_ROLE, "SET" if can_say else "MEMBER"]
            )
            if not cursor.fetchone()[0]:
                how = " WITH INHERIT FALSE, SET TRUE" if can_say else ""
                cursor.execute(f"GRANT {NATIONAL_ROLE} TO {quote(application)}{how}")
        except ProgrammingError as error:
            raise ImproperlyConfigured(
                f"{application} can't become {NATIONAL_ROLE}, which reads the nation: run deploy/database/roles.sql."
            ) from error


def grant_privileges() -> None:
    """Give the application and the national role exactly what each table allows; run by the owner after each migration.

    A model may narrow what the application may do by `database_privileges`, as the append-only audit log does.
    Tables without a model (Django's bookkeeping, through tables) follow their kind.
    """
    application = settings.APPLICATION_ROLE
    owner = settings.OWNER_DATABASE["USER"]
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    connection = connections["default"]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            model = models.get(table)
            if application != owner:
                privileges = getattr(model, "database_privileges", "SELECT, INSERT, UPDATE, DELETE")
                cursor.execute(f"REVOKE ALL ON {quote(table)} FROM {quote(application)}")
                cursor.execute(f"GRANT {privileges} ON {quote(table)} TO {quote(application)}")
            cursor.execute(f"REVOKE ALL ON {quote(table)} FROM {NATIONAL_ROLE}")
            if model is not None and is_read_nationally(model):
                cursor.execute(f"GRANT SELECT ON {quote(table)} TO {NATIONAL_ROLE}")
        if application != owner:
            cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(application)}")


def is_read_nationally(model: type[Model]) -> bool:
    """Tenant rows, and whatever a model says its national readers need beside them."""
    has_institution = any(field.name == "institution" for field in model._meta.local_fields)
    return getattr(model, "read_nationally", has_institution)
