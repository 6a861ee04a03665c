"""This file holds how a process hears of changes: exactly those committed since it last looked, and it fails closed."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from django.db import connection
from django.db.utils import Error as DatabaseError

PAUSE_SECONDS = 0.5
TRUSTED_SECONDS = 1.0

# Not "ids above the last one": a transaction that began earlier can commit later. What was not visible to the last
# snapshot and is visible now is exactly what was committed in between.
NEWS = """
SELECT pg_current_snapshot()::text, array(
  SELECT key FROM core_change
  WHERE transaction >= pg_snapshot_xmin(%(last)s::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(transaction::text::xid8, %(last)s::pg_snapshot))
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

    def refresh(self) -> None:
        """Hear what is new, unless that was done a moment ago.

        Where the database can't be asked for over a second, whoever remembers must forget: the error rises, and
        what was remembered is gone.
        """
        if monotonic() - self.looked_at < PAUSE_SECONDS:
            return
        with self.lock:
            if monotonic() - self.looked_at < PAUSE_SECONDS:
                return
            try:
                self._look()
            except DatabaseError:
                if monotonic() - self.looked_at > TRUSTED_SECONDS:
                    self.forget_all()
                raise

    def _look(self) -> None:
        now = monotonic()
        with connection.cursor() as cursor:
            if self.snapshot is None:
                cursor.execute("SELECT pg_current_snapshot()::text, '{}'::text[]")
            else:
                cursor.execute(NEWS, {"last": self.snapshot})
            self.snapshot, keys = cursor.fetchone()
        self.looked_at = now
        if keys:
            for listener in self.listeners:
                listener(keys)

    def forget_all(self) -> None:
        """Remember nothing, and begin anew."""
        self.snapshot, self.looked_at = None, float("-inf")
        for forget in self.forgetters:
            forget()


watch = Watch()
