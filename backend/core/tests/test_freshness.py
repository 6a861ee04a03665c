"""This file holds the tests of how a process hears of changes: real connections, real commits."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from core.freshness import watch as watch_module
from core.freshness.changes import KEPT, changed
from core.freshness.models import Change
from core.freshness.tasks import prune
from core.freshness.watch import Watch

pytestmark = pytest.mark.django_db(transaction=True)


class Listening(Watch):
    """A watch that looks whenever it is asked, and notes what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.forgot = 0
        self.on_change(self.heard.extend, self.forget)

    def forget(self) -> None:
        self.forgot += 1

    def news(self) -> list[str]:
        self.heard.clear()
        self.refresh()
        return sorted(self.heard)


@pytest.fixture
def listening(monkeypatch) -> Listening:
    monkeypatch.setattr(watch_module, "PAUSE_SECONDS", 0)
    ear = Listening()
    ear.refresh()
    return ear


def elsewhere(work: Callable[[], None]) -> Thread:
    """The work, begun on a connection of its own."""

    def run() -> None:
        work()
        connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


@contextmanager
def uncommitted(*keys: str) -> Iterator[Callable[[], None]]:
    """A transaction on another connection that has written the changes; what is given commits it."""
    written, may_commit = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            changed(*keys)
            written.set()
            may_commit.wait(10)

    thread = elsewhere(write)
    assert written.wait(10)

    def commit() -> None:
        may_commit.set()
        thread.join()

    yield commit
    commit()


def test_a_change_is_heard_once(listening):
    changed("person:1", "person:2")
    assert listening.news() == ["person:1", "person:2"]
    assert listening.news() == []


def test_what_was_before_the_first_look_is_not_news(monkeypatch):
    monkeypatch.setattr(watch_module, "PAUSE_SECONDS", 0)
    changed("person:1")
    assert Listening().news() == []


def test_a_change_that_is_rolled_back_is_never_heard(listening):
    with transaction.atomic():
        changed("person:1")
        transaction.set_rollback(True)
    assert listening.news() == []


def test_a_change_begun_before_a_look_and_committed_after_it_is_heard_by_the_next(listening):
    with uncommitted("late") as commit:
        assert listening.news() == []
        changed("early")  # a later transaction that commits first
        assert listening.news() == ["early"]
        commit()
        assert listening.news() == ["late"]
    assert listening.news() == []


def test_a_change_of_the_transaction_that_looks_is_heard(listening):
    with transaction.atomic():
        changed("first")
        assert listening.news() == ["first"]
        changed("second")
        assert "second" in listening.news()
    assert {"first", "second"} <= set(listening.news())
    assert listening.news() == []


def test_a_look_inside_a_writing_transaction_does_not_lose_what_others_commit_later(listening):
    with uncommitted("theirs") as commit, transaction.atomic():
        changed("ours")
        assert listening.news() == ["ours"]
        commit()
        assert "theirs" in listening.news()


def test_of_many_transactions_at_once_every_change_is_heard_once(listening):
    def write(writer: int) -> None:
        for number in range(20):
            with transaction.atomic():
                changed(f"{writer}.{number}")
                sleep(0.001 * (writer % 3))

    heard: Counter[str] = Counter()
    writers = [elsewhere(lambda writer=writer: write(writer)) for writer in range(4)]
    while any(writer.is_alive() for writer in writers):
        heard.update(listening.news())
    heard.update(listening.news())
    assert heard == Counter(f"{writer}.{number}" for writer in range(4) for number in range(20))


def test_a_second_look_within_half_a_second_asks_nothing(django_assert_num_queries):
    ear = Listening()
    with django_assert_num_queries(1):
        ear.refresh()
        ear.refresh()


def test_threads_at_once_look_once(monkeypatch):
    ear, looks = Listening(), []
    look = ear._look
    monkeypatch.setattr(ear, "_look", lambda: (looks.append(1), look()))
    for thread in [elsewhere(ear.refresh) for _ in range(8)]:
        thread.join()
    assert len(looks) == 1


def test_without_the_database_nobody_is_told_that_all_is_well(listening, monkeypatch):
    def gone() -> None:
        raise OperationalError("the database is gone")

    changed("person:1")
    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", gone)
        for _ in range(2):
            with pytest.raises(OperationalError):
                listening.refresh()
    assert listening.news() == ["person:1"]


def test_whoever_slept_long_forgets_all(listening):
    assert listening.forgot == 1  # the first look
    changed("person:1")
    listening.looked_at -= KEPT.total_seconds()
    assert listening.news() == []
    assert listening.forgot == 2


def test_news_is_heard_again_where_a_listener_failed(listening):
    def fail(keys: list[str]) -> None:
        raise ValueError(keys)

    changed("person:1")
    listening.listeners.append(fail)
    with pytest.raises(ValueError, match="person:1"):
        listening.refresh()
    listening.listeners.remove(fail)
    assert listening.news() == ["person:1"]


def test_what_was_read_before_news_is_not_kept(listening):
    kept: list[str] = []
    moment = listening.refresh()
    listening.keep(moment, lambda: kept.append("at once"))
    changed("person:1")
    listening.news()
    listening.keep(moment, lambda: kept.append("old"))
    assert kept == ["at once"]


def test_old_changes_are_pruned():
    Change.objects.all().delete()
    changed("old", "new")
    Change.objects.filter(key="old").update(at=timezone.now() - KEPT - timedelta(minutes=1))
    assert prune() == 1
    assert list(Change.objects.values_list("key", flat=True)) == ["new"]


def test_a_look_walks_the_index():
    Change.objects.bulk_create(Change(key=f"person:{number}") for number in range(2000))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # whether it can, on a table nobody has analyzed yet
        cursor.execute("SELECT pg_current_snapshot()::text")
        (last,) = cursor.fetchone()
        cursor.execute("EXPLAIN " + watch_module.NEWS, {"last": last})
        plan = "\n".join(line for (line,) in cursor)
    assert "Index" in plan
    assert "Seq Scan" not in plan
