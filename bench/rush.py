"""This file holds the rush at full size: 64 clients, a server whose workers are killed while they ask, and a recount.

Of the attempts some come twice at once, by two clients with a key each or by one over two connections with the same
key; some who got in drop out, some who found no seat wait for one, and offers are accepted or refused meanwhile.
Whoever gets no answer, because the worker died, asks again with the same Idempotency-Key. Afterwards each attempt has
its answer, a key repeats it, and `check_seats` finds nothing: no seat too many, as many as rows, nobody waits while a
seat is free, nobody is in two places at once.

It kills only workers that its own server started, works in a copy of the database that it drops, and ends by itself.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import orjson

from bench.ground import HOST, Ground
from bench.processes import PARENT, family, stat
from bench.registration import FORGET, HOT, SPREAD, THREADS, WORKERS, ensure_term, inside
from bench.rushing import PATH
from bench.services import Running, on_gunicorn, running

WAITING = "/api/v1/academic/waitlist-entries/"
KILLS = 12
ONE_TWICE_OF, ONE_DOUBLED_OF, ONE_DROPS_OF, ONE_WAITS_OF, ONE_REFUSES_OF, REPEATED_BY_EACH = 20, 20, 5, 3, 4, 20
LONGEST_ANSWER, LONGEST_END = 60, 20
PASSED, REFUSED, LATER = 201, {400, 422}, {409, 500, 502, 503}  # later: busy, or the database went with the worker
# Half the seats of bench.registration, so that they run out in the middle.
SCARCE = "UPDATE academic_section SET capacity = greatest(1, capacity / 2) WHERE status = 'open'"
LEFT_OPEN = "SELECT count(*) FROM core_idempotencykey WHERE status IS NULL"
REGISTERED = """
SELECT r.id FROM academic_registration r
JOIN academic_section s ON s.institution_id = r.institution_id AND s.id = r.section_id WHERE s.status = 'open'
"""
AT_WORK = """
SELECT state, wait_event, age(now(), xact_start), left(query, 100) FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start
"""


class Wrong(Exception):
    """Something came out as it must not."""


@dataclass
class Story:
    """What the clients saw, all together."""

    answers: Counter[int] = field(default_factory=Counter)
    registered: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    workers: set[int] = field(default_factory=set)
    is_over: bool = False


class Client:
    """One registrar, who asks until there is an answer, over a new connection where the old one broke."""

    def __init__(self, port: int, token: str, story: Story, chance: Random) -> None:
        self.port, self.token, self.story, self.chance = port, token, story, chance
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.told: list[tuple[bytes, Any]] = []  # requests that passed, and what they were answered
        self.kept: list[str] = []  # the registrations of these that were not dropped

    async def ask(self, request: bytes) -> tuple[int, bytes, Any]:
        """The status, the head and the document of the answer."""
        while True:
            with suppress(OSError, EOFError):
                async with asyncio.timeout(LONGEST_ANSWER):
                    status, head, body = await self.sent(request)
                if status not in LATER:
                    return status, head, orjson.loads(body) if body else None
            self.hang_up()
            self.story.seen["asked again"] += 1
            await asyncio.sleep(0.05)

    async def sent(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        return int(head.split(b" ", 2)[1]), head, await reader.readexactly(length)

    def hang_up(self) -> None:
        if self.streams:
            self.streams[1].close()
        self.streams = None

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        sent = b"" if body is None else orjson.dumps(body)
        named = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "Content-Type": "application/json",
            "Content-Length": str(len(sent)),
            "Authorization": f"Bearer {self.token}",
            **({"Idempotency-Key": str(uuid4())} if method == "POST" else {}),
            **headers,
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        return "\r\n".join(lines).encode() + sent

    def now_and_then(self, one_of: int) -> bool:
        return not self.chance.randrange(one_of)

    async def come(self, attempts: Iterator[list[str]]) -> None:
        """Make attempts while there are any; now and then wait where all seats are taken, or drop one of before."""
        for enrollment, section in attempts:
            body = {"enrollment": enrollment, "section": section}
            request = self.request("POST", PATH, body)
            status, told = await (self.doubled(request) if self.now_and_then(ONE_DOUBLED_OF) else self.once(request))
            self.story.answers[status] += 1
            if status == PASSED:
                self.told.append((request, told["data"]))
                self.kept.append(told["data"]["id"])
                self.story.registered.add(told["data"]["id"])
            elif status not in REFUSED:
                raise Wrong(f"An attempt was answered with {status}: {told}")
            elif told["errors"][0]["code"] == "full" and self.now_and_then(ONE_WAITS_OF):
                status, *_ = await self.ask(self.request("POST", WAITING, body))
                self.story.seen["wait"] += status == PASSED
            if self.kept and self.now_and_then(ONE_DROPS_OF):
                await self.drop(self.kept.pop(self.chance.randrange(len(self.kept))))

    async def once(self, request: bytes) -> tuple[int, Any]:
        status, _, told = await self.ask(request)
        return status, told

    async def doubled(self, request: bytes) -> tuple[int, Any]:
        """The answer to a request that is sent twice at once, with one key."""
        twin = Client(self.port, self.token, self.story, self.chance)
        answers = await asyncio.gather(self.once(request), twin.once(request))
        twin.hang_up()
        self.story.seen["sent twice at once"] += 1
        # What was refused had no effect, and its key may pass later.
        passed = [told for status, told in answers if status == PASSED]
        if len(passed) == len(answers) and passed[0]["data"] != passed[1]["data"]:
            raise Wrong(f"One key had two answers: {passed}")
        return (PASSED, passed[0]) if passed else answers[0]

    async def drop(self, key: str) -> None:
        status, _, told = await self.ask(self.request("DELETE", f"{PATH}{key}/", **{"If-Match": "*"}))
        if status not in (204, 404):  # 404: the worker died after it was done
            raise Wrong(f"A drop was answered with {status}: {told}")
        self.story.dropped.add(key)

    async def answer_offers(self) -> None:
        """Accept most of the offers and refuse the others, until the rush is over."""
        answered: set[str] = set()
        while not self.story.is_over:
            _, _, told = await self.ask(self.request("GET", f"{WAITING}?status=offered&limit=100"))
            for key in [one["id"] for one in told["data"] if one["id"] not in answered]:
                answered.add(key)
                verb = "leave" if self.now_and_then(ONE_REFUSES_OF) else "accept"
                status, *_ = await self.ask(self.request("POST", f"{WAITING}{key}/{verb}/"))
                self.story.seen["accepted" if verb == "accept" else "refused"] += status == 200
            await asyncio.sleep(0.5)

    async def repeat(self) -> None:
        """Send again what passed: the same key has the same answer."""
        for request, answer in self.chance.sample(self.told, min(len(self.told), REPEATED_BY_EACH)):
            status, head, told = await self.ask(request)
            if status != PASSED or told["data"] != answer or b"idempotency-replayed: true" not in head.lower():
                raise Wrong(f"A key did not repeat its answer, but said {status}: {told}")
            self.story.seen["repeated"] += 1
        self.hang_up()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rush", description=__doc__)
    parser.add_argument(
        "--attempts", type=int, default=20_000, help="on 400 sections and on one (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=int, default=600, help="each of the two ends by then (default: %(default)s)")
    parser.add_argument("--afresh", action="store_true", help="make the database again")
    chosen = parser.parse_args()
    ground = Ground()
    try:
        database = ensure_term(ground, chosen.attempts, afresh=chosen.afresh)
        said = orjson.loads(ground.run(database, *inside(chosen.attempts)))
        for kind in (SPREAD, HOT):
            rush(ground, database, kind, said, chosen.seconds)
    except Wrong as wrong:
        sys.exit(f"Wrong: {wrong}")
    finally:
        ground.leave()


def rush(ground: Ground, database: str, kind: str, said: dict[str, Any], seconds: int) -> None:
    own = f"rush_{kind}"
    ground.copy(database, own)
    try:
        with ground.connect(own) as postgres:
            postgres.execute(FORGET)
            postgres.execute(SCARCE)
            postgres.execute("VACUUM (ANALYZE)")
        attempts, story = list(doubled(said[kind])), Story()
        service = on_gunicorn("rush", "config.wsgi:application", own, workers=WORKERS, threads=THREADS)
        with running(service, ground) as server:
            took = asyncio.run(rushed(ground, server, attempts, said["tokens"], story, seconds))
        judge(ground, own, story, f"{kind}: {len(attempts):,} attempts in {took:.0f} s", len(attempts))
    finally:
        ground.drop(own)


def doubled(attempts: list[list[str]]) -> Iterator[list[str]]:
    """The attempts; some come again at once, by another client."""
    for number, one in enumerate(attempts):
        yield one
        if number % ONE_TWICE_OF == 0:
            yield one


async def rushed(
    ground: Ground, server: Running, attempts: list, tokens: list[str], story: Story, seconds: int
) -> float:
    """Make all attempts; the seconds that they took."""
    clients = [Client(server.port, token, story, Random(place)) for place, token in enumerate(tokens)]
    # Who answers offers and kills is somebody else, as long as there are attempts.
    keeper = Client(server.port, tokens[0], story, Random(server.service.database))
    try:
        async with asyncio.timeout(seconds):
            begin = time.perf_counter()
            besides = [asyncio.create_task(one) for one in (keeper.answer_offers(), kill(server, len(attempts), story))]
            waiting = iter(attempts)
            await asyncio.gather(*(client.come(waiting) for client in clients))
            took = time.perf_counter() - begin
            story.is_over = True
            await asyncio.gather(*besides)
            await asyncio.gather(*(client.repeat() for client in clients))
    except TimeoutError:
        with ground.connect(server.service.database) as postgres:
            at_work = [f"  {row}" for row in postgres.execute(AT_WORK)]
        answered = story.answers.total()
        raise Wrong(
            "\n".join([f"Not at the end after {seconds} s: {answered} of {len(attempts)} are answered.", *at_work])
        ) from None
    finally:
        story.workers |= workers_of(server)
        keeper.hang_up()
    return took


def workers_of(server: Running) -> set[int]:
    """The processes that gunicorn started to answer, and none besides."""
    root = server.process.pid
    return {one for one in family(root) if (found := stat(one)) and int(found[PARENT]) == root}


async def kill(server: Running, attempts: int, story: Story) -> None:
    """Kill one worker after the other, each after its share of the answers, so that a slow machine gets on."""
    chance = Random(attempts)
    for number in range(1, KILLS + 1):
        while story.answers.total() < attempts * number // (KILLS + 1):
            if story.is_over:
                return
            await asyncio.sleep(0.02)
        if workers := sorted(workers_of(server)):
            story.workers |= set(workers)
            os.kill(chance.choice(workers), signal.SIGKILL)
            story.seen["workers killed"] += 1


def judge(ground: Ground, database: str, story: Story, words: str, attempts: int) -> None:
    """Say what was seen, and raise where anything is not as it should be."""
    with ground.connect(database) as postgres:
        rows = {str(key) for (key,) in postgres.execute(REGISTERED)}
        ((left_open,),) = postgres.execute(LEFT_OPEN).fetchall()
    kept = story.registered - story.dropped
    wrong = {
        "attempts with no answer, or with two": story.answers.total() - attempts,
        "attempts that were told of a registration of another one": story.answers[PASSED] - len(story.registered),
        "registrations that were told and are not there": len(kept - rows),
        "registrations that nobody was told of": len(rows) - len(kept) - story.seen["accepted"],
        "dropped and still there": len(story.dropped & rows),
        "keys that stand for no answer": left_open,
        "processes that go on": len(still_there(story.workers)),
    }
    seen = {"dropped": len(story.dropped), **story.seen}
    print(f"{words}, {dict(story.answers)}; {', '.join(f'{count:,} {what}' for what, count in seen.items())}.")
    print(ground.manage(database, "check_seats").strip(), flush=True)  # ends this too, where something is wrong
    if found := {what: count for what, count in wrong.items() if count}:
        raise Wrong(str(found))


def still_there(workers: set[int]) -> set[int]:
    """Those that are there long after their server ended."""
    until = time.monotonic() + LONGEST_END
    while (left := {one for one in workers if stat(one)}) and time.monotonic() < until:
        time.sleep(0.1)
    return left


if __name__ == "__main__":
    main()
