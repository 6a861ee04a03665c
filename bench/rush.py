"""This file holds the rush at full size: 64 clients, a server whose workers are killed while they ask, and a recount.

Of the attempts some come twice at once, with another key; some who got in drop out, some who found no seat wait for
one, and offers are accepted. Whoever gets no answer, because the worker died, asks again with the same Idempotency-Key.
Afterwards each attempt has its answer, a key repeats it, no section has a seat too many, seats are as many as rows, and
nobody is in two sections at the same time. It kills only processes that it started, and ends by itself.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import orjson

from bench.ground import HOST, Ground
from bench.processes import family
from bench.registration import CLIENTS, FORGET, HOT, SPREAD, WORKERS, ensure_term
from bench.rushing import PATH
from bench.services import Running, on_gunicorn, running

WAITING = "/api/v1/academic/waitlist-entries/"
KILLS, LONGEST_SECONDS = 12, 1200
ONE_TWICE_OF, ONE_DROPS_OF, ONE_WAITS_OF, REPEATED = 20, 10, 10, 500
ANSWERS = {201, 400, 422}
LATER = {409, 500, 502, 503}  # another request has it, or the database is gone with the worker: ask again
CLASHES = """
SELECT count(*) FROM academic_registration one
JOIN academic_registration other ON other.institution_id = one.institution_id AND other.student_id = one.student_id
  AND other.id > one.id AND other.status = 'registered'
JOIN academic_occurrence o ON o.institution_id = one.institution_id AND o.section_id = one.section_id
JOIN academic_occurrence p ON p.institution_id = one.institution_id AND p.section_id = other.section_id
  AND p.starts_at < o.ends_at AND o.starts_at < p.ends_at
WHERE one.status = 'registered' AND NOT EXISTS (
  SELECT FROM academic_waiver w JOIN academic_section s ON s.institution_id = w.institution_id
    AND s.id IN (one.section_id, other.section_id) AND (w.section_id = s.id OR w.course_id = s.course_id)
  WHERE w.institution_id = one.institution_id AND w.student_id = one.student_id AND w.waives = 'time_clash')
