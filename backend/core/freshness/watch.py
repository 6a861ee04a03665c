"""This file holds how a process hears of changes: exactly those committed since it last looked, and it fails closed."""

from collections.abc import Callable, Collection
from threading import Lock
from time import monotonic

from django.db import connection

from core.freshness.changes import KEPT

PAUSE_SECONDS = 0.5
# Far less than changes are kept: whoever slept longer may have missed some.
LONGEST_SLEEP_SECONDS = KEPT.total_seconds() / 2

# Not "ids above the last one": a transaction that began earlier can commit later. What was not visible to the last
# snapshot and is visible now is exactly what was committed in between.
NEWS = """
SELECT pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text, array(
  SELECT key FROM core_change
  WHERE transaction >= pg_snapshot_xmin(%(last)s::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(transaction::text::xid8, %(last)s::pg_snapshot))
"""


# The same for some keys, by others than the transaction that asks.
HAS_NEWS = """
SELECT EXISTS (
  SELECT FROM core_change
  WHERE key = ANY(%(keys)s) AND transaction >= pg_snapshot_xmin(%(last)s::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(transaction::text::xid8, %(last)s::pg_snapshot)
    AND transaction::text::xid8 IS DISTINCT FROM pg_current_xact_id_if_assigned())
"""


class Watch:
    """One process's ear for changes. It looks at most twice a second, inside a request that asks, without a thread."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.listeners: list[Callable[[list[str]], None]] = []
        self.forgetters: list[Callable[[], None]] = []
        self.snapshot: str | None = None
        self.looked_at = float("-inf")

    def on_change(self, listener: Callable[[list[str]], None], forget_all: Callable[[], None]) -> None:
        """Call `listener` with the keys that changed; `forget_all` when the process may have missed some."""
        self.listeners.append(listener)
        self.forgetters.append(forget_all)

    def refresh(self) -> str | None:
        """Hear what is new, unless that was done a moment ago; the moment up to which all is heard, for `keep`.

        Where the database can't be asked its error rises, so that nobody trusts what this process remembers.
        """
        if monotonic() - self.looked_at >= PAUSE_SECONDS:
            with self.lock:
                if monotonic() - self.looked_at >= PAUSE_SECONDS:
                    self._look()
        return self.snapshot

    def keep(self, moment: str | None, remember: Callable[[], None]) -> None:
        """Remember what was read after `moment`, unless there was news since: it may be of just that."""
        with self.lock:
            if self.snapshot == moment:
                remember()

    def look(self) -> None:
        """Hear now what is new."""
        with self.lock:
            self._look()

    def has_news(self, moment: str, keys: Collection[str]) -> bool:
        """Whether somebody else changed one of these after `moment`, as committed by now. Ask inside a transaction."""
        with connection.cursor() as cursor:
            cursor.execute(HAS_NEWS, {"last": moment, "keys": list(keys)})
            return cursor.fetchone()[0]

    def forget_all(self) -> None:
        """Have everything forgotten that is remembered in this process."""
        for forget in self.forgetters:
            forget()

    def _look(self) -> None:
        now = monotonic()
        if now - self.looked_at > LONGEST_SLEEP_SECONDS:
            self.snapshot = None
            self.forget_all()
        with connection.cursor() as cursor:
            cursor.execute(NEWS, {"last": self.snapshot})
            snapshot, own, keys = cursor.fetchone()
        if keys:
            for listener in self.listeners:
                listener(keys)
        # Last, so that news is heard again where a listener failed.
        self.snapshot, self.looked_at = before(snapshot, own), now


def before(snapshot: str, transaction: str | None) -> str:
    """The snapshot up to our own transaction, if we are in one that writes: it may yet write news."""
    if transaction is None:
        return snapshot
    oldest, end, running = snapshot.split(":")
    older = [one for one in running.split(",") if one and int(one) < int(transaction)]
    return f"{oldest}:{min(int(end), int(transaction))}:{','.join(older)}"


watch = Watch()
