"""This file holds how staged rows become rows of models: load by load, what is new and what differs, set by set.

Temporary tables have no row security, which COPY FROM does not work with; what is written goes through the walls.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg.sql import Literal

from core.audit.models import AuditEntry
from core.bulk.contracts import Contract, Deed, Load
from core.bulk.models import Upload, UploadEffect
from core.ids import NEW_ID
from core.planner import tell_planner
from core.secrets.fields import Encrypted
from core.secrets.persons import stored_salts
from core.secrets.sealing import new_person_sealer, person_opener
from core.tenancy.tables import has_institution, kept_models
from core.texts import FoldedField, folded

EFFECTS, AUDIT = UploadEffect._meta.db_table, AuditEntry._meta.db_table
STANDARD = {"id": "wanted.id", "created_at": "now()", "updated_at": "now()", "version": "1"}
EFFECT = 'id, institution_id, created_at, updated_at, version, upload_id, position, "table"'
AT_ONCE = 2000
UUIDV7_SINCE = 180_000
# Or the checks of foreign keys of a whole file would queue up until the commit.
CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of the rows of one model."""

    create: int
    change: int
    unchanged: int


class Merge:
    """One upload's rows on their way: `resolve` says what would be, `write` does it."""

    def __init__(self, upload: Upload, contract: Contract, present: Collection[str]) -> None:
        self.upload, self.contract, self.present = upload, contract, present
        self.known = {"institution": upload.institution_id, "upload": upload.pk}
        self.sealers: dict[tuple[str, ...], Any] = {}

    def run(self, sql: str, **values: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.known, **values})
            return cursor.rowcount

    def asked(self, sql: str) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql, self.known)
            return cursor.fetchall()

    # --- What would be ---
    def resolve(self, *, to_write: bool = False) -> dict[str, Merged]:
        """Each load's rows with their ids, and whether each is new or differs. A load sees the ids of those before it,
        so that nothing need be written to know all of them. `to_write` also seals what new rows will hold.
        """
        loads = {load.model._meta.label: self.resolve_one(load, to_write) for load in self.contract.loads}
        return loads | {deed.model._meta.label: self.resolve_deed(deed) for deed in self.contract.deeds}

    def resolve_one(self, load: Load, to_write: bool) -> Merged:
        self.run(f"DROP TABLE IF EXISTS pg_temp.{load.staged}")
        self.run(resolved(load))
        self.run(f"ANALYZE {load.staged} (id)")
        if stated := self.stated(load):
            self.run(filled(load, stated, self.sticky(load)))
            self.refold(load, stated)
            self.run(marked(load, stated))
        if load.sealed:
            self.seal(load, [name for name in load.sealed if name in self.present], to_write)
        ((new, changed, total),) = self.asked(
            f"SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_changed), count(*) FROM {load.staged}"
        )
        return Merged(new, changed, total - new - changed)

    def refold(self, load: Load, stated: Sequence[str]) -> None:
        """What a known row is found by follows from what it will hold, which may be more than the file says: a name
        that the file lacks, or leaves blank, or that is kept as it was entered by hand.
        """
        for field in load.model._meta.concrete_fields:
            if not isinstance(field, FoldedField) or field.name not in stated:
                continue
            held = ", ".join(f"{'wanted' if name in stated else 'own'}.{name}" for name in field.sources)
            was = ", ".join(f"own.{name}" for name in field.sources)
            changed = self.asked(
                f"""
                SELECT wanted.id, concat_ws(' ', {held})
                FROM {load.staged} wanted JOIN {load.table} own ON own.id = wanted.id
                WHERE NOT is_new AND {here(load.table)} AND ({held}) IS DISTINCT FROM ({was})"""
            )
            if changed:
                self.run(
                    f"""
                    UPDATE {load.staged} wanted SET {field.name} = told.text
                    FROM unnest(%(ids)s::uuid[], %(texts)s::text[]) told (id, text) WHERE told.id = wanted.id""",
                    ids=[row for row, _ in changed],
                    texts=[folded(text) for _, text in changed],
                )

    def resolve_deed(self, deed: Deed) -> Merged:
        self.run(f"DROP TABLE IF EXISTS pg_temp.{deed.staged}")
        self.run(f"CREATE TEMP TABLE {deed.staged} ON COMMIT DROP AS {deed.wanted}")
        ((new, total),) = self.asked(f"SELECT count(*) FILTER (WHERE known IS NULL), count(*) FROM {deed.staged}")
        return Merged(new, 0, total - new)

    def stated(self, load: Load) -> list[str]:
        """The columns of a load that this file states."""
        return [name for name, source in load.stated.items() if source in self.present]

    def sticky(self, load: Load) -> list[str]:
        if self.upload.overwrites:
            return []
        return [name for name in self.stated(load) if self.contract.column(load.stated[name]).sticky]

    def actions(self) -> str:
        """Selects, for each row of the file, what becomes of it."""
        rows = [
            f"SELECT number, is_new AND {'true' if load.model is self.contract.main else 'false'} AS is_new,"
            f" is_new OR is_changed AS differs FROM {load.staged}"
            for load in self.contract.loads
        ]
        rows += [
            f"SELECT number, known IS NULL AS is_new, known IS NULL AS differs FROM {deed.staged}"
            for deed in self.contract.deeds
        ]
        return f"""
        SELECT number, CASE WHEN bool_or(is_new) THEN 'create' WHEN bool_or(differs) THEN 'change' ELSE 'unchanged' END
        FROM ({" UNION ALL ".join(rows)}) told GROUP BY number"""

    # --- What is sealed ---
    def seal(self, load: Load, names: Sequence[str], to_write: bool) -> None:
        """Seal what identifies a person under that person's key; what a row has already is opened and compared."""
        fields: list[Any] = [load.model._meta.get_field(name) for name in names]
        columns = ", ".join(f"{name} bytea" for name in names)
        if not names:
            return
        self.run("DROP TABLE IF EXISTS pg_temp.sealed")
        self.run(f"CREATE TEMP TABLE sealed (id uuid PRIMARY KEY, salt bytea, {columns}) ON COMMIT DROP")
        for batch in self.plain_and_own(load, names, to_write):
            salts = stored_salts(person for _, is_new, person, *_ in batch if not is_new)
            lines = []
            for row, is_new, person, *values in batch:
                plains, own = values[: len(names)], values[len(names) :]
                if is_new:
                    salt, sealed = self.sealed_for_new(fields, row, plains)
                else:
                    salt, sealed = None, self.resealed(fields, row, person, salts.get(person), plains, own)
                if is_new or any(new != old for new, old in zip(sealed, own, strict=True)):
                    lines.append((row, salt, *sealed))
            with connection.cursor() as cursor, cursor.copy("COPY sealed FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["uuid", *["bytea"] * (len(names) + 1)])
                for line in lines:
                    copy.write_row(line)
        self.run(
            f"UPDATE {load.staged} SET is_changed = true FROM sealed WHERE sealed.id = {load.staged}.id AND NOT is_new"
        )

    def plain_and_own(self, load: Load, names: Sequence[str], to_write: bool) -> Iterator[list[tuple]]:
        """Id, whether it is new, the person whose it is, the plain values of the file, and those that are stored."""
        sealed: Any = load.model._meta.get_field(names[0])
        plain = ", ".join(f"staged.{name}::text" for name in names)
        own = ", ".join(f"own.{name}" for name in names)
        sql = f"""
        SELECT wanted.id, wanted.is_new, own.{sealed.person}, {plain}, {own} FROM {load.staged} wanted
        JOIN staged USING (number)
        LEFT JOIN {load.table} own ON own.id = wanted.id AND {here(load.table)}
        WHERE {"true" if to_write else "NOT is_new"}"""
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql, self.known)
            while rows := cursor.fetchmany(AT_ONCE):
                yield rows

    def sealed_for_new(
        self, fields: Sequence[Encrypted], row: UUID, plains: Sequence[str | None]
    ) -> tuple[bytes, list[bytes | None]]:
        """A new person's salt and sealed values; a blank value stays one."""
        given = tuple(field.address for field, plain in zip(fields, plains, strict=True) if plain is not None)
        if given not in self.sealers:
            self.sealers[given] = new_person_sealer(given, self.upload.institution_id)
        salt, values = self.sealers[given](row, tuple(plain.encode() for plain in plains if plain is not None))
        rest = iter(values)
        return salt, [None if plain is None else next(rest) for plain in plains]

    def resealed(
        self,
        fields: Sequence[Encrypted],
        row: UUID,
        person: UUID,
        salt: bytes | None,
        plains: Sequence[str | None],
        own: Sequence[Any],
    ) -> list[bytes | None]:
        """What the row is to hold: the stored bytes where the value is the same, or the file leaves it blank."""
        values: list[bytes | None] = []
        for field, plain, stored in zip(fields, plains, own, strict=True):
            stored = None if stored is None else bytes(stored)
            opened = person_opener(field.address, self.upload.institution_id)
            if plain is None or (stored is not None and opened(stored, row, person, salt) == plain.encode()):
                values.append(stored)
                continue
            shell = field.model(pk=row, institution_id=self.upload.institution_id, **{str(field.person): person})
            values.append(field.sealed_in(shell, plain))
        return values

    # --- What is done ---
    def write(self) -> None:
        """Write every load, and note what each row was before."""
        self.run(CHECK_AT_ONCE)
        for position, load in enumerate(self.contract.loads):
            self.note(load, position)
            self.insert(load)
            tell_planner(load.table)
            self.update(load)
        for statement in self.contract.after:
            self.run(statement)

    def note(self, load: Load, position: int) -> None:
        """Keep which rows this makes, and what those that it changes were."""
        # Not now(), when the transaction began: who changes a row by hand after this has a later time on the log.
        now = "clock_timestamp()"
        columns = f"{new_id()}, %(institution)s, {now}, {now}, 1, %(upload)s, {position}, '{load.table}'"
        self.run(
            f"""
            INSERT INTO {EFFECTS} ({EFFECT}, made) SELECT {columns}, array_agg(id)
            FROM (SELECT id, row_number() OVER () / {AT_ONCE} AS part FROM {load.staged} WHERE is_new) new
            GROUP BY part"""
        )
        stated = [*self.stated(load), *(name for name in load.sealed if name in self.present)]
        if stated:
            before = ", ".join(f"'{name}', own.{name}" for name in stated)
            self.run(
                f"""
                INSERT INTO {EFFECTS} ({EFFECT}, row_id, row_version, before)
                SELECT {columns}, own.id, own.version + 1, jsonb_build_object({before})
                FROM {load.staged} wanted JOIN {load.table} own ON own.id = wanted.id
                WHERE {here(load.table)} AND is_changed"""
            )

    def insert(self, load: Load) -> None:
        sealed = [name for name in load.sealed if name in self.present]
        columns = {name: with_default(load, name, f"wanted.{name}") for name in (*load.key, *load.stated)}
        columns |= dict(load.given) | {name: f"sealed.{name}" for name in sealed}
        columns |= defaults(load, {*columns, *load.sealed}) | STANDARD
        if load.table in tables_of_institutions():
            columns["institution_id"] = "%(institution)s"
        join = "LEFT JOIN sealed ON sealed.id = wanted.id" if sealed else ""
        new = self.asked(f"SELECT EXISTS (SELECT FROM {load.staged} WHERE is_new)")[0][0]
        if not new:
            return  # a statement without rows still tells the triggers of reference tables
        if sealed:
            self.run("INSERT INTO core_personkey (person, salt) SELECT id, salt FROM sealed WHERE salt IS NOT NULL")
        self.run(
            f"""
            INSERT INTO {load.table} ({", ".join(columns)})
            SELECT {", ".join(columns.values())}
            FROM {load.staged} wanted {join} WHERE is_new"""
        )

    def update(self, load: Load) -> None:
        if not self.asked(f"SELECT EXISTS (SELECT FROM {load.staged} WHERE is_changed)")[0][0]:
            return
        sealed = [name for name in load.sealed if name in self.present]
        values = [f"{name} = wanted.{name}" for name in self.stated(load)]
        values += [f"{name} = CASE WHEN sealed.id IS NULL THEN own.{name} ELSE sealed.{name} END" for name in sealed]
        join = "LEFT JOIN sealed ON sealed.id = wanted.id" if sealed else ""
        self.run(
            f"""
            UPDATE {load.table} own SET {", ".join(values)}, updated_at = now(), version = own.version + 1
            FROM {load.staged} wanted {join}
            WHERE {here(load.table)} AND own.id = wanted.id AND wanted.is_changed"""
        )


