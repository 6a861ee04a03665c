"""This file holds the client: a few connections that stay open and ask one request after the other."""

import asyncio
from collections.abc import Iterable, Iterator

from bench.ground import HOST

CONNECTIONS = 8
SECONDS_PER_ANSWER = 30
LONGEST_HEAD = 64 * 1024


class Refused(Exception):
    """An answer that was not 200."""


def as_request(path: str, token: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {HOST}",
        "Accept: application/json",
        "X-Forwarded-Proto: https",
        f"Authorization: Bearer {token}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def answers_to(port: int, requests: Iterable[bytes], connections: int = CONNECTIONS) -> list[bytes]:
    """The bodies of all answers; with one connection, in order."""
    return asyncio.run(_ask(port, iter(requests), connections))


async def _ask(port: int, waiting: Iterator[bytes], connections: int) -> list[bytes]:
    bodies: list[bytes] = []
    await asyncio.gather(*(_talk(port, waiting, bodies) for _ in range(connections)))
    return bodies


async def _talk(port: int, waiting: Iterator[bytes], bodies: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST_HEAD)
    try:
        for request in waiting:
            writer.write(request)
            bodies.append(await asyncio.wait_for(_answer(reader), SECONDS_PER_ANSWER))
    finally:
        writer.close()
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 200"):
        raise Refused(f"{head.splitlines()[0].decode()}: {body[:500].decode()}")
    return body
