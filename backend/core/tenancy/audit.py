"""This file holds the audit of the walls: what the database really holds, from its catalog, against what the code says.

It walks the tables and not only the models: a partition, a history table or one made by hand needs its wall too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model

from core.tenancy.constraints import NATIONAL_ROLE, REACHED, Mirrored, SameInstitution
from core.tenancy.roles import is_read_nationally
from core.tenancy.tables import kept_models, reason_outside

INSIDE = f"institution_id = ANY ({REACHED})"
MAINTAINING = "current_setting('tesc.maintenance', true) = 'on' AND session_user = '{owner}'"
ALL_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
USUAL_PRIVILEGES = "SELECT, INSERT, UPDATE, DELETE"

TABLES = """
SELECT c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
  EXISTS (SELECT FROM pg_options_to_table(c.reloptions)
          WHERE option_name = 'security_invoker' AND option_value::boolean),
  EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'institution_id' AND NOT attisdropped),
  EXISTS (SELECT FROM pg_constraint
          WHERE conrelid = c.oid AND pg_get_constraintdef(oid) = 'UNIQUE (institution_id, id)'),
  array(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY c.relname
"""
POLICIES = """
SELECT c.relname, p.polname, p.polpermissive, p.polcmd::text,
  array(SELECT CASE role WHEN 0 THEN 'public' ELSE pg_get_userbyid(role) END FROM unnest(p.polroles) AS role)::text[],
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
"""
KEYS = """
SELECT c.relname, k.conname, t.relname, pg_get_constraintdef(k.oid), k.convalidated
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace
"""
PRIVILEGES = """
SELECT c.relname, array(SELECT p FROM unnest(%(all)s::text[]) AS p WHERE has_table_privilege(%(role)s, c.oid, p))
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view as the catalog knows it."""

    name: str
    kind: str
    has_row_security: bool
    forces_it: bool
    is_invokers: bool
    has_institution: bool
    has_key: bool
    policies: list[str]


def gaps() -> list[str]:
    """Everything that is not as it must be, one sentence each; nothing means that the walls stand."""
    tables = [Table(*row) for row in rows(TABLES)]
    models = {model._meta.db_table: model for model in kept_models()}
    walled = {table.name for table in tables if table.has_institution and not is_excepted(models.get(table.name))}
    return [
        *(f"{table.name}: {gap}" for table in tables if table.name in walled for gap in gaps_of_wall(table)),
        *(f"{table}: {gap}" for table, gap in gaps_of_policies(walled)),
        *(f"{table}: {gap}" for table, gap in gaps_of_keys(walled)),
        *(f"{table.name}: {gap}" for table in tables for gap in gaps_of_view(table)),
        *(f"{table}: {gap}" for table, gap in gaps_of_privileges(models)),
    ]


def exceptions() -> dict[str, str]:
    """The tables that have an institution and no wall, and why."""
    return {model._meta.db_table: reason_outside(model) for model in kept_models() if reason_outside(model)}


def rows(statement: str, values: dict[str, Any] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def is_excepted(model: type[Model] | None) -> bool:
    return model is not None and bool(reason_outside(model))


def gaps_of_wall(table: Table) -> Iterator[str]:
    if table.kind in ("v", "m"):
        return
    if not table.has_row_security:
        yield "row security is off."
    if not table.forces_it:
        yield "row security is not forced, so its owner sees every row."
    if missing := {"tenant", "national", "maintenance"} - set(table.policies):
        yield f"policies are missing: {', '.join(sorted(missing))}."
    if not table.has_key:
        yield "the key (institution_id, id) is missing, to which others point."


def gaps_of_policies(walled: set[str]) -> Iterator[tuple[str, str]]:
    owner = settings.OWNER_DATABASE["USER"]
    maintaining = MAINTAINING.format(owner=owner)
    expected = {
        "tenant": (True, "*", ["public"], plain(INSIDE), plain(INSIDE)),
        "national": (True, "r", [NATIONAL_ROLE], "true", ""),
        "maintenance": (True, "*", [owner], plain(maintaining), plain(maintaining)),
    }
    for table, name, permissive, command, roles, using, check in rows(POLICIES):
        if table in walled and (permissive, command, roles, plain(using), plain(check)) != expected.get(name):
            yield table, f"the policy {name} is not the wall's."


def plain(expression: str | None) -> str:
    """An expression without what PostgreSQL adds when it prints one: casts, brackets, blanks, names of columns."""
    text = (expression or "").lower().replace(" as string_to_array", "")
    for added in ("::text", "::name", "(", ")", " "):
        text = text.replace(added, "")
    return text


def gaps_of_keys(walled: set[str]) -> Iterator[tuple[str, str]]:
    """Every key to a walled table is composite, and every one that the models declare is there, and was validated."""
    found = {(table, name): (to, text, validated) for table, name, to, text, validated in rows(KEYS)}
    for (table, name), (to, text, _) in found.items():
        if to in walled and not text.startswith("FOREIGN KEY (institution_id, "):
            yield table, f"the key {name} can point into another institution."
    for model in kept_models():
        for constraint in model._meta.constraints:
            if not isinstance(constraint, SameInstitution | Mirrored):
                continue
            key = found.get((model._meta.db_table, constraint.name))
            if key is None:
                yield model._meta.db_table, f"the key {constraint.name} is missing."
            elif not key[2]:
                yield model._meta.db_table, f"the key {constraint.name} was never validated."


def gaps_of_view(table: Table) -> Iterator[str]:
    if table.kind == "m":
        yield "a materialized view shows every institution's rows to anybody."
    if table.kind == "v" and not table.is_invokers:
        yield "a view without security_invoker reads as its owner."


def gaps_of_privileges(models: dict[str, type[Model]]) -> Iterator[tuple[str, str]]:
    application, owner = settings.APPLICATION_ROLE, settings.OWNER_DATABASE["USER"]
    if application != owner:
        for table, held in rows(PRIVILEGES, {"all": list(ALL_PRIVILEGES), "role": application}):
            allowed = getattr(models.get(table), "database_privileges", USUAL_PRIVILEGES).split(", ")
            if set(held) != set(allowed):
                yield table, f"{application} may {listed(held)}; it should {listed(allowed)}."
    for table, held in rows(PRIVILEGES, {"all": list(ALL_PRIVILEGES), "role": NATIONAL_ROLE}):
        model = models.get(table)
        allowed = ["SELECT"] if model is not None and is_read_nationally(model) else []
        if set(held) != set(allowed):
            yield table, f"{NATIONAL_ROLE} may {listed(held)}; it should {listed(allowed)}."


def listed(privileges: list[str]) -> str:
    return ", ".join(privileges) or "nothing"
