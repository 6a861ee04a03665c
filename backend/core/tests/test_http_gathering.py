"""This file holds the tests of requests that are worked on together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from core.http.gathering import Gathering


class Work:
    """Doubles numbers, and stands still at the first until it may go on."""

    def __init__(self) -> None:
        self.may_go_on, self.batches = Event(), list[list[int]]()

    def __call__(self, asked: Sequence[int]) -> list[int | None]:
        self.batches.append(list(asked))
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


def test_after_a_turn_that_failed_the_next_one_has_theirs():
    def fail_at_first(asked: Sequence[int]) -> list[int | None]:
        if 0 in asked:
            raise ArithmeticError
        return list(asked)

    gathering = Gathering(fail_at_first, most=5)
    with pytest.raises(ArithmeticError):
        gathering.answer_to(0)
    assert gathering.answer_to(1) == 1
