"""This file holds the runner behind `manage.py test`: Django's names for tests, pytest to run them."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Any

import coverage
import pytest

from config.local.servers import BACKEND


class PytestRunner:
    """Runs pytest in this process."""

    def __init__(self, **options: Any) -> None:
        self.workers: str | None = options.get("workers")
        self.keyword: str | None = options.get("keyword")
        self.failfast: bool = options.get("failfast", False)
        self.more: list[str] = shlex.split(options.get("pytest") or "")

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """The options beside Django's own."""
        parser.add_argument("-n", "--workers", help="processes; 0 is this one alone")
        parser.add_argument("-k", "--keyword", help="only tests whose name matches, as pytest's -k")
        parser.add_argument("--pytest", help="more options for pytest, in one word: --pytest='--lf -s'")

    def run_tests(self, test_labels: list[str], **_kwargs: Any) -> int:
        """Run the tests of these labels, or all of them; the answer is pytest's exit code."""
        targets = [as_pytest_target(label) for label in test_labels]
        arguments = ["-n", self.workers or self._usual_workers(targets), *self.more]
        if self.keyword:
            arguments += ["-k", self.keyword]
        if self.failfast:
            arguments.append("--exitfirst")
        return int(pytest.main([*arguments, *(targets or [str(BACKEND)])]))

    def _usual_workers(self, targets: list[str]) -> str:
        # Coverage sees one process; and a few named tests end before a second one has built its database.
        return "0" if targets or coverage.Coverage.current() else "2"


def as_pytest_target(label: str) -> str:
    """`users.tests.test_roles.test_x` as `users/tests/test_roles.py::test_x`; a path stays a path."""
    if "/" in label or "::" in label or label.endswith(".py"):
        return label
    parts = label.split(".")
    for count in range(len(parts), 0, -1):
        folder = BACKEND.joinpath(*parts[:count])
        for path in (folder, folder.with_suffix(".py")):
            if path.exists():
                return "::".join([str(path), *parts[count:]])
    sys.exit(f"{label} names no test: write app.tests, app.tests.test_room, or app.tests.test_room.test_name.")
