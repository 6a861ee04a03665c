"""This file holds `make check`: everything that is asked of a change besides its tests, in one list."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from config.local import servers
from config.local.keys import make_missing_keys

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
PROJECT_FILE = "../pyproject.toml"
TOOLS = Path(PYTHON).parent

CHECKS: dict[str, list[str | Path]] = {
    "lint": [PYTHON, "-m", "ruff", "check", ".."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", ".."],
    "types": [PYTHON, "-m", "mypy", "--config-file", PROJECT_FILE, ".", "../bench"],
    "imports": [TOOLS / "lint-imports"],
    "dependencies": [PYTHON, "-m", "deptry", "--config", PROJECT_FILE, "."],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "openapi": [*MANAGE, "openapi", "--check"],
    "handbook": [*MANAGE, "handbook", "--check"],
}
DEPLOYMENT: list[str | Path] = [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]


def main() -> None:
    """Run every check, whatever the ones before said, and fail if one did."""
    servers.ensure(throwaway=True)
    passed = [run(name, command, dict(os.environ)) for name, command in CHECKS.items()]
    with tempfile.TemporaryDirectory() as folder:
        passed.append(run("deployment", DEPLOYMENT, production_environment(Path(folder))))
    if not all(passed):
        sys.exit(1)


def run(name: str, command: list[str | Path], environment: dict[str, str]) -> bool:
    """Whether the check passed; what it says is shown only if it did not."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=servers.BACKEND, env=environment, text=True, capture_output=True)
    passed = done.returncode == 0
    if not passed:
        print(done.stdout + done.stderr, end="")
    print(f"{'ok    ' if passed else 'FAILED'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return passed


def production_environment(keys: Path) -> dict[str, str]:
    """What an operator would set, with keys that live as long as the check."""
    make_missing_keys(keys)
    return {
        **os.environ,
        "TESC_MODE": "production",
        "TESC_KEYS_DIR": str(keys),
        "TESC_ALLOWED_HOSTS": "tesc.example.org",
        "TESC_PUBLIC_URL": "https://tesc.example.org",
        "TESC_MAIL_URL": "smtp+tls://tesc:password@mail.example.org:587",
    }


if __name__ == "__main__":
    main()
