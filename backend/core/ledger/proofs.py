"""This file holds proofs that an entry is in the log: made with the database, checked with the public key alone.

A proof is JSON: `entry` is the very text that was hashed, `position` and `path` lead from it to the root in `note`, and
`signature` is over the note.
"""

import json
from typing import Any

from django.db import transaction

from core.audit.models import AuditEntry
from core.errors import Conflict
from core.ledger.checkpoints import ADDED, is_signed, read_public_key
from core.ledger.merkle import leaf_hash, path_to, root_from
from core.ledger.models import Block
from core.ledger.sealer import entries_between

Proof = dict[str, Any]


class ProofWrong(Exception):
    """What is shown does not prove that the entry is in the log."""


@transaction.atomic
def prove(entry: AuditEntry) -> Proof:
    """A proof of one entry. There is none until its block is sealed, some seconds after it was written."""
    block = Block.objects.filter(since__lte=entry.transaction, until__gt=entry.transaction).first()
    if block is None:
        raise Conflict("not_sealed_yet", "This entry is not sealed yet: ask again in a few seconds.")
    shown, leaves, position = "", list[bytes](), 0
    for text in entries_between(block.since, block.until):
        if json.loads(text)["id"] == str(entry.pk):
            shown, position = text.decode(), len(leaves)
        leaves.append(leaf_hash(text))
    path = [one.hex() for one in path_to(position, leaves)]
    signed = {name: getattr(block, name) for name in ADDED}
    return {"entry": shown, "position": position, "path": path, "note": block.note, **signed}


def check_proof(proof: Proof, public_key: str) -> dict[str, Any]:
    """The entry that a proof proves, by the public key in PEM; or ProofWrong. It asks no database and no file."""
    try:
        note, entry = proof["note"], str(proof["entry"])
        path = [bytes.fromhex(one) for one in proof["path"]]
        root = root_from(entry.encode(), int(proof["position"]), int(note["count"]), path)
        shown = json.loads(entry)
        signed = is_signed(note, proof["signature"], read_public_key(public_key))
    except (KeyError, TypeError, ValueError) as error:
        raise ProofWrong("This is no proof: a part is missing or malformed.") from error
    if not signed:
        raise ProofWrong("The note is not signed by this key.")
    if root is None or root.hex() != note["root"]:
        raise ProofWrong("The entry does not lead to the root that was signed.")
    return shown
