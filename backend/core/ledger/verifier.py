"""This file holds how the audit log is proved whole: every block is computed again, in bounded memory.

The chain of signed blocks finds what was changed, removed, added or put in another order. What it can't find is a log
that was replaced, or cut, together with its blocks by somebody who has the key: that is what the checkpoints are for.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from core.ledger.checkpoints import FILE, NotACheckpoint, folder, is_signed, read_checkpoints, trusted_keys
from core.ledger.merkle import Tree
from core.ledger.models import NOTHING_BEFORE, Block, hash_of
from core.ledger.sealer import entries_between

AT_ONCE = 1000
BEGINNING = (1, NOTHING_BEFORE, 0)
MISPLACED = """
SELECT count(*) FROM core_auditentry
WHERE "transaction" < 0 OR "transaction" > audit_time(pg_snapshot_xmax(pg_current_snapshot()))
"""


class LogBroken(Exception):
    """The log is not what was sealed; the first bad block, and what is wrong with it."""


@transaction.atomic
def verify(outside: Path | None = None) -> tuple[int, int]:
    """Compute everything again, and return how many blocks and entries there are; or raise LogBroken.

    The checkpoints are those of `outside`, a file from elsewhere, or the ones that were written here.
    """
    blocks, entries = verify_chain()
    own = folder() / FILE
    if outside is not None or own.exists():
        verify_checkpoints(outside or own)
    return blocks, entries


def verify_chain() -> tuple[int, int]:
    keys = trusted_keys()
    before: Block | None = None
    entries = 0
    for block in Block.objects.order_by("pk").iterator(AT_ONCE):
        number, hash_before, until_before = (before.pk + 1, before.hash, before.until) if before else BEGINNING
        if block.pk != number:
            raise LogBroken(f"Block {number} is missing: after it comes block {block.pk}.")
        if (block.previous, block.since) != (hash_before, until_before):
            raise LogBroken(f"Block {number} does not continue the one before it.")
        if hash_of(block.note) != block.hash or not is_signed(block.note, block.signature, keys.get(block.key)):
            raise LogBroken(f"Block {number} was changed after it was signed, or was not signed by a key of ours.")
        verify_entries(block)
        before, entries = block, entries + block.count
    with connection.cursor() as cursor:
        cursor.execute(MISPLACED)
        if misplaced := cursor.fetchone()[0]:
            raise LogBroken(f"{misplaced} entries claim a transaction that can't have been: they were put in by hand.")
    return before.pk if before else 0, entries


def verify_entries(block: Block) -> None:
    tree = Tree()
    for entry in entries_between(block.since, block.until):
        tree.add(entry)
    if tree.count < block.count:
        raise LogBroken(f"Block {block.pk}: {block.count - tree.count} of its {block.count} entries are missing.")
    if tree.count > block.count:
        raise LogBroken(f"Block {block.pk}: {tree.count - block.count} entries were put in after it was sealed.")
    if tree.root().hex() != block.root:
        raise LogBroken(f"Block {block.pk}: its entries were changed, replaced or put in another order.")


def verify_checkpoints(path: Path) -> None:
    """Every checkpoint of a file is that of a block in the log."""
    try:
        for some in at_once(read_checkpoints(path)):
            known = dict(Block.objects.filter(pk__in=[one["block"] for one in some]).values_list("pk", "hash"))
            for checkpoint in some:
                number = checkpoint["block"]
                if number not in known:
                    raise LogBroken(f"Block {number} has a checkpoint and is not in the log: its tail was cut.")
                if known[number] != checkpoint["hash"]:
                    raise LogBroken(f"Block {number} is not the one of its checkpoint: the log was replaced.")
    except NotACheckpoint as error:
        raise LogBroken(f"{path}: {error}") from error


def at_once(checkpoints: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(checkpoints, AT_ONCE)):
        yield some
