"""This file holds how entries become blocks: those of finished transactions, in order, again and again.

Writers are never waited for and never wait: a block is closed below the oldest transaction that still runs
(`pg_snapshot_xmin`), so nothing can be added to it later; and a writer's insert touches nothing that the sealer locks.
"""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils import timezone

from core.ledger.checkpoints import publish, sign
from core.ledger.merkle import Tree
from core.ledger.models import NOTHING_BEFORE, Block

MOST_ENTRIES = 10_000  # of one block; a transaction is never divided
ONE_SEALER = 5_374_810_263
AT_ONCE = 2000

FINISHED = "SELECT audit_time(pg_snapshot_xmin(pg_current_snapshot())), coalesce(max(until), 0) FROM core_block"
FIRST = 'SELECT min("transaction") FROM core_auditentry WHERE "transaction" >= %s AND "transaction" < %s'
BEYOND_MOST = """
SELECT "transaction" FROM core_auditentry WHERE "transaction" >= %s AND "transaction" < %s
ORDER BY "transaction" OFFSET %s LIMIT 1
"""
# Every column, whatever columns there will be; null is left out, so that a new column changes no old entry.
CANONICAL = "(jsonb_strip_nulls(to_jsonb(entry) - 'changes') || jsonb_build_object('changes', entry.changes))::text"
ENTRIES = f"""
SELECT {CANONICAL} FROM core_auditentry entry
WHERE "transaction" >= %s AND "transaction" < %s ORDER BY "transaction", id
"""  # noqa: S608 (our own words)
NEXT = """
SELECT greatest((SELECT max("transaction") + 1 FROM core_auditentry), (SELECT max(until) FROM core_block), 0),
  audit_time(pg_snapshot_xmax(pg_current_snapshot())), pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
AUDIT_TIME = """
CREATE OR REPLACE FUNCTION audit_time(counted xid8) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT counted::text::bigint + {ahead}'
"""


class CounterBehind(Exception):
    """The database counts transactions from a point that was sealed already, as after a restored dump."""


def seal() -> int:
    """Close the blocks of what is finished now, publish the checkpoints, and return how many blocks there were."""
    sealed, finished = 0, finished_until()
    while close_next_block(finished):
        sealed += 1
    publish()
    return sealed


@transaction.atomic
def close_next_block(finished: int) -> Block | None:
    """Close one block; None where no entry before `finished` waits, or another sealer is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_SEALER])
        if not cursor.fetchone()[0]:
            return None
    last = Block.objects.order_by("-pk").first()
    since = last.until if last else 0
    until = end_of_block(since, finished)
    if until is None:
        return None
    tree = Tree()
    for entry in entries_between(since, until):
        tree.add(entry)
    block = Block(
        pk=last.pk + 1 if last else 1,
        since=since,
        until=until,
        count=tree.count,
        root=tree.root().hex(),
        previous=last.hash if last else NOTHING_BEFORE,
        sealed_at=timezone.now(),
    )
    sign(block)
    block.save(force_insert=True)
    return block


def finished_until() -> int:
    """The oldest transaction that still runs. Looked at once in a sealing: beside a busy writer it would never end."""
    with connection.cursor() as cursor:
        cursor.execute(FINISHED)
        finished, sealed = cursor.fetchone()
    if finished < sealed:
        raise CounterBehind("This database was restored from a dump: run `manage.py migrate` before anything else.")
    return finished


def end_of_block(since: int, finished: int) -> int | None:
    """Up to which transaction a block that begins here may go; None where there is nothing to seal."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [since, finished])
        first = cursor.fetchone()[0]
        if first is None:
            return None
        cursor.execute(BEYOND_MOST, [since, finished, MOST_ENTRIES])
        beyond = cursor.fetchone()
    return max(beyond[0], first + 1) if beyond else finished


def entries_between(since: int, until: int) -> Iterator[bytes]:
    """The canonical bytes of each entry, in the order of the log, some at a time. Ask inside a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(ENTRIES, [since, until])
        while rows := cursor.fetchmany(AT_ONCE):
            yield from (row[0].encode() for row in rows)


def keep_counting_ahead() -> None:
    """Let `audit_time` go on after the newest entry, where a restored database counts from the beginning again.

    The owner runs it with each migration. What is in the log is older than the next transaction, so beside writers at
    work it changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('audit_time(xid8)') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return
        cursor.execute(NEXT)
        after_all, now, counted = cursor.fetchone()
        if after_all > now:
            cursor.execute(AUDIT_TIME.format(ahead=after_all - counted))