"""
REGISTERED = """
SELECT r.id FROM academic_registration r
JOIN academic_section s ON s.institution_id = r.institution_id AND s.id = r.section_id WHERE s.status = 'open'
"""
OFFERED = "SELECT id FROM academic_waitlistentry WHERE status = 'offered' ORDER BY id"


@dataclass
class Story:
    """What the clients saw."""

    answers: Counter[int] = field(default_factory=Counter)
    registered: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)  # id -> the request, and its answer
    dropped: set[str] = field(default_factory=set)
    waiting: int = 0
    accepted: int = 0
    asked_again: int = 0
    killed: int = 0


class Client:
    """One who asks until there is an answer, over a new connection where the old one broke."""

    def __init__(self, port: int, token: str, story: Story) -> None:
        self.port, self.token, self.story = port, token, story
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """The status, the head and the body of the answer."""
        while True:
            with suppress(OSError, EOFError):
                status, head, body = await self.sent(request)
                if status not in LATER:
                    return status, head, body
            if self.streams:
                self.streams[1].close()
            self.streams, self.story.asked_again = None, self.story.asked_again + 1
            await asyncio.sleep(0.05)

    async def sent(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        return int(head.split(b" ", 2)[1]), head, await reader.readexactly(length)

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

    async def come(self, attempts: Iterator[list[str]], chance: Random) -> None:
        """Make attempts while there are any; now and then drop one that passed, or wait where all seats are taken."""
        for enrollment, section in attempts:
            body = {"enrollment": enrollment, "section": section}
            request = self.request("POST", PATH, body)
            status, _, answer = await self.ask(request)
            self.story.answers[status] += 1
            told = orjson.loads(answer)
            if status == 201:
                await self.was_registered(told["data"]["id"], request, answer, drops=not chance.randrange(ONE_DROPS_OF))
            elif told["errors"][0]["code"] == "full" and not chance.randrange(ONE_WAITS_OF):
                status, _, _ = await self.ask(self.request("POST", WAITING, body))
                self.story.waiting += status == 201

    async def was_registered(self, key: str, request: bytes, answer: bytes, *, drops: bool) -> None:
        self.story.registered[key] = request, answer
        if drops:
            status, _, answer = await self.ask(self.request("DELETE", f"{PATH}{key}/", **{"If-Match": "*"}))
            if status not in (204, 404):  # 404: the worker died after it was done
                raise SystemExit(f"A drop was answered with {status}: {answer[:300]!r}")
            self.story.dropped.add(key)

    async def accept(self, offers: Iterator[str]) -> None:
        for key in offers:
            status, _, _ = await self.ask(self.request("POST", f"{WAITING}{key}/accept/"))
            self.story.accepted += status == 200

    async def repeat(self, some: Iterator[tuple[bytes, bytes]]) -> None:
        """Send again what was answered: the same key has the same answer."""
        for request, answer in some:
            status, head, body = await self.ask(request)
            if status != 201 or orjson.loads(body)["data"] != orjson.loads(answer)["data"]:
                raise SystemExit(f"A key did not repeat its answer, but said {status}: {body[:300]!r}")
            if b"idempotency-replayed: true" not in head.lower():
                raise SystemExit("A key was answered anew.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rush", description=__doc__)
    parser.add_argument(
        "--attempts", type=int, default=20_000, help="on 400 sections and on one (default: %(default)s)"
    )
    parser.add_argument("--afresh", action="store_true", help="make the database again")
    chosen = parser.parse_args()
    ground = Ground()
    try:
        database = ensure_term(ground, chosen)
        said = orjson.loads(ground.run(database, "-m", "bench.registration_inside", str(chosen.attempts), str(CLIENTS)))
        for kind in (SPREAD, HOT):
            rush(ground, database, kind, said)
    finally:
        ground.leave()


def rush(ground: Ground, database: str, kind: str, said: dict[str, Any]) -> None:
    with ground.connect(database) as postgres:
        postgres.execute("DELETE FROM academic_waitlistentry")
        postgres.execute("UPDATE academic_section SET seats_offered = 0")
        postgres.execute(FORGET)
    chance, story = Random(kind), Story()
    attempts = said[kind] + said[kind][::ONE_TWICE_OF]
    chance.shuffle(attempts)
    service = on_gunicorn("rush", "config.wsgi:application", database, workers=WORKERS, threads=16)
    with running(service, ground) as server:
        asyncio.run(asyncio.wait_for(told(ground, server, attempts, said["tokens"], story), LONGEST_SECONDS))
    judge(ground, database, kind, len(attempts), story)


async def told(ground: Ground, server: Running, attempts: list, tokens: list[str], story: Story) -> None:
    clients = [Client(server.port, token, story) for token in tokens]
    killer = asyncio.create_task(killing(server, len(attempts), story))
    waiting = iter(attempts)
    await asyncio.gather(*(client.come(waiting, Random(place)) for place, client in enumerate(clients)))
    with ground.connect(server.service.database) as postgres:
        offers = iter([str(key) for (key,) in postgres.execute(OFFERED)])
    await asyncio.gather(*(client.accept(offers) for client in clients))
    killer.cancel()
    # By its own client: a key is of whoever sent it.
    by_token = {client.token.encode(): client for client in clients}
    for request, answer in list(story.registered.values())[:REPEATED]:
        token = request.partition(b"Authorization: Bearer ")[2].split(b"\r\n", 1)[0]
        await by_token[token].repeat(iter([(request, answer)]))


async def killing(server: Running, attempts: int, story: Story) -> None:
    """Kill one worker after the other, those that the server started alone: each after its share of the answers, so
    that a slow machine gets on.
    """
    for number in range(1, KILLS + 1):
        while story.answers.total() < attempts * number // (KILLS + 1):
            await asyncio.sleep(0.02)
        if workers := sorted(family(server.process.pid) - {server.process.pid}):
            os.kill(workers[0], signal.SIGKILL)
            story.killed += 1


def judge(ground: Ground, database: str, kind: str, attempts: int, story: Story) -> None:
    """Say what was seen; end with 1 where anything is not as it should be."""
    with ground.connect(database) as postgres:
        (clashes,) = postgres.execute(CLASHES).fetchone()
        rows = {str(key) for (key,) in postgres.execute(REGISTERED)}
    kept = set(story.registered) - story.dropped
    wrong = {
        "attempts without an answer": attempts - sum(story.answers[status] for status in ANSWERS),
        "registrations that were told and are not there": len(kept - rows),
        "registrations that nobody was told of": len(rows) - len(kept) - story.accepted,
        "dropped and still there": len(story.dropped & rows),
        "clashes without a waiver": clashes,
    }
    print(
        f"{kind}: {attempts:,}, {dict(story.answers)}; {len(story.dropped):,} dropped, {story.waiting:,} wait, "
        f"{story.accepted:,} accepted; {story.killed} workers killed, {story.asked_again:,} requests sent again."
    )
    print(ground.manage(database, "check_seats").strip())  # ends this too, if seats are miscounted
    if found := {what: count for what, count in wrong.items() if count}:
        sys.exit(f"Wrong after the rush: {found}")


if __name__ == "__main__":
    main()
