"""This file holds counts that close: in Valkey, and in the database whenever Valkey doesn't answer.

What must outlive Valkey is also written to the database (`keep`). A Valkey that was emptied, or that was away, is
filled from there before it is believed again: without it the counts are slower to ask, and never gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from time import time
from typing import Any

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, When

from instauth.attempts.models import AttemptCount

VALKEY_SECONDS = 0.5  # how long a sign-in waits for Valkey before it asks the database
COLUMNS = ["count", "open_at", "ends_at"]


@dataclass(frozen=True, slots=True)
class Limit:
    """When a count closes.

    It counts for `seconds` and is closed from the `most`-th attempt until it ends. With `longest` it goes on as long as
    attempts come, and closes for 1, 2, 4 … seconds, up to that, from the `most`-th on.
    """

    most: int
    seconds: float
    longest: float = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """A count that is asked: its key, its limit, and what this attempt adds to it (0 only looks)."""

    key: str
    limit: Limit
    step: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """A count as it stands, with instants in seconds since 1970."""

    count: int = 0
    open_at: float = 0
    ends_at: float = 0


def counted(state: State, tally: Tally, now: float) -> State:
    """The state after one attempt. LUA says the same to Valkey."""
    limit = tally.limit
    if state.ends_at <= now:
        state = State(0, 0, now + limit.seconds)
    count = state.count + tally.step
    if not tally.step or count < limit.most:
        return State(count, state.open_at, state.ends_at)
    if limit.longest:
        return State(count, now + min(2.0 ** min(count - limit.most, 60), limit.longest), now + limit.seconds)
    return State(count, state.ends_at, state.ends_at)


# KEYS: the mark that Valkey was filled, then one key for each tally.
# ARGV: now, whether a closed tally refuses, then step, most, seconds and longest of each tally.
# It answers whether the attempt was counted, and the states; or nothing where the mark is missing.
LUA = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local now, states, free = tonumber(ARGV[1]), {}, true
for i = 2, #KEYS do
  local found = redis.call('HMGET', KEYS[i], 'count', 'open_at', 'ends_at')
  local state = {tonumber(found[1] or 0), tonumber(found[2] or 0), tonumber(found[3] or 0)}
  states[i - 1] = state
  if state[2] > now and ARGV[2] == '1' then free = false end
end
for i, state in ipairs(states) do
  local first = 4 * i - 1
  local step, most = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
  local seconds, longest = tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3])
  if free and step > 0 then
    if state[3] <= now then state[1], state[2], state[3] = 0, 0, now + seconds end
    state[1] = state[1] + step
    if state[1] >= most then
      if longest > 0 then
        state[2] = now + math.min(2 ^ math.min(state[1] - most, 60), longest)
        state[3] = now + seconds
      else
        state[2] = state[3]
      end
    end
    local at = {string.format('%.6f', state[2]), string.format('%.6f', state[3])}
    redis.call('HSET', KEYS[i + 1], 'count', state[1], 'open_at', at[1], 'ends_at', at[2])
    redis.call('PEXPIRE', KEYS[i + 1], math.ceil((state[3] - now) * 1000))
  end
  states[i] = {state[1], string.format('%.6f', state[2]), string.format('%.6f', state[3])}
end
return {free and 1 or 0, states}
"""


@cache
def valkey(address: str) -> redis.Redis:
    return redis.Redis.from_url(address, socket_timeout=VALKEY_SECONDS, socket_connect_timeout=VALKEY_SECONDS)


@cache
def registered(address: str) -> Any:
    """The script, by which Valkey counts."""
    return valkey(address).register_script(LUA)


