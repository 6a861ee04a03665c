"""This file holds how many passwords are hashed at once, so that a rush of sign-ins leaves the rest of the system fast.

A hash takes a core for some 35 ms. All processes of a machine share as many turns as it has cores. The work is done by
processes of low priority: threads of one would hold Python's lock when they are least likely to be given a core. Few of
a process may wait for their turn, so that threads are left to serve the rest.
"""

import atexit
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import Empty, LifoQueue
from select import select
from subprocess import PIPE, Popen
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings

from core.errors import RuleBroken
from users.accounts.hasher import CORES

WAIT_SECONDS = 2.0
PLACES = 6  # of a process, for those at work and those who wait: two fewer than the threads of a web process
STUCK_SECONDS = 10  # beyond the wait: no hash takes so long
PROGRAM = Path(__file__).with_name("hasher.py")


class HashingBusy(RuleBroken):
    """More people sign in than this machine can check. Known and unknown accounts wait alike."""

    status = 503
    headers = {"Retry-After": "2"}

    def __init__(self) -> None:
        super().__init__("busy_signing_in", "Too many people are signing in just now. Repeat this in a moment.")


class Hasher:
    """One process that hashes for this one, started when it is first asked; one that died is started again."""

    def __init__(self) -> None:
        self.process: Popen | None = None
        atexit.register(self.end)

    def ask(self, *order: Any) -> Any:
        """The answer to one order, or HashingBusy."""
        process = self.running()
        try:
            process.stdin.write(json.dumps([str(settings.VAR_DIR / "hashing"), WAIT_SECONDS, *order]).encode() + b"\n")
            process.stdin.flush()
            answered, _, _ = select([process.stdout], [], [], WAIT_SECONDS + STUCK_SECONDS)
            line = process.stdout.readline() if answered else b""
        except BrokenPipeError:
            line = b""
        if not line:
            self.end()
            raise HashingBusy()
        answer = json.loads(line)
        if answer is None:
            raise HashingBusy()
        return answer

    def running(self) -> Any:
        if self.process is None or self.process.poll() is not None:
            self.end()
            # A group of its own: Ctrl-C ends who gives the orders, and that ends this.
            self.process = Popen([sys.executable, "-I", str(PROGRAM)], stdin=PIPE, stdout=PIPE, process_group=0)
        return self.process

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            with self.process:  # closes its pipes, and waits
                self.process = None


def in_turn(*order: Any) -> Any:
    """Have something hashed when it is its turn, or raise HashingBusy: after two seconds, or at once where too many
    wait. The order is one of `hasher.py`.
    """
    if not places.acquire(blocking=False):
        raise HashingBusy()
    try:
        with free_hasher() as hasher:
            return hasher.ask(*order)
    finally:
        places.release()


@contextmanager
def free_hasher() -> Iterator[Hasher]:
    idle = hashers(os.getpid())
    try:
        hasher = idle.get(timeout=WAIT_SECONDS)
    except Empty:
        raise HashingBusy() from None
    try:
        yield hasher
    finally:
        idle.put(hasher)


@cache
def hashers(process: int) -> LifoQueue[Hasher]:
    """Those of this process; one that was forked has its own."""
    idle: LifoQueue[Hasher] = LifoQueue()
    for _ in range(CORES):
        idle.put(Hasher())
    return idle


places = BoundedSemaphore(PLACES)
