"""This file holds the keeper: the process that runs the local servers for as long as a command uses them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from config.local.programs import Account, Programs, Trouble, end_with_parent, find_programs
from config.local.servers import BACKEND, READY, Cluster, try_lock

ROLES = BACKEND.parent / "deploy/database/roles.sql"
LONGEST_SOCKET_PATH = 107
START_SECONDS = 60
STOP_SECONDS = 30

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "port": 5432,
    "unix_socket_permissions": "0700",
    "max_connections": 200,
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": 1.1,
    "jit": "off",
    # Containers often have a /dev/shm too small for parallel queries.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Keeper:
    """Starts PostgreSQL and Valkey for one cluster, and stops them."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.account = Account.for_data_in(cluster.folder / "data")
        self.data = self._data_folder()
        self.sockets = self._socket_folder()
        self.programs: Programs = find_programs(self.account, copies=self.data)
        self.serving = cluster.serving.open("a")
        self.servers: list[tuple[subprocess.Popen, signal.Signals]] = []

    def start(self) -> None:
        self._stop_what_a_crash_left()
        self._wait_for_the_last_of_them()
        self._start_valkey()
        self._start_postgres()
        self.cluster.sockets.unlink(missing_ok=True)
        self.cluster.sockets.symlink_to(self.sockets)

    def all_alive(self) -> bool:
        return all(server.poll() is None for server, _ in self.servers)

    def stop(self) -> None:
        """PostgreSQL last: it is the one whose data counts."""
        for server, how in self.servers:
            server.send_signal(how)
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        self.serving.close()

    def _data_folder(self) -> Path:
        """In the cluster's folder; for root with a project that the account can't enter, below /var/lib."""
        data = self.cluster.folder / "data"
        if not data.exists() and not self.account.can_enter(self.cluster.folder):
            elsewhere = Path("/var/lib") / self._private_name()
            self.account.make_folder(elsewhere)
            data.unlink(missing_ok=True)
            data.symlink_to(elsewhere)
        self.account.make_folder(data)
        if not self.account.can_enter(data):
            raise Trouble(f"{data} is out of reach for the account that runs PostgreSQL: open its parent folders.")
        return data.resolve()

    def _socket_folder(self) -> Path:
        """In the data folder; where that path is too long for a socket, a private temporary folder."""
        sockets = self.data / "sockets"
        if len(os.fsencode(sockets / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            sockets = Path(tempfile.gettempdir()) / self._private_name()
        self.account.make_folder(sockets)
        if sockets.is_symlink() or sockets.stat().st_uid != self.account.uid:
            raise Trouble(f"{sockets} is somebody else's: remove it, or set TMPDIR to a folder of yours.")
        sockets.chmod(0o700)
        return sockets

    def _private_name(self) -> str:
        project = hashlib.sha256(os.fsencode(self.cluster.folder)).hexdigest()[:12]
        return f"tesc-{self.account.uid}-{project}"

    def _stop_what_a_crash_left(self) -> None:
        """A machine that fell leaves its pid files; a keeper that was killed may leave running servers."""
        _end_leftover(self.data / "valkey.pid", signal.SIGTERM, self.data)
        crashed = _end_leftover(self.data / "postgres/postmaster.pid", signal.SIGINT, self.data)
        if crashed and not self.cluster.durable:
            # Without fsync a crash may have broken it unseen.
            shutil.rmtree(self.data / "postgres")

    def _wait_for_the_last_of_them(self) -> None:
        """One that ends removes its pid file first and its socket last: by then that would be the next one's."""
        until = time.monotonic() + STOP_SECONDS
        while not try_lock(self.serving, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise Trouble(f"A server of a keeper that was killed still runs in {self.data}: end it.")
            time.sleep(0.02)

    def _start_valkey(self) -> None:
        folder = self.data / "valkey"
        self.account.make_folder(folder)
        socket = self.sockets / "valkey.sock"
        settings = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "pidfile": str(self.data / "valkey.pid"),
            "set-proc-title": "no",
            "databases": "64",
            "save": "",
            "appendonly": "yes" if self.cluster.durable else "no",
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        socket.unlink(missing_ok=True)
        server = self._run("valkey", signal.SIGTERM, self.programs.valkey, *arguments)
        self._wait_until(socket.exists, server)

    def _start_postgres(self) -> None:
        folder = self.data / "postgres"
        if not folder.exists():
            self._initialize_postgres(folder)
        found, ours = (folder / "PG_VERSION").read_text().strip(), str(self.programs.postgres_major())
        if found != ours:
            raise Trouble(
                f"{folder} was made by PostgreSQL {found} and this is {ours}: "
                f"move the folder away to begin anew, or install PostgreSQL {found}."
            )
        settings = POSTGRES_SETTINGS | ({} if self.cluster.durable else THROWAWAY_SETTINGS)
        settings["unix_socket_directories"] = f'"{self.sockets}"'
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = self.programs.postgres("postgres")
        server = self._run("postgres", signal.SIGINT, program, "-D", folder, *arguments)
        self._wait_until(self._postgres_answers, server)
        self._set_up_roles(folder / "roles.applied")
        self._drop_forgotten_test_databases()

    def _initialize_postgres(self, folder: Path) -> None:
        half = folder.with_name("postgres.half")
        shutil.rmtree(half, ignore_errors=True)
        self.account.make_folder(half)
        self._finish(
            self.programs.postgres("initdb"),
            *("-D", half, "-U", "postgres", "--auth=trust", "--data-checksums"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
            *([] if self.cluster.durable else ["--no-sync"]),
        )
        half.rename(folder)

    def _set_up_roles(self, applied: Path) -> None:
        """Once, and again when roles.sql has changed."""
        wanted = hashlib.sha256(ROLES.read_bytes()).hexdigest()
        if applied.exists() and applied.read_text() == wanted:
            return
        with ROLES.open() as script:
            self._finish(
                self.programs.postgres("psql"),
                *("-X", "-q", "-h", self.sockets, "-p", "5432", "-U", "postgres"),
                stdin=script,
            )
        applied.write_text(wanted)

    def _drop_forgotten_test_databases(self) -> None:
        """Of test runs that were killed; nobody uses the servers yet, so nobody uses these."""
        with self._connect() as superuser:
            names = superuser.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_tesc\\_%'")
            for (name,) in names.fetchall():
                superuser.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), port=5432, user="postgres", dbname="postgres", autocommit=True)

    def _postgres_answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, name: str, stops_by: signal.Signals, *command: str | Path) -> subprocess.Popen:
        with (self.cluster.folder / f"{name}.log").open("w") as log:
            server = subprocess.Popen(
                command,
                cwd=self.data,
                env=_plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=partial(end_with_parent, stops_by),
                pass_fds=[self.serving.fileno()],
                **self.account.switch(),
            )
        self.servers.append((server, stops_by))
        return server

    def _finish(self, *command: str | Path, stdin: IO[str] | int = subprocess.DEVNULL) -> None:
        done = subprocess.run(
            command,
            cwd=self.data,
            env=_plain_environment(),
            stdin=stdin,
            stdout=sys.stderr,
            stderr=sys.stderr,
            **self.account.switch(),
        )
        if done.returncode != 0:
            raise Trouble(f"{Path(command[0]).name} failed: {self.cluster.log} says why.")

    def _wait_until(self, ready: Callable[[], bool], server: subprocess.Popen) -> None:
        until = time.monotonic() + START_SECONDS
        while not ready():
            if server.poll() is not None or time.monotonic() > until:
                raise Trouble(f"A local server did not start: the logs in {self.cluster.folder} say why.")
            time.sleep(0.02)


def _plain_environment() -> dict[str, str]:
    """Without the PG* variables of a person's own database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _end_leftover(pid_file: Path, how: signal.Signals, data: Path) -> bool:
    """Whether a server did not stop in order; if it still runs, it is stopped.

    The number alone proves nothing: after a crash it may belong to another process.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except FileNotFoundError:
        return False
    until = time.monotonic() + STOP_SECONDS
    # Its parent is gone, so it may be ending by itself, at any moment.
    with suppress(FileNotFoundError, ProcessLookupError):
        while os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, how if time.monotonic() < until else signal.SIGKILL)
            time.sleep(0.1)
    pid_file.unlink(missing_ok=True)
    return True


def keep(cluster: Cluster) -> None:
    """Run the servers until no command uses them. Says one line: that they are ready, or what is wrong."""
    keeping, using = cluster.keeping.open("a"), cluster.using.open("a")
    fcntl.flock(keeping, fcntl.LOCK_EX)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    keeper = None
    try:
        keeper = Keeper(cluster)
        keeper.start()
        print(READY, flush=True)
        while keeper.all_alive() and not try_lock(using, fcntl.LOCK_EX):
            time.sleep(0.2)
    except Trouble as trouble:
        print(trouble, flush=True)
        sys.exit(1)
    finally:
        if keeper:
            keeper.stop()
        # In this order: who then finds `using` free must not find `keeping` held.
        keeping.close()
        using.close()


if __name__ == "__main__":
    keep(Cluster(Path(sys.argv[1]), durable=sys.argv[2] == "durable"))
