"""This file holds the program that hashes passwords: one order a line comes in, one answer a line goes out.

It runs in a process of its own (`capacity.py` starts it), at low priority, and ends when nobody gives orders any more.
An order is `[folder, seconds, "hash", secret, salt, time, memory, lanes]`, or `[folder, seconds, "verify", encoded,
secret]`; the answer is what came of it, or null where no turn was free for so many seconds. It knows nothing of Django:
it starts in an instant, and holds no key and no connection.
"""

import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, hash_secret, verify_secret

NICENESS = 10
CORES = len(os.sched_getaffinity(0))
HASH_LENGTH = 32


def main() -> None:
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    signal.signal(signal.SIGALRM, stop_waiting)
    for line in sys.stdin.buffer:
        folder, seconds, *work = json.loads(line)
        try:
            with turn(Path(folder), seconds):
                answer = done(*work)
        except TimeoutError:
            answer = None
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def done(kind: str, *given: Any) -> str | bool:
    if kind == "hash":
        secret, salt, time, memory, lanes = given
        return hash_secret(secret.encode(), salt.encode(), time, memory, lanes, HASH_LENGTH, Type.ID).decode()
    encoded, secret = given
    try:
        return verify_secret(encoded.encode(), secret.encode(), Type.ID)
    except VerifyMismatchError:
        return False


@contextmanager
def turn(folder: Path, seconds: float) -> Iterator[None]:
    """One of the machine's turns: as many as it has cores, as locked files. A process that dies lets go of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    # Each process begins with another file, and where all are taken it waits for that one.
    numbers = [(os.getpid() + step) % CORES for step in range(CORES)]
    files = [os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for number in numbers]
    try:
        if not any(is_free(file) for file in files):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            fcntl.flock(files[0], fcntl.LOCK_EX)
            signal.setitimer(signal.ITIMER_REAL, 0)
        yield
    finally:
        for file in files:
            os.close(file)


def is_free(file: int) -> bool:
    """Take a turn if nobody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def stop_waiting(*_: Any) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
