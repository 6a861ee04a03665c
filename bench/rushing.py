"""This file holds the clients of a rush: each keeps its connection, and asks again as soon as it is answered."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import orjson

from bench.ground import HOST

PATH = "/api/v1/academic/registrations/"
LONGEST_SECONDS = 600


@dataclass
class Answers:
    """What came back: the status, the body and the seconds that it took, of each attempt; and how long all took."""

    attempts: list[tuple[int, bytes, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.attempts) / self.seconds

    def percentile(self, share: float) -> float:
        took = sorted(seconds for *_, seconds in self.attempts)
        return took[int(share * (len(took) - 1))]

    def count(self, status: int) -> int:
        return sum(found == status for found, *_ in self.attempts)


def rush(port: int, attempts: Sequence[Sequence[str]], tokens: Sequence[str]) -> Answers:
    """Make all attempts, from as many clients as there are tokens."""
    answers = Answers()
    shares = [
        [as_request(enrollment, section, token) for enrollment, section in attempts[place :: len(tokens)]]
        for place, token in enumerate(tokens)
    ]

    async def run() -> None:
        loop = asyncio.get_running_loop()
        clients = [Client(iter(share), answers, loop) for share in shares if share]
        begin = time.perf_counter()
        for client in clients:
            await loop.create_connection(client.itself, "127.0.0.1", port)
        await asyncio.wait_for(asyncio.gather(*(client.done for client in clients)), LONGEST_SECONDS)
        answers.seconds = time.perf_counter() - begin

    asyncio.run(run())
    return answers


def as_request(enrollment: str, section: str, token: str) -> bytes:
    body = orjson.dumps({"enrollment": enrollment, "section": section})
    lines = (
        f"POST {PATH} HTTP/1.1",
        f"Host: {HOST}",
        "Accept: application/json",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Forwarded-Proto: https",
        f"Idempotency-Key: {uuid4()}",
        f"Authorization: Bearer {token}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body


class Client(asyncio.Protocol):
    """One connection. A client that costs little leaves the cores to what is measured."""

    def __init__(self, waiting: Iterator[bytes], answers: Answers, loop: asyncio.AbstractEventLoop) -> None:
        self.waiting, self.answers = waiting, answers
        self.done: asyncio.Future[None] = loop.create_future()
        self.received, self.sent_at = b"", 0.0

    def itself(self) -> "Client":
        return self

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        request = next(self.waiting, None)
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            self.answers.attempts.append((int(head.split(b" ", 2)[1]), body, time.perf_counter() - self.sent_at))
            self.received = b""
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if next(self.waiting, None) is None and error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(ConnectionError(f"The server hung up: {error}"))
