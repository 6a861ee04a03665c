"""This file holds the tests of how many passwords are hashed at once."""

import fcntl
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep

import pytest

from users.accounts import capacity
from users.accounts.capacity import CORES, HashingBusy, in_turn, turn
from users.accounts.passwords import is_password_of
from users.factories import make_user

HOLD = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_turns(settings, tmp_path: Path) -> Path:
    """Turns that no other process of this machine takes."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "hashing"


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(capacity, "WAIT_SECONDS", 0.05)


def test_no_more_are_hashed_at_once_than_there_are_cores():
    lock, running, most = Lock(), 0, 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        sleep(0.01)
        with lock:
            running -= 1

    with ThreadPoolExecutor(capacity.PLACES) as pool:
        list(pool.map(lambda _: in_turn(work), range(3 * capacity.PLACES)))
    assert most == min(CORES, capacity.PLACES)


def test_work_is_done_at_low_priority_and_the_rest_is_not():
    assert in_turn(lambda: os.getpriority(os.PRIO_PROCESS, 0)) == capacity.NICENESS
    assert os.getpriority(os.PRIO_PROCESS, 0) < capacity.NICENESS


def test_whoever_waits_too_long_is_told_when_to_come_again(impatient):
    with ExitStack() as stack:
        for _ in range(CORES):
            stack.enter_context(turn())
        started = monotonic()
        with pytest.raises(HashingBusy) as refusal:
            in_turn(int)
        assert monotonic() - started >= 0.05
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (503, "2")
    assert in_turn(int) == 0


def test_where_too_many_wait_nobody_joins_them(monkeypatch):
    monkeypatch.setattr(capacity, "places", BoundedSemaphore(1))

    def within() -> None:
        started = monotonic()
        with pytest.raises(HashingBusy):
            in_turn(int)
        assert monotonic() - started < capacity.WAIT_SECONDS / 2

    in_turn(within)
    assert in_turn(int) == 0


def test_turns_are_shared_with_other_processes_and_freed_when_one_dies(own_turns, impatient):
    in_turn(int)
    others = [
        subprocess.Popen([sys.executable, "-c", HOLD, str(own_turns / str(number))], stdout=subprocess.PIPE)
        for number in range(CORES)
    ]
    try:
        assert all(other.stdout and other.stdout.readline() == b"held\n" for other in others)
        with pytest.raises(HashingBusy):
            in_turn(int)
    finally:
        for other in others:
            other.kill()
            other.communicate()
    assert in_turn(int) == 0


def test_a_failure_gives_its_turn_back():
    for _ in range(CORES + 1):
        with pytest.raises(ZeroDivisionError):
            in_turn(lambda: 1 // 0)
    with (own := capacity.settings.VAR_DIR / "hashing" / "0").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert own.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("exists", "password", "expected"),
    [
        (True, "seven teal hammocks", True),
        (True, "seven teal hammock", False),
        (True, "x" * 10_000, False),
        (False, "seven teal hammocks", False),
        (False, "x" * 10_000, False),
    ],
    ids=["right", "wrong", "10,000 characters", "unknown", "unknown, 10,000 characters"],
)
def test_one_hash_is_made_whoever_is_named_and_however_much_is_typed(monkeypatch, exists, password, expected):
    user = make_user(password="seven teal hammocks") if exists else None
    hashes = []
    monkeypatch.setattr("users.accounts.hashing.in_turn", lambda work: hashes.append(work) or work())
    assert is_password_of(user, password) is expected
    assert len(hashes) == 1


@pytest.mark.django_db
def test_an_account_without_a_password_costs_one_hash_too(monkeypatch):
    user, hashes = make_user(), []
    monkeypatch.setattr("users.accounts.hashing.in_turn", lambda work: hashes.append(work) or work())
    assert not is_password_of(user, "seven teal hammocks")
    assert len(hashes) == 1
