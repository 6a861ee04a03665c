"""This file holds the PostgreSQL and the Valkey of a machine that has none, as one command sees them.

A command calls `ensure()` before Django reads its settings. Where DATABASE_URL or REDIS_URL is set, nothing
starts. Otherwise a keeper process (keeper.py) runs both servers under var/, on unix sockets only, and every
command that uses them holds a shared lock. The kernel drops that lock however the command ends, kill -9
included; when nobody holds it any more, the keeper stops both servers. So the last to leave turns off the
light, and no import is cut short because the command that started the servers ended before it.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from config.local.programs import Trouble

BACKEND = Path(__file__).resolve().parents[2]
VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
READY = "ready"

# Shared locks of this process: open as long as it lives.
_held: list[IO[str]] = []


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL and one Valkey that start and stop together, in one folder."""

    folder: Path
    durable: bool

    @property
    def starting(self) -> Path:
        """Locked by the one command that looks whether to start, or starts."""
        return self.folder / "starting.lock"

    @property
    def using(self) -> Path:
        """Locked, shared, by every command that uses the servers; by the keeper alone while it stops them."""
        return self.folder / "using.lock"

    @property
    def keeping(self) -> Path:
        """Locked by the keeper as long as both servers run."""
        return self.folder / "keeping.lock"

    @property
    def serving(self) -> Path:
        """Locked by the servers themselves, which inherit the lock, until the last of their processes has ended."""
        return self.folder / "serving.lock"

    @property
    def sockets(self) -> Path:
        """A link to the folder of both sockets, made when they are ready."""
        return self.folder / "sockets"

    @property
    def log(self) -> Path:
        return self.folder / "keeper.log"

    def is_running(self) -> bool:
        if not self.keeping.exists():
            return False
        with self.keeping.open() as file:
            return not try_lock(file, fcntl.LOCK_SH)

    def urls(self) -> dict[str, str]:
        """What the environment must say to use these servers."""
        folder = quote(str(self.sockets.resolve()))
        return {
            "DATABASE_URL": f"postgresql://tesc_app@:5432/tesc?host={folder}",
            "DATABASE_OWNER_URL": f"postgresql://tesc_owner@:5432/tesc?host={folder}",
            "REDIS_URL": f"unix://{folder}/valkey.sock?db=0",
        }


def durable_cluster(var: Path) -> Cluster:
    """The servers of `make run`: people keep its data."""
    return Cluster(var / "servers", durable=True)


def throwaway_cluster(var: Path) -> Cluster:
    """The servers of tests: fast, and may lose everything."""
    return Cluster(var / "test", durable=False)


def usual_var() -> Path:
    """Where this installation keeps its files: the keys of a database stand beside it, so both follow TESC_VAR_DIR."""
    return Path(os.environ.get("TESC_VAR_DIR", "").strip() or BACKEND.parent / "var").absolute()


def ensure(*, var: Path | None = None, throwaway: bool = False) -> Cluster | None:
    """Start the servers, or join them where they run, and tell the environment."""
    if os.environ.get("TESC_MODE") == "production" or any(os.environ.get(name) for name in VARIABLES):
        return None
    var = var or usual_var()
    cluster = durable_cluster(var)
    try:
        if throwaway and not cluster.is_running():
            cluster = throwaway_cluster(var)
        _join(cluster)
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}. Use the account that made it, or a folder of yours.")
    except Trouble as trouble:
        sys.exit(str(trouble))
    os.environ.update(cluster.urls())
    return cluster


def leave(cluster: Cluster) -> None:
    """Use the servers no longer, and if nobody else does, wait until they have stopped."""
    while _held:
        _held.pop().close()
    with cluster.using.open("a") as using:
        while cluster.is_running():
            if try_lock(using, fcntl.LOCK_EX):
                # Nobody, and the keeper has not noticed yet.
                fcntl.flock(using, fcntl.LOCK_UN)
            elif try_lock(using, fcntl.LOCK_SH):
                return
            time.sleep(0.05)


def try_lock(file: IO[str], kind: int) -> bool:
    """Whether the lock was free; if so it is ours until the file is closed."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _join(cluster: Cluster) -> None:
    cluster.folder.mkdir(parents=True, exist_ok=True)
    with _locked(cluster.starting):
        using = cluster.using.open("a")
        # Waits here while a keeper stops its servers.
        fcntl.flock(using, fcntl.LOCK_SH)
        _held.append(using)
        if not cluster.is_running():
            _start(cluster)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(cluster: Cluster) -> None:
    """Start a keeper in a session of its own, where no Ctrl-C reaches it, and wait for its servers."""
    kind = "durable" if cluster.durable else "throwaway"
    reader, writer = os.pipe()
    with cluster.log.open("w") as log:
        subprocess.Popen(
            [sys.executable, "-m", "config.local.keeper", cluster.folder, kind],
            cwd=BACKEND,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=log,
            start_new_session=True,
        )
    os.close(writer)
    with open(reader) as answer:
        said = answer.readline().strip()
    if said != READY:
        raise Trouble(said or f"The local servers did not start: {cluster.log} says why.")
