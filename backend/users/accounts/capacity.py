"""This file holds how many passwords are hashed at once, so that a rush of sign-ins leaves the rest of the system fast.

A hash takes a core for some 35 ms. All processes of a machine share as many turns as it has cores, as locked files in
`VAR_DIR/hashing`; a process that dies lets go of its own. The work is done by threads of low priority (on Linux each
thread has its own), outside Python's global lock, so that whatever else is asked comes first. Few of a process may wait
for their turn, so that threads are left to serve the rest.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep
from typing import TypeVar

from django.conf import settings

from core.errors import RuleBroken

Result = TypeVar("Result")

WAIT_SECONDS = 2.0
PLACES = 6  # of a process, for those at work and those who wait: two fewer than the threads of a web process
LOOK_SECONDS = 0.001
NICENESS = 10
CORES = len(os.sched_getaffinity(0))


class HashingBusy(RuleBroken):
    """More people sign in than this machine can check. Known and unknown accounts wait alike."""

    status = 503
    headers = {"Retry-After": "2"}

    def __init__(self) -> None:
        super().__init__("busy_signing_in", "Too many people are signing in just now. Repeat this in a moment.")


def in_turn(work: Callable[[], Result]) -> Result:
    """Do costly work when it is its turn, or raise HashingBusy: after two seconds, or at once where too many wait."""
    if not places.acquire(blocking=False):
        raise HashingBusy()
    try:
        with turn():
            return threads(os.getpid()).submit(work).result()
    finally:
        places.release()


@contextmanager
def turn() -> Iterator[None]:
    """One of the machine's turns."""
    end = monotonic() + WAIT_SECONDS
    # One thread of a process looks for a free turn; the others wait for it without spinning.
    if not looking.acquire(timeout=WAIT_SECONDS):
        raise HashingBusy()
    try:
        taken = first_free(end)
    finally:
        looking.release()
    try:
        yield
    finally:
        os.close(taken)


def first_free(end: float) -> int:
    """The open file whose lock is the turn."""
    folder = settings.VAR_DIR / "hashing"
    while True:
        for number in range(CORES):
            file = opened(folder / str(number))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                return file
        if monotonic() >= end:
            raise HashingBusy()
        sleep(LOOK_SECONDS)


def opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return opened(path)


@cache
def threads(process: int) -> ThreadPoolExecutor:
    """The threads of this process; one that was forked has its own."""
    return ThreadPoolExecutor(CORES, "hashing", initializer=be_modest)


def be_modest() -> None:
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)  # of this thread


places = BoundedSemaphore(PLACES)
looking = Lock()
