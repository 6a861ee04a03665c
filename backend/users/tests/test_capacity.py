"""This file holds the tests of how many passwords are hashed at once."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic

import pytest

from users.accounts import capacity
from users.accounts.capacity import Hasher, HashingBusy, in_turn
from users.accounts.hasher import CORES, NICENESS, turn
from users.accounts.passwords import is_password_of
from users.factories import make_user

ORDER = ("hash", "a secret", "a salt of sixteen", 1, 64, 1)
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


@pytest.fixture
def one():
    """A hasher of its own."""
    hasher = Hasher()
    yield hasher
    hasher.end()


def test_of_many_at_once_each_gets_its_own_answer():
    def work(number: int) -> bool:
        return in_turn("verify", in_turn("hash", f"secret {number}", *ORDER[2:]), f"secret {number}")

    with ThreadPoolExecutor(capacity.PLACES) as pool:
        assert list(pool.map(work, range(3 * capacity.PLACES))) == [True] * 3 * capacity.PLACES


def test_another_secret_is_not_the_one_that_was_hashed():
    assert in_turn("verify", in_turn(*ORDER), "another secret") is False


def test_work_is_done_at_low_priority_and_the_rest_is_not(one: Hasher):
    one.ask(*ORDER)
    assert os.getpriority(os.PRIO_PROCESS, one.process.pid) == NICENESS
    assert os.getpriority(os.PRIO_PROCESS, 0) < NICENESS


def test_no_more_are_hashed_at_once_than_there_are_cores(own_turns: Path, impatient):
    with ExitStack() as stack:
        for _ in range(CORES):
            stack.enter_context(turn(own_turns, 0.05))
        with pytest.raises(HashingBusy):
            in_turn(*ORDER)


def test_whoever_waits_too_long_is_told_when_to_come_again(own_turns: Path, impatient):
    with ExitStack() as stack:
        for _ in range(CORES):
            stack.enter_context(turn(own_turns, 0.05))
        started = monotonic()
        with pytest.raises(HashingBusy) as refusal:
            in_turn(*ORDER)
        assert monotonic() - started >= 0.05
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (503, "2")
    assert in_turn(*ORDER).startswith("$argon2id$")


def test_where_too_many_wait_nobody_joins_them(monkeypatch):
    monkeypatch.setattr(capacity, "places", BoundedSemaphore(1))
    assert capacity.places.acquire()
    with monkeypatch.context() as patch:
        patch.setattr(capacity, "free_hasher", None)  # it is not asked for one
        with pytest.raises(HashingBusy):
            in_turn(*ORDER)
    capacity.places.release()
    assert in_turn(*ORDER).startswith("$argon2id$")


def test_turns_are_shared_with_other_processes_and_freed_when_one_dies(own_turns: Path, impatient):
    in_turn(*ORDER)
    others = [
        subprocess.Popen([sys.executable, "-c", HOLD, str(own_turns / str(number))], stdout=subprocess.PIPE)
        for number in range(CORES)
    ]
    try:
        assert all(other.stdout and other.stdout.readline() == b"held\n" for other in others)
        with pytest.raises(HashingBusy):
            in_turn(*ORDER)
    finally:
        for other in others:
            other.kill()
            other.communicate()
    assert in_turn(*ORDER).startswith("$argon2id$")


def test_a_hasher_that_died_is_started_again(one: Hasher):
    one.ask(*ORDER)
    one.process.kill()
    one.process.wait()
    assert one.ask(*ORDER).startswith("$argon2id$")


def test_an_order_that_kills_its_hasher_is_answered_as_busy(one: Hasher, capfd):
    with pytest.raises(HashingBusy):
        one.ask("verify", "no hash at all", "a secret")
    assert "VerificationError" in capfd.readouterr().err or "InvalidHash" in capfd.readouterr().err
    assert one.ask(*ORDER).startswith("$argon2id$")


def test_a_hasher_ends_with_whoever_gives_it_orders(one: Hasher):
    one.ask(*ORDER)
    one.process.stdin.close()
    assert one.process.wait(timeout=5) == 0


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
    monkeypatch.setattr("users.accounts.hashing.in_turn", lambda *order: hashes.append(order) or in_turn(*order))
    assert is_password_of(user, password) is expected
    assert len(hashes) == 1


@pytest.mark.django_db
def test_an_account_without_a_password_costs_one_hash_too(monkeypatch):
    user, hashes = make_user(), []
    monkeypatch.setattr("users.accounts.hashing.in_turn", lambda *order: hashes.append(order) or in_turn(*order))
    assert not is_password_of(user, "seven teal hammocks")
    assert len(hashes) == 1
