"""This file holds how a result is judged and told: a figure, its limit, and a table for people and the README."""

import os
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).with_name("README.md")


@dataclass(frozen=True)
class Verdict:
    """One promise: what was measured, and the limit that it keeps or not."""

    what: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = "x"

    @property
    def passed(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def cells(self) -> tuple[str, ...]:
        sign = ">=" if self.at_least else "<="
        said = "pass" if self.passed else "FAIL"
        return self.what, f"{self.value:.2f} {self.unit}", f"{sign} {self.limit:g} {self.unit}", said


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    return table(("promise", "measured", "limit", ""), [verdict.cells for verdict in verdicts])


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table that reads well in a terminal and in Markdown."""
    rows = [head, *rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def machine(*packages: str) -> str:
    """Where and when a figure was taken, and with what."""
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores of {cpu[1] if cpu else platform.machine()}, "
        f"{memory:.0f} GiB of memory, Linux {platform.release()}, Python {platform.python_version()}, {versions}."
    )


def tell(section: str, text: str, verdicts: list[Verdict], *, write: bool) -> None:
    """Print a result; put it into its place in the README if asked; end with 1 if a promise is broken."""
    whole = f"{text}\n\n{verdict_table(verdicts)}"
    print(f"\n{whole}")
    if write:
        marks = f"<!-- {section} -->", f"<!-- end of {section} -->"
        before, _, rest = README.read_text().partition(marks[0])
        _, _, after = rest.partition(marks[1])
        README.write_text(f"{before}{marks[0]}\n{whole}\n{marks[1]}{after}")
    if not all(verdict.passed for verdict in verdicts):
        sys.exit(1)
