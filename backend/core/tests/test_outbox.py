"""This file holds the tests of the outbox: what is announced is heard once, whatever breaks on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from threading import Barrier, Thread
from time import monotonic
from uuid import UUID

import pytest
import time_machine
from celery import Celery, current_app
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from core.freshness.changes import changed
from core.freshness.models import Change
from core.ids import uuid7
from core.outbox import relay, tasks
from core.outbox.events import announce, hears
from core.outbox.listeners import consumers_of
from core.outbox.models import Message
from core.tenancy.scope import reached
from faculties.factories import make_faculty, make_institution
from faculties.institutions.events import InstitutionClosed
from faculties.models import Faculty

pytestmark = pytest.mark.django_db
for_real = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class FacultyShown:
    """An event with everything that one may carry."""

    faculty_id: UUID
    institution_id: UUID | None
    day: date
    title: str
    count: int


@dataclass(frozen=True)
class Unheard:
    faculty_id: UUID


broken: set[str] = set()


@hears(FacultyShown)
def note(event: FacultyShown) -> None:
    changed(f"noted:{event.faculty_id}")
    if "note" in broken:
        raise ZeroDivisionError("note is broken")


@hears(FacultyShown)
def look(event: FacultyShown) -> None:
    """Notes how many rows its connection reaches, and what it was told."""
    changed(f"sees:{Faculty.objects.count()}:{len(reached())}", f"told:{event.day}:{event.title}:{event.count}")


@pytest.fixture(autouse=True)
def _nothing_is_broken() -> Iterator[None]:
    Change.objects.all().delete()
    broken.clear()
    yield
    broken.clear()


def shown(institution: UUID | None = None) -> FacultyShown:
    return FacultyShown(uuid7(), institution, date(2026, 2, 3), "Science", 7)


def left_in_the_outbox(event: FacultyShown) -> Message:
    """The message to `note`, as a relay that never woke up would leave it."""
    with transaction.atomic():
        announce(event)
        messages = list(Message.objects.filter(payload__faculty_id=str(event.faculty_id)))
        connection.run_on_commit = []
    return next(message for message in messages if message.consumer.endswith(".note"))


def noted(event: FacultyShown) -> int:
    return Change.objects.filter(key=f"noted:{event.faculty_id}").count()


def at_once(count: int, work) -> None:
    ready = Barrier(count)

    def run() -> None:
        ready.wait()
        work()
        connection.close()

    threads = [Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@for_real
def test_every_listener_hears_what_was_committed():
    event = shown()
    with transaction.atomic():
        announce(event)
        assert noted(event) == 0
    assert noted(event) == 1
    assert Change.objects.filter(key="told:2026-02-03:Science:7").count() == 1
    assert Message.objects.filter(done_at__isnull=False, attempts=1).count() == 2


@for_real
def test_what_is_rolled_back_leaves_no_message():
    event = shown()
    with transaction.atomic():
        announce(event)
        transaction.set_rollback(True)
    assert Message.objects.count() == 0
    assert noted(event) == 0


@for_real
def test_what_is_rolled_back_to_a_savepoint_leaves_no_message():
    gone, kept = shown(), shown()
    with transaction.atomic():
        with transaction.atomic():
            announce(gone)
            transaction.set_rollback(True)
        announce(kept)
    assert (noted(gone), noted(kept)) == (0, 1)


def test_whoever_hears_stands_in_the_tasks_of_a_room():
    assert set(consumers_of(InstitutionClosed)) == {
        "users.delegations.tasks.stop_its_borrowers",
        "users.groups.tasks.stop_its_groups",
        "users.roles.tasks.stop_its_people",
    }


def test_what_is_scheduled_is_a_task_and_goes_to_our_broker():
    assert current_app.main == "tesc"
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(current_app.tasks)


def test_an_event_that_nobody_hears_leaves_no_message():
    announce(Unheard(uuid7()))
    assert Message.objects.count() == 0


@for_real
def test_many_events_of_one_transaction_wake_the_relay_once():
    with transaction.atomic():
        for _ in range(3):
            announce(shown())
        assert len(connection.run_on_commit) == 1
    assert Message.objects.filter(done_at__isnull=False).count() == 6


@for_real
def test_a_listener_reaches_the_institution_of_its_event_and_no_other():
    here, there = make_institution(), make_institution()
    for institution in (here, here, there):
        make_faculty(institution)
    announce(shown(here.pk))
    announce(shown())
    assert set(Change.objects.filter(key__startswith="sees").values_list("key", flat=True)) == {"sees:2:1", "sees:0:0"}
    assert reached() == frozenset()


def test_a_message_delivered_twice_has_one_effect():
    event = shown()
    message = left_in_the_outbox(event)
    assert [relay.deliver(message.pk) for _ in range(2)] == [True, False]
    assert noted(event) == 1


@for_real
def test_a_message_delivered_by_many_workers_at_once_has_one_effect():
    event = shown()
    message = left_in_the_outbox(event)
    at_once(6, lambda: relay.deliver(message.pk))
    assert noted(event) == 1


def test_a_listener_that_fails_has_no_effect_and_is_tried_again_later():
    event = shown()
    broken.add("note")
    before = timezone.now()
    message = left_in_the_outbox(event)
    assert relay.deliver(message.pk) is False
    message.refresh_from_db()
    assert noted(event) == 0
    assert (message.attempts, message.done_at, message.dead_at) == (1, None, None)
    assert message.last_error == "ZeroDivisionError: note is broken"
    assert message.due_at >= before + timedelta(seconds=2)
    assert message.pk not in relay.lease()


@for_real
def test_a_listener_that_fails_does_not_keep_others_from_hearing():
    broken.add("note")
    announce(shown())
    assert Change.objects.filter(key="told:2026-02-03:Science:7").count() == 1


def test_each_pause_is_longer_than_the_one_before():
    broken.add("note")
    message = left_in_the_outbox(shown())
    pauses = []
    for _ in range(3):
        relay.deliver(message.pk)
        message.refresh_from_db()
        pauses.append(round((message.due_at - timezone.now()).total_seconds()))
    assert pauses == [2, 4, 8]


def test_a_message_dies_after_eight_attempts():
    broken.add("note")
    message = left_in_the_outbox(shown())
    for _ in range(8):
        assert Message.objects.get(pk=message.pk).dead_at is None
        relay.deliver(message.pk)
    message.refresh_from_db()
    assert message.attempts == 8
    assert message.dead_at is not None
    broken.clear()
    assert relay.deliver(message.pk) is False


def test_a_message_that_kills_its_workers_dies_too():
    message = left_in_the_outbox(shown())
    for attempt in range(8):
        assert relay.begin(message.pk) == attempt + 1  # and here the worker is killed
    assert relay.deliver(message.pk) is False
    message.refresh_from_db()
    assert message.dead_at is not None


def test_a_message_for_a_listener_that_is_no_more_is_not_lost():
    message = left_in_the_outbox(shown())
    Message.objects.filter(pk=message.pk).update(consumer="core.tests.test_outbox.gone")
    assert relay.deliver(message.pk) is False
    message.refresh_from_db()
    assert message.last_error == "KeyError: 'core.tests.test_outbox.gone'"
    assert message.done_at is None


@for_real
def test_two_relays_at_once_hand_out_each_message_once():
    for _ in range(20):
        left_in_the_outbox(shown())
    handed: list[UUID] = []
    at_once(4, lambda: handed.extend(relay.lease()))
    assert len(handed) == len(set(handed)) == 40


def test_what_is_due_at_the_same_moment_leaves_in_the_order_of_its_events():
    with time_machine.travel(timezone.now(), tick=False):
        written = [left_in_the_outbox(shown()).event_id for _ in range(20)]
        handed = relay.lease()
    events = dict(Message.objects.values_list("pk", "event_id"))
    assert list(dict.fromkeys(events[one] for one in handed)) == written


def test_a_message_in_somebodys_hands_is_not_handed_out_again():
    message = left_in_the_outbox(shown())
    assert message.pk in relay.lease()
    assert relay.lease() == []


def test_a_message_lost_with_its_worker_is_handed_out_after_its_lease():
    event = shown()
    message = left_in_the_outbox(event)
    relay.lease()
    relay.begin(message.pk)  # and here the worker is killed
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert tasks.relay() == 2
    assert noted(event) == 1


@for_real
def test_without_a_broker_the_change_stands_and_the_schedule_delivers_it():
    here, event = current_app._get_current_object(), shown()
    nowhere = Celery(broker="redis+socket:///nowhere/valkey.sock")
    nowhere.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    nowhere.set_current()
    began = monotonic()
    try:
        with transaction.atomic():
            announce(event)
    finally:
        here.set_current()
    assert monotonic() - began < 2
    assert Message.objects.filter(done_at=None).count() == 2
    assert tasks.relay() == 2
    assert noted(event) == 1


def test_done_messages_are_forgotten_after_a_week():
    old, new = (left_in_the_outbox(shown()) for _ in range(2))
    Message.objects.filter(pk=old.pk).update(done_at=timezone.now() - timedelta(days=8))
    Message.objects.filter(pk=new.pk).update(done_at=timezone.now() - timedelta(days=6))
    assert tasks.prune() == 1
    assert not Message.objects.filter(pk=old.pk).exists()


def dead_message(event: FacultyShown) -> Message:
    message = left_in_the_outbox(event)
    Message.objects.filter(pk=message.pk).update(dead_at=timezone.now(), attempts=8, last_error="OSError: no")
    Message.objects.exclude(pk=message.pk).filter(done_at=None, dead_at=None).update(done_at=timezone.now())
    return message


def said(**options: str) -> str:
    answer = StringIO()
    call_command("outbox", stdout=answer, **options)
    return answer.getvalue()


def test_the_command_lists_dead_messages():
    message = dead_message(shown())
    answer = said()
    assert f"{message.pk} " in answer
    assert "OSError: no" in answer
    assert answer.endswith("1 dead, 0 waiting.\n")


@pytest.mark.parametrize("named", ["its id", "all"])
def test_the_command_sends_a_dead_message_again(named):
    event = shown()
    message = dead_message(event)
    assert said(replay=str(message.pk) if named == "its id" else named) == "1 sent again.\n"
    assert noted(event) == 1


@pytest.mark.parametrize("named", ["7", str(UUID(int=7))])
def test_the_command_refuses_what_is_no_dead_message(named):
    message = dead_message(shown())
    with pytest.raises(CommandError, match=named):
        said(replay=named)
    assert Message.objects.get(pk=message.pk).dead_at is not None
