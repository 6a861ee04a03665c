"""This file holds tests of the local servers: who starts, joins and stops them, kill -9 included."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis

from config.local import servers
from config.local.servers import BACKEND, VARIABLES, Cluster, throwaway_cluster

# A command that uses the servers of a folder, says where they are, and ends when its input does.
COMMAND = """
import os, sys
from pathlib import Path
from config.local import servers
servers.ensure(var=Path(sys.argv[1]), throwaway=True)
print(os.environ["DATABASE_URL"], flush=True)
sys.stdin.read()
"""


class Command:
    """One running command beside others."""

    def __init__(self, var: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, var],
            cwd=BACKEND,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        said = self.process.stdout.readline().strip()
        assert said, self.process.communicate()[1]
        return said

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode


@contextmanager
def open_folder() -> Iterator[Path]:
    """Root runs PostgreSQL as another account, which has to get there. Not in pytest's own folder, which every other
    run that begins meanwhile shuts. The blank is on purpose.
    """
    with TemporaryDirectory(prefix="a project ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def wait_until_stopped(cluster: Cluster) -> None:
    until = time.monotonic() + 20
    while cluster.is_running():
        assert time.monotonic() < until, "the servers were not stopped"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Made once: only the first start needs the seconds of initdb."""
    with open_folder() as folder:
        yield folder


@pytest.fixture
def cluster(var) -> Iterator[Cluster]:
    cluster = throwaway_cluster(var)
    yield cluster
    wait_until_stopped(cluster)


def test_the_servers_live_as_long_as_the_command(var, cluster):
    command = Command(var)
    with psycopg.connect(command.url()) as connection:
        row = connection.execute("SELECT session_user, current_database(), inet_server_port()").fetchone()
    assert row == ("tesc_app", "tesc", None)
    assert command.end() == 0
    wait_until_stopped(cluster)
    assert list((cluster.folder / "data/sockets").iterdir()) == []


def test_a_killed_command_takes_its_servers_along(var, cluster):
    command = Command(var)
    command.url()
    command.process.kill()
    wait_until_stopped(cluster)
    assert command.end() == -signal.SIGKILL
    assert not (cluster.folder / "data/postgres/postmaster.pid").exists()


def test_commands_that_start_together_share_servers_until_the_last_has_ended(var, cluster):
    first, second = Command(var), Command(var)
    url = first.url()
    assert second.url() == url
    first.end()
    time.sleep(0.5)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.end()


def test_a_killed_keeper_is_recovered_from(var, cluster):
    command = Command(var)
    command.url()
    os.kill(keeper_of(command), signal.SIGKILL)
    wait_until_stopped(cluster)
    after = Command(var)
    with psycopg.connect(after.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    command.end()
    after.end()


def test_a_server_that_ends_late_takes_no_socket_of_the_next_one(var, cluster):
    command = Command(var)
    command.url()
    pid_file = cluster.folder / "data/valkey.pid"
    late = int(pid_file.read_text())
    os.kill(late, signal.SIGSTOP)
    os.kill(keeper_of(command), signal.SIGKILL)
    pid_file.unlink()  # as it does itself when it ends, before it removes its socket
    wait_until_stopped(cluster)
    after = Command(var)
    is_ready, _, _ = select.select([after.process.stdout], [], [], 3)
    os.kill(late, signal.SIGCONT)
    assert not is_ready, "it waits for the last process of the one before"
    after.url()
    assert redis.Redis(unix_socket_path=str(cluster.sockets / "valkey.sock")).ping()
    command.end()
    after.end()


def test_a_forgotten_test_database_is_dropped(var, cluster):
    command = Command(var)
    owner = command.url().replace("tesc_app", "tesc_owner")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_tesc_of_a_killed_run")
    command.end()
    wait_until_stopped(cluster)
    command = Command(var)
    with psycopg.connect(command.url()) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1").fetchall()
    assert names == [("postgres",), ("tesc",)]
    command.end()


def test_the_roles_are_those_of_production(var, cluster):
    command = Command(var)
    with psycopg.connect(command.url()) as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolinherit, rolcreatedb, rolcanlogin, rolbypassrls FROM pg_roles "
            "WHERE rolname LIKE 'tesc%' ORDER BY 1"
        ).fetchall()
        inherits = connection.execute("SELECT pg_has_role('tesc_national', 'USAGE')").fetchone()
        extensions = connection.execute("SELECT extname FROM pg_extension ORDER BY 1").fetchall()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")
    command.end()
    assert roles == [
        ("tesc_app", False, False, False, True, False),
        ("tesc_backup", False, True, False, True, True),
        ("tesc_national", False, True, False, False, False),
        ("tesc_owner", False, True, True, True, False),
    ]
    assert inherits == (False,)
    assert extensions == [("btree_gist",), ("pg_trgm",), ("plpgsql",)]


def test_a_database_of_another_postgresql_is_refused_in_one_sentence():
    with open_folder() as var:
        version = var / "test/data/postgres/PG_VERSION"
        version.parent.mkdir(parents=True)
        version.write_text("9\n")
        command = Command(var)
        _, said = command.process.communicate()
        assert command.process.returncode == 1
        assert said.startswith(f"{version.parent} was made by PostgreSQL 9 and this is ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", VARIABLES)
def test_nothing_starts_where_a_server_is_named(monkeypatch, tmp_path, name):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, "said://by.a.person")
    assert servers.ensure(var=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_the_servers_stand_where_the_keys_stand(monkeypatch, tmp_path):
    monkeypatch.setenv("TESC_VAR_DIR", str(tmp_path))
    assert servers.usual_var() == tmp_path
    monkeypatch.delenv("TESC_VAR_DIR")
    assert servers.usual_var() == servers.BACKEND.parent / "var"


def keeper_of(command: Command) -> int:
    children = Path(f"/proc/{command.process.pid}/task/{command.process.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])
