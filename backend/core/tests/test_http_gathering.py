"""This file holds the tests of requests that are worked on together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_ident
from time import sleep

import pytest

from core.http.gathering import Gathering


class Work:
    """Doubles numbers, and stands still at the first until it may go on."""

    def __init__(self) -> None:
        self.may_go_on, self.batches, self.threads = Event(), list[list[int]](), list[int]()

    def __call__(self, asked: Sequence[int]) -> list[int | None]:
        self.batches.append(list(asked))
        self.threads.append(get_ident())
        self.may_go_on.wait(10)
        return [2 * one for one in asked]


def gathered(work: Work, *, most: int) -> list[int | None]:
    """The answers to one who comes first, and to five who come while that one is worked on."""
    gathering = Gathering(work, most=most)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(gathering.answer_to, 0)]
        while not work.batches:
            sleep(0.001)
        for number in range(1, 6):
            answers.append(pool.submit(gathering.answer_to, number))
            while len(gathering.waiting) < number:
                sleep(0.001)
        work.may_go_on.set()
        return [answer.result(10) for answer in answers]


@pytest.mark.parametrize(("most", "batches"), [(50, [[0], [1, 2, 3, 4, 5]]), (2, [[0], [1, 2], [3, 4], [5]])])
def test_who_comes_while_others_are_worked_on_is_worked_on_with_all_who_wait(most, batches):
    work = Work()
    assert gathered(work, most=most) == [0, 2, 4, 6, 8, 10]
    assert work.batches == batches


def test_the_turn_goes_to_the_thread_that_had_the_last_one():
    work = Work()
    gathering = Gathering(work, most=5)
    with ThreadPoolExecutor(1) as veteran, ThreadPoolExecutor(3) as others:
        work.may_go_on.set()
        assert veteran.submit(gathering.answer_to, 0).result(10) == 0
        work.may_go_on.clear()
        answers = [others.submit(gathering.answer_to, 1)]
        while len(work.batches) < 2:
            sleep(0.001)
        answers += [pool.submit(gathering.answer_to, 2) for pool in (others, others, veteran)]
        while len(gathering.waiting) < 3:
            sleep(0.001)
        work.may_go_on.set()
        assert [answer.result(10) for answer in answers] == [2, 4, 4, 4]
    first, _, last = work.threads
    assert last == first


def test_after_a_turn_that_failed_the_next_one_has_theirs():
    def fail_at_first(asked: Sequence[int]) -> list[int | None]:
        if 0 in asked:
            raise ArithmeticError
        return list(asked)

    gathering = Gathering(fail_at_first, most=5)
    with pytest.raises(ArithmeticError):
        gathering.answer_to(0)
    assert gathering.answer_to(1) == 1
