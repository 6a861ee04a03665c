"""This file holds how a test database is made in a moment: copied from one that was migrated before."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import setup_databases

BACKEND = Path(__file__).resolve().parents[2]
PREFIX = "tesc_migrated_"
ONE_MAKER = 5_374_810_264


def set_up_databases() -> list:
    """Django's, for the owner, on TESC's own test servers without the seconds that migrating takes.

    The first run after a change of a migration migrates, and leaves a copy. Others are copied from that one and then
    migrated too: nothing is left to apply, and what follows every migration (rights, triggers, shipped roles) is done
    anew. On somebody else's server nothing is left behind.
    """
    if "TESC_TEST_RUN" not in os.environ:
        return setup_databases(verbosity=0, interactive=False)
    template = PREFIX + digest_of_migrations()
    with one_at_a_time(), connection._nodb_cursor() as server:
        server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {name for (name,) in server.fetchall()}
        if template not in there:
            built = setup_databases(verbosity=0, interactive=False)
            connection.close()
            for old in there:
                server.execute(f'DROP DATABASE IF EXISTS "{old}"')
            server.execute(f'CREATE DATABASE "{template}" TEMPLATE "{connection.settings_dict["NAME"]}"')
            return built
    connection.settings_dict["TEST"]["TEMPLATE"] = template
    return setup_databases(verbosity=0, interactive=False)


def digest_of_migrations() -> str:
    """Of whatever decides what a migrated database holds: the migrations, and SQL and core, which they read."""
    files = {*BACKEND.glob("*/migrations/*.py"), *BACKEND.glob("*/**/*.sql"), *(BACKEND / "core").rglob("*.py")}
    files -= {*BACKEND.glob("core/tests/*")}
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(BACKEND)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Of several processes one migrates, and the others wait to copy."""
    with connection._nodb_cursor() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [ONE_MAKER])
        try:
            yield
        finally:
            server.execute("SELECT pg_advisory_unlock(%s)", [ONE_MAKER])