@cache
def tables_of_institutions() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in kept_models() if has_institution(model))


def here(table: str) -> str:
    """The condition that `own` is a row of the upload's institution; a row of the nation's register is of none."""
    return "own.institution_id = %(institution)s" if table in tables_of_institutions() else "true"


def new_id() -> str:
    """PostgreSQL's own where it has one (18): the expression that stands in for it takes several times as long."""
    database: Any = connection
    return "uuidv7()" if database.pg_version >= UUIDV7_SINCE else NEW_ID


def resolved(load: Load) -> str:
    same = load.match or " AND ".join(f"own.{name} = wanted.{name}" for name in load.key)
    known = load.known or f"SELECT * FROM {load.table} own WHERE {here(load.table)}"
    return f"""
    CREATE TEMP TABLE {load.staged} ON COMMIT DROP AS
    SELECT wanted.*, coalesce(own.id, {new_id()}) AS id, own.id IS NULL AS is_new, false AS is_changed
    FROM ({load.wanted}) wanted LEFT JOIN ({known}) own ON {same}"""


def filled(load: Load, stated: Sequence[str], sticky: Sequence[str]) -> str:
    """What the file leaves blank is as it was; so is a sticky value that somebody entered by hand since an upload last
    changed the row: the audit log tells each change by hand, and of an upload only that it was.
    """
    values = []
    for name in stated:
        if isinstance(column_of(load, name), FoldedField):
            values.append(f"{name} = own.{name}")  # where a name changes, `refold` works it out
            continue
        value = f"coalesce(wanted.{name}, own.{name})"
        if name in sticky:
            is_kept = f"coalesce(own.{name}::text, '') <> '' AND {by_hand(load, name)}"
            value = f"CASE WHEN {is_kept} THEN own.{name} ELSE {value} END"
        values.append(f"{name} = {value}")
    return f"""
    UPDATE {load.staged} wanted SET {", ".join(values)} FROM {load.table} own
    WHERE NOT is_new AND {here(load.table)} AND own.id = wanted.id"""


