"""This file holds the services under test, each stopped by who started it; with one worker unless a bench says more."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.ground import HOST, PROJECT, VAR, Ground

START_SECONDS = 60
GRANIAN = ("granian", "--interface=wsgi", "--workers=1", "--blocking-threads=1", "--host=127.0.0.1")
# Each worker listens by itself, or the one that wakes first takes nearly all connections of a rush.
GUNICORN = ("gunicorn", "--no-control-socket", "--log-level=warning", "--reuse-port")
UVICORN = ("uvicorn", "--loop=uvloop", "--http=httptools", "--workers=1", "--host=127.0.0.1")


@dataclass(frozen=True)
class Service:
    """One way to answer the same question: what is run, over which database."""

    name: str
    command: tuple[str, ...]
    database: str


@dataclass(frozen=True)
class Running:
    """A service that answers."""

    service: Service
    process: subprocess.Popen
    port: int


def on_granian(name: str, application: str, database: str) -> Service:
    return Service(name, (*GRANIAN, "--port={port}", application), database)


def on_gunicorn(name: str, application: str, database: str, *, workers: int = 1, threads: int = 4) -> Service:
    size = f"--workers={workers}", f"--threads={threads}"
    return Service(name, (*GUNICORN, *size, "--bind=127.0.0.1:{port}", application), database)


def on_uvicorn(name: str, application: str, database: str) -> Service:
    return Service(name, (*UVICORN, "--port={port}", application), database)


@contextmanager
def running(service: Service, ground: Ground) -> Iterator[Running]:
    """The service, until the block ends. What it writes goes to a log beside the databases."""
    port = free_port()
    with (VAR / f"{service.name}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *(word.format(port=port) for word in service.command)],
            cwd=PROJECT,
            env=ground.environment(service.database, serving=True),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_serving(service, process, port)
        yield Running(service, process, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_serving(service: Service, process: subprocess.Popen, port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > until:
            sys.exit(f"{service.name} did not start: {VAR / service.name}.log says why.")
        time.sleep(0.1)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": HOST})
        connection.getresponse().read()
        return True
    except OSError:
        return False
    finally:
        connection.close()
