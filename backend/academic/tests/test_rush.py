"""This file holds the rush: many connections at once, and a recount of what came of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle, islice
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from academic.factories import make_enrollment, make_program_version, make_registration, make_section
from academic.models import Enrollment, Registration, Section
from academic.permissions import PERMISSIONS
from academic.registrations.rules import drop, register, swap
from academic.registrations.waiting import join_waitlist
from academic.sections.recounts import faults
from academic.sections.seats import hold
from academic.tests.registration_lab import make_coming_section, make_load_limit
from core.actor import Actor
from core.errors import RuleBroken
from core.http.models import IdempotencyKey
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at
from faculties.factories import make_institution
from faculties.models import Institution

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16
PATH, ENTRIES = "/api/v1/academic/registrations/", "/api/v1/academic/waitlist-entries/"
LATER = {409, 500, 503}  # busy, or the connection was cut: ask again
CUT = """
SELECT count(pg_terminate_backend(pid)) FROM (
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid() LIMIT 2) at_work
"""
WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


@pytest.fixture
def college() -> Institution:
    return make_institution()


@pytest.fixture
def registrar(college: Institution) -> Actor:
    return person_at(college, *PERMISSIONS, "students.view_student").actor


def at_once(work: Callable[[Any], str], items: Iterable[Any]) -> Counter[str]:
    """The answers to all items, each worked on by one of sixteen connections."""

    def answered(item: Any) -> str:
        try:
            return work(item)
        except RuleBroken as refusal:
            return refusal.code

    def closed(share: list[Any]) -> list[str]:
        try:
            return [answered(item) for item in share]
        finally:
            connection.close()

    waiting = list(items)
    shares = [waiting[first::THREADS] for first in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(answer for answers in pool.map(closed, shares) for answer in answers)


def students_of(college: Institution, count: int) -> list[Enrollment]:
    version = make_program_version(college)
    return [make_enrollment(college, program_version=version) for _ in range(count)]


def registered(registrar: Actor, college: Institution) -> Callable[[tuple[Enrollment, Section]], str]:
    def work(pair: tuple[Enrollment, Section]) -> str:
        with reaching(college.pk):
            register(registrar, enrollment=pair[0], section=pair[1])
        return "registered"

    return work


@pytest.mark.parametrize(("sections", "capacity"), [(10, 8), (1, 15)])
def test_in_a_rush_no_seat_too_many_is_taken_and_each_attempt_is_answered(
    college: Institution, registrar: Actor, sections: int, capacity: int
):
    term, enrollments = make_coming_section(college).term, students_of(college, 24)
    offered = [make_coming_section(college, term=term, capacity=capacity) for _ in range(sections)]
    # More than there are pairs, so that the same student comes again, and at the same time.
    wanted = list(islice(cycle((one, section) for one in enrollments for section in offered), 400))
    Random(5).shuffle(wanted)  # noqa: S311 (an order, not a secret)
    answers = at_once(registered(registrar, college), wanted)
    assert sum(answers.values()) == len(wanted)
    assert set(answers) <= {"registered", "full", "already_registered"}
    with reaching(college.pk):
        assert faults(college.pk) == []
        assert Registration.objects.count() == answers["registered"] == capacity * sections


def test_a_student_who_comes_twice_at_once_keeps_to_the_limit(college: Institution, registrar: Actor):
    with reaching(college.pk):
        make_load_limit(college, most_credits=40)
        (enrollment,) = students_of(college, 1)
        first = make_coming_section(college)
        others = [make_coming_section(college, term=first.term) for _ in range(15)]
    answers = at_once(registered(registrar, college), [(enrollment, section) for section in (first, *others)])
    assert answers == {"registered": 2, "too_many_credits": 14}


def test_with_drops_in_between_seats_and_rows_stay_the_same(college: Institution, registrar: Actor):
    with reaching(college.pk):
        section, enrollments = make_coming_section(college, capacity=5), students_of(college, 32)

    def come_and_go(enrollment: Enrollment) -> str:
        with reaching(college.pk):
            made = register(registrar, enrollment=enrollment, section=section)
        with reaching(college.pk):
            drop(registrar, made)
        return "came and went"

    answers = at_once(come_and_go, enrollments * 3)
    assert sum(answers.values()) == 96
    assert set(answers) <= {"came and went", "full"}
    with reaching(college.pk):
        assert faults(college.pk) == []
        assert not Registration.objects.exists()


def test_swaps_of_opposite_ways_at_once_come_one_after_the_other(college: Institution, registrar: Actor):
    with reaching(college.pk):
        sections, enrollments = (
            [make_coming_section(college, capacity=seats) for seats in (17, 16)],
            students_of(college, 32),
        )
        standing = [register(registrar, enrollment=one, section=sections[at % 2]) for at, one in enumerate(enrollments)]

    def to_and_fro(registration: Registration) -> str:
        for _ in range(2):
            other = next(one for one in sections if one.pk != registration.section_id)
            with reaching(college.pk):
                registration = swap(registrar, registration, section=other)
        return "came back"

    answers = at_once(to_and_fro, standing)
    assert sum(answers.values()) == 32
    assert set(answers) <= {"came back", "full"}
    with reaching(college.pk):
        assert faults(college.pk) == []


def test_two_wishes_of_one_student_at_once_come_one_after_the_other(college: Institution, registrar: Actor):
    with reaching(college.pk):
        free, mine = (make_coming_section(college, capacity=1) for _ in range(2))
        wanted = make_section(college, course=mine.course, term=mine.term, code="2", capacity=1)
        make_registration(college, section=wanted)
        registration = make_registration(college, section=mine)

    def swapped(section: Section) -> str:
        with reaching(college.pk):
            swap(registrar, registration, section=section)
        return "swapped"

    with ThreadPoolExecutor(1) as pool:
        with reaching(college.pk):
            # Joining judges as if what the student has of the course were left, and locks that last.
            hold(college.pk, registration.student_id)
            answer = pool.submit(at_once, swapped, [free])
            while not answer.done() and not keeps_others():
                sleep(0.01)
            join_waitlist(registrar, enrollment=registration.enrollment, section=wanted)
        assert answer.result() == {"swapped": 1}


def keeps_others() -> bool:
    """Whether another connection waits for what this one has locked."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0]


