"""This file holds the ground that benchmarks stand on: servers of their own under var/bench, and databases in them."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.local import servers
from config.local.keys import make_missing_keys

PROJECT = Path(__file__).resolve().parents[1]
VAR = PROJECT / "var" / "bench"
KEYS = VAR / "keys"
HOST = "bench.test"
MIGRATED = "migrated"


class Ground:
    """One PostgreSQL and one Valkey, which nothing but the running benchmark uses."""

    def __init__(self) -> None:
        for name in ("TESC_MODE", *servers.VARIABLES):
            os.environ.pop(name, None)
        cluster = servers.ensure(var=VAR)
        if cluster is None:
            raise SystemExit("A benchmark brings its own servers: leave the settings of production out.")
        self.cluster = cluster
        self.sockets = self.cluster.sockets.resolve()
        make_missing_keys(KEYS)
        with self.connect("postgres") as postgres:
            # Or its workers' time would be counted to whoever is measured just then.
            postgres.execute("ALTER SYSTEM SET autovacuum = off")
            postgres.execute("SELECT pg_reload_conf()")

    def leave(self) -> None:
        servers.leave(self.cluster)

    @property
    def postmaster(self) -> int:
        return int((self.cluster.folder / "data/postgres/postmaster.pid").read_text().split()[0])

    def url(self, database: str, role: str = "tesc_app") -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}"

    def connect(self, database: str, role: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), port=5432, user=role, dbname=database, autocommit=True)

    def environment(self, database: str, *, serving: bool = False) -> dict[str, str]:
        """What the environment of a command says, or of a web server as in production."""
        named = {
            **os.environ,
            "DATABASE_URL": self.url(database),
            "DATABASE_OWNER_URL": self.url(database, "tesc_owner"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": os.pathsep.join([str(PROJECT), str(servers.BACKEND)]),
            "TESC_KEYS_DIR": str(KEYS),
            "TESC_PUBLIC_URL": f"https://{HOST}",
            "TESC_VAR_DIR": str(VAR),
        }
        if serving:
            named |= {"TESC_MODE": "production", "TESC_ALLOWED_HOSTS": HOST, "TESC_MAIL_URL": "smtp://localhost:25"}
        return named

    def run(self, database: str, *command: str) -> str:
        """What a Python command says; if it fails, so do we."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=PROJECT,
            env=self.environment(database),
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed on {database}: its messages above say why.")
        return done.stdout

    def manage(self, database: str, *command: str) -> str:
        return self.run(database, str(servers.BACKEND / "manage.py"), *command)

    def has(self, database: str) -> bool:
        with self.connect("postgres") as postgres:
            return bool(postgres.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchall())

    def create(self, database: str) -> None:
        """An empty database with our tables, in place of one that has the name.

        All are copied from one that is migrated once: that takes a minute, and several on a machine with other work.
        """
        if not self.has(MIGRATED):
            with self.connect("postgres") as postgres:
                name = sql.Identifier(MIGRATED)
                postgres.execute(sql.SQL("CREATE DATABASE {} OWNER tesc_owner").format(name))
        self.manage(MIGRATED, "migrate", "--verbosity=0")
        self.copy(MIGRATED, database)
        self.manage(database, "migrate", "--verbosity=0")  # nothing is left of it but what follows every migration

    def copy(self, database: str, name: str) -> None:
        """A database like another one, in place of one that has the name."""
        self.drop(name)
        with self.connect("postgres") as postgres:
            new, old = sql.Identifier(name), sql.Identifier(database)
            postgres.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER tesc_owner").format(new, old))

    def drop(self, database: str) -> None:
        """No database of that name, whoever is in it."""
        with self.connect("postgres") as postgres:
            postgres.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def ensure(self, database: str, what: str, *command: str, afresh: bool = False) -> str:
        """The name of a database with what a command puts into it, wholly or not at all; kept for the next run."""
        if afresh or not self.has(database):
            print(f"Making {what}; this happens once.", flush=True)
            half = f"{database}_half"
            self.create(half)
            self.run(half, *command)
            self.drop(database)
            with self.connect("postgres") as postgres:
                new, old = sql.Identifier(half), sql.Identifier(database)
                postgres.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, old))
        else:
            self.manage(database, "migrate", "--verbosity=0")
        with self.connect(database) as postgres:
            postgres.execute("VACUUM (ANALYZE)")
        return database

    def ensure_students(self, count: int, *, afresh: bool = False) -> str:
        command = "-m", "bench.students", str(count)
        return self.ensure(f"students_{count}", f"{count:,} students", *command, afresh=afresh)
