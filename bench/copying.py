"""This file holds what loading is compared with: COPY of the same rows into the same tables without row security."""

import resource
from pathlib import Path

import psycopg
from psycopg import sql

from bench.ground import Ground
from bench.processes import cpu_seconds

AT_ONCE = 1 << 20
WALLED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity"""
REFERENCES = """
SELECT child.relname, parent.relname FROM pg_constraint
JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
WHERE contype = 'f' AND conrelid <> confrelid"""


class Copies:
    """The rows of every table with a wall, as files; and a copy of the database that takes them without walls.

    `without` are tables that are ours alone, `besides` are tables without a wall that hold what was loaded too.
    """

    def __init__(
        self,
        ground: Ground,
        loaded: str,
        database: str,
        folder: Path,
        *,
        without: tuple[str, ...] = (),
        besides: tuple[str, ...] = (),
    ) -> None:
        self.ground, self.database, self.folder = ground, database, folder
        folder.mkdir(parents=True, exist_ok=True)
        ground.copy(loaded, database)
        with ground.connect(database) as postgres:
            self.tables = [*besides, *(table for table in parents_first(postgres) if table not in without)]
            self.rows = {table: self.write(postgres, table) for table in self.tables}
            for table in self.tables:
                postgres.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(sql.Identifier(table)))

    def write(self, postgres: psycopg.Connection, table: str) -> int:
        """Put a table into a file; the number of its rows."""
        query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
        with (self.folder / table).open("wb") as file, postgres.cursor() as cursor:
            with cursor.copy(query) as copy:
                for block in copy:
                    file.write(block)
            return cursor.rowcount

    def load(self) -> float:
        """CPU seconds of one COPY of each file, in one transaction that checks every key."""
        with self.ground.connect(self.database) as postgres:
            names = sql.SQL(", ").join(map(sql.Identifier, self.tables))
            postgres.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
            postgres.execute("CHECKPOINT")
            before = cpu_seconds([self.ground.postmaster]) + own_cpu_seconds()
            with postgres.transaction(), postgres.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                for table in self.tables:
                    query = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
                    with (self.folder / table).open("rb") as file, cursor.copy(query) as copy:
                        while block := file.read(AT_ONCE):
                            copy.write(block)
            return cpu_seconds([self.ground.postmaster]) + own_cpu_seconds() - before


def parents_first(postgres: psycopg.Connection) -> list[str]:
    waiting = {table for (table,) in postgres.execute(WALLED)}
    references = [(child, parent) for child, parent in postgres.execute(REFERENCES)]
    ordered: list[str] = []
    while waiting:
        held = {child for child, parent in references if child in waiting and parent in waiting}
        ordered += sorted(waiting - held)
        waiting &= held
    return ordered


def own_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