def by_hand(load: Load, name: str) -> str:
    return f"""own.{name} IS DISTINCT FROM wanted.{name} AND EXISTS (
      SELECT FROM {AUDIT} entry WHERE entry.subject = '{load.model._meta.label}' AND entry.subject_id = own.id::text
        AND entry.decision = 'done' AND entry.changes ? '{load.stated[name]}' AND entry.at > coalesce((
          SELECT max(effect.created_at) FROM {EFFECTS} effect
          WHERE effect.institution_id = %(institution)s AND effect.row_id = own.id), '-infinity'))"""


def marked(load: Load, stated: Sequence[str]) -> str:
    own, wanted = (", ".join(f"{of}.{name}" for name in stated) for of in ("own", "wanted"))
    return f"""
    UPDATE {load.staged} wanted SET is_changed = true FROM {load.table} own
    WHERE NOT is_new AND {here(load.table)} AND own.id = wanted.id
      AND ({own}) IS DISTINCT FROM ({wanted})"""


def with_default(load: Load, column: str, value: str) -> str:
    default = default_of(column_of(load, column))
    return value if default is None else f"coalesce({value}, {default})"


def defaults(load: Load, named: Collection[str]) -> dict[str, str]:
    """What a new row holds in the columns that nobody names."""
    found: dict[str, str] = {}
    for field in load.model._meta.concrete_fields:
        if field.column not in {*named, *STANDARD, "institution_id"}:
            default = default_of(field)
            if default is not None:
                found[str(field.column)] = default
    return found


def default_of(field: models.Field) -> str | None:
    """The literal that stands for nothing in a column; None where that is null, or the database knows."""
    if field.has_default():
        return Literal(field.get_db_prep_save(field.get_default(), connection)).as_string(None).replace("%", "%%")
    is_text = isinstance(field, models.CharField | models.TextField)
    return "''" if is_text and not field.null else None


def column_of(load: Load, column: str) -> models.Field:
    return next(field for field in load.model._meta.concrete_fields if field.column == column)
