"""This file holds how requests that come while others are worked on are then worked on together."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from threading import Event, Lock, get_ident
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Waiting(Generic[Asked, Answer]):
    """One who asked, and waits until there is an answer, or until it is their turn to work."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.woken, self.thread = asked, Event(), get_ident()
        self.answer: Answer | None = None
        self.is_answered = False


class Gathering(Generic[Asked, Answer]):
    """Work on all who wait, done by one of them; whoever comes meanwhile waits for the next turn.

    So one thread of a process works at a time, in its own connection to the database, and alone where nobody else
    comes. It is the one that worked last, if it can be: its connection knows the statements and their plans. `work`
    answers each of those that it is given, in their order, and raises nothing: None says that somebody has to be
    answered in another way.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer | None]], *, most: int) -> None:
        self.work, self.most = work, most
        self.lock, self.waiting, self.is_working = Lock(), deque[Waiting[Asked, Answer]](), False
        self.turns, self.last_turn_of = 0, dict[int, int]()  # by thread

    def answer_to(self, asked: Asked) -> Answer | None:
        mine = Waiting[Asked, Answer](asked)
        with self.lock:
            self.waiting.append(mine)
            waits, self.is_working = self.is_working, True
        if waits:
            mine.woken.wait()
        if not mine.is_answered:
            self.take_turn()
        return mine.answer

    def take_turn(self) -> None:
        """Work on those who wait, the caller first among them; then let the next one have their turn."""
        with self.lock:
            self.turns += 1
            self.last_turn_of[get_ident()] = self.turns
            batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), self.most))]
        try:
            for one, answer in zip(batch, self.work([one.asked for one in batch]), strict=True):
                one.answer = answer
        finally:
            for one in batch:
                one.is_answered = True
                one.woken.set()
            with self.lock:
                self.is_working = bool(self.waiting)
                if self.waiting:
                    next_ones = islice(self.waiting, self.most)
                    max(next_ones, key=lambda one: self.last_turn_of.get(one.thread, 0)).woken.set()