def test_a_request_sent_many_times_at_once_registers_once(college: Institution, registrar: Actor):
    with reaching(college.pk):
        section, (enrollment,) = make_coming_section(college, capacity=5), students_of(college, 1)
    body = {"enrollment": str(enrollment.pk), "section": str(section.pk)}
    key = {"Idempotency-Key": str(uuid4())}

    def send(_: int) -> str:
        answer = client_of(registrar).post(PATH, body, headers=key)
        return f"{answer.status_code} {answer.json()['data']['id']}"

    ((answer, count),) = at_once(send, range(16)).items()
    with reaching(college.pk):
        assert (answer, count) == (f"201 {Registration.objects.get().pk}", 16)
        assert faults(college.pk) == []


def cut_connections(until: Event, most: int, seen: Counter[str]) -> None:
    """End connections in the middle of their transactions, as where a worker is killed."""
    try:
        while seen["cut"] < most and not until.wait(0.02):
            with connection.cursor() as cursor:
                cursor.execute(CUT)
                seen["cut"] += cursor.fetchone()[0]
    finally:
        connection.close()


def test_with_connections_cut_in_the_middle_keys_repeat_their_answers_and_seats_stay_as_counted(
    college: Institution, registrar: Actor
):
    with reaching(college.pk):
        sections, enrollments = [make_coming_section(college, capacity=4) for _ in range(2)], students_of(college, 16)
    told: dict[str, tuple[dict[str, str], str]] = {}  # the id of a registration: the body and the key of its request
    standing: list[str] = []
    seen: Counter[str] = Counter()

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
        while True:
            answer = getattr(client_of(registrar), method)(path, body, headers=headers)
            if answer.status_code not in LATER:
                return answer
            connection.close()
            seen["again"] += 1

    def come(pair: tuple[Enrollment, Section]) -> str:
        body, key = {"enrollment": str(pair[0].pk), "section": str(pair[1].pk)}, str(uuid4())
        answer = ask("post", PATH, body, **{"Idempotency-Key": key})
        if answer.status_code == 201:
            made = answer.json()["data"]["id"]
            told[made] = body, key
            standing.append(made)
            return "registered"
        ask("post", ENTRIES, body, **{"Idempotency-Key": str(uuid4())})
        with suppress(IndexError):
            ask("delete", f"{PATH}{standing.pop()}/", **{"If-Match": "*"})
        for offer in ask("get", f"{ENTRIES}?status=offered").json()["data"]:
            accepted = ask("post", f"{ENTRIES}{offer['id']}/accept/", **{"Idempotency-Key": str(uuid4())})
            seen["accepted"] += accepted.status_code == 200
        return "another dropped"

    over = Event()
    cutter = Thread(target=cut_connections, args=(over, 10, seen))
    cutter.start()
    try:
        answers = at_once(come, [(one, section) for one in enrollments for section in sections])
    finally:
        over.set()
        cutter.join()
    assert sum(answers.values()) == 32
    assert seen["cut"]
    assert seen["accepted"]
    for made, (body, key) in told.items():
        assert ask("post", PATH, body, **{"Idempotency-Key": key}).json()["data"]["id"] == made
    with reaching(college.pk):
        assert faults(college.pk) == []
        assert Registration.objects.count() == len(standing) + seen["accepted"]
    assert not IdempotencyKey.objects.filter(status=None).exists()