class Counts:
    """The counts of this installation, as one process sees them."""

    def __init__(self, prefix: str = "attempts:") -> None:
        self.prefix = prefix
        self.was_away = False

    @property
    def valkey(self) -> redis.Redis:
        return valkey(settings.CACHES["default"]["LOCATION"])

    def take(self, tallies: Sequence[Tally]) -> tuple[bool, list[State]]:
        """Count an attempt in all tallies at once, or in none where one of them is closed; and how they stand."""
        return self.asked(tallies, refuses=True)

    def count(self, tallies: Sequence[Tally]) -> list[State]:
        """Count in all tallies, closed or not."""
        return self.asked(tallies, refuses=False)[1]

    def asked(self, tallies: Sequence[Tally], *, refuses: bool) -> tuple[bool, list[State]]:
        try:
            return self.ask_valkey(tallies, refuses=refuses)
        except redis.RedisError:
            self.was_away = True
            return ask_table(tallies, refuses=refuses)

    def ask_valkey(self, tallies: Sequence[Tally], *, refuses: bool) -> tuple[bool, list[State]]:
        if self.was_away:
            self.fill()
        keys = [self.prefix, *(self.prefix + tally.key for tally in tallies)]
        numbers: list[float] = [time(), int(refuses)]
        for tally in tallies:
            numbers += [tally.step, tally.limit.most, tally.limit.seconds, tally.limit.longest]
        script = registered(settings.CACHES["default"]["LOCATION"])
        answer: Any = script(keys=keys, args=numbers)
        if answer is None:
            self.fill()
            answer = script(keys=keys, args=numbers)
        free, states = answer
        return bool(free), [State(int(count), float(opens), float(ends)) for count, opens, ends in states]

    def fill(self) -> None:
        """Put into Valkey what the database holds, then mark it as filled."""
        now = time()
        pipeline = self.valkey.pipeline(transaction=False)
        for row in AttemptCount.objects.filter(ends_at__gt=now).iterator(chunk_size=2000):
            pipeline.hset(self.prefix + row.key, mapping={name: getattr(row, name) for name in COLUMNS})
            pipeline.pexpire(self.prefix + row.key, int((row.ends_at - now) * 1000) + 1)
        pipeline.set(self.prefix, "filled")
        pipeline.execute()
        self.was_away = False

    def keep(self, states: Mapping[str, State]) -> None:
        """Write states to the database too: one statement, in a transaction that no refusal rolls back."""
        write_table(states)

    def forget(self, key: str, state: State) -> None:
        """Drop a count: the attempt was a good one."""
        is_kept = state.count > 1  # the database heard only of earlier failures
        try:
            self.valkey.delete(self.prefix + key)
        except redis.RedisError:
            self.was_away = is_kept = True
        if is_kept:
            AttemptCount.objects.filter(key=key).delete()

    def give_back(self, tallies: Iterable[Tally]) -> None:
        """Undo `take` for an attempt that tried nothing, and open what it closed."""
        keys = [tally.key for tally in tallies if tally.step]
        try:
            pipeline = self.valkey.pipeline(transaction=True)
            for key in keys:
                pipeline.hincrby(self.prefix + key, "count", -1)
                pipeline.hset(self.prefix + key, "open_at", 0)
            pipeline.execute()
        except redis.RedisError:
            self.was_away = True
            with transaction.atomic(durable=True):
                less = Case(When(count__gt=0, then=F("count") - 1), default=0)
                AttemptCount.objects.filter(key__in=keys).update(count=less, open_at=0)


def ask_table(tallies: Sequence[Tally], *, refuses: bool) -> tuple[bool, list[State]]:
    """What Valkey does, done by the database: the rows are locked, so that of many attempts at once none slips by."""
    keys, now = sorted(tally.key for tally in tallies), time()
    with transaction.atomic(durable=True):
        AttemptCount.objects.bulk_create([AttemptCount(key=key) for key in keys], ignore_conflicts=True)
        rows = AttemptCount.objects.select_for_update().filter(key__in=keys).order_by("key")
        known = {row.key: State(row.count, row.open_at, row.ends_at) for row in rows}
        before = [known[tally.key] for tally in tallies]
        if refuses and any(state.open_at > now for state in before):
            return False, before
        after = [
            counted(state, tally, now) if tally.step else state for state, tally in zip(before, tallies, strict=True)
        ]
        write_table({tally.key: state for tally, state in zip(tallies, after, strict=True) if tally.step})
    return True, after


def write_table(states: Mapping[str, State]) -> None:
    AttemptCount.objects.bulk_create(
        [AttemptCount(key=key, **{name: getattr(states[key], name) for name in COLUMNS}) for key in sorted(states)],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=COLUMNS,
    )


def forget_ended() -> int:
    """Delete counts that have ended; the number of rows that went."""
    return AttemptCount.objects.filter(ends_at__lt=time()).delete()[0]


counts = Counts()
