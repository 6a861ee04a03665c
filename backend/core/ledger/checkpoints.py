"""This file holds checkpoints: the note of each block, signed, in a file that an operator ships elsewhere.

The file is what finds a log that was replaced as a whole. It has one line of JSON for each block: the note, with its
hash, the id of the key, and the signature. Beside it lie the public halves of the keys, `<id>.pem`.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from core.ids import uuid7
from core.ledger.models import Block, hash_of, signed_part

FILE = "checkpoints.jsonl"
ADDED = ("hash", "key", "signature")
LONGEST_LINE = 4096


class LogAndFileDiffer(Exception):
    """The blocks in the database are not those whose checkpoints were written. Nothing is signed on top of that."""


class NotACheckpoint(ValueError):
    """A line that is no signed checkpoint of ours."""


def signing_key() -> Ed25519PrivateKey:
    """The private key; config.env took no other kind."""
    return cast(Ed25519PrivateKey, load_pem_private_key(settings.AUDIT_SIGNING_KEY.encode(), password=None))


def as_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def read_public_key(pem: str) -> Ed25519PublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise NotACheckpoint("The key is no Ed25519 key.")
    return key


def trusted_keys() -> dict[str, Ed25519PublicKey]:
    """The public keys that a signature may be by: today's, and those that were published before it."""
    found = [read_public_key(path.read_text()) for path in sorted(folder().glob("*.pem"))]
    return {key_id(key): key for key in [*found, signing_key().public_key()]}


def sign(block: Block) -> None:
    key = signing_key()
    block.hash, block.key = hash_of(block.note), key_id(key.public_key())
    block.signature = key.sign(signed_part(block.note)).hex()


def is_signed(note: dict[str, Any], signature: str, key: Ed25519PublicKey | None) -> bool:
    if key is None:
        return False
    try:
        key.verify(bytes.fromhex(signature), signed_part(note))
    except (InvalidSignature, ValueError):
        return False
    return True


# --- The file ---
def folder() -> Path:
    return Path(settings.AUDIT_DIR)


def line_of(block: Block) -> str:
    return json.dumps({**block.note, **{name: getattr(block, name) for name in ADDED}}) + "\n"


def publish() -> int:
    """Append the checkpoints that the file lacks, and return how many.

    A block is committed first and published after; what a crash left out is written the next time. Where the file knows
    a block that the log does not have, the log was cut or replaced, and this refuses to go on.
    """
    folder().mkdir(mode=0o750, parents=True, exist_ok=True)
    publish_key()
    with (folder() / FILE).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        published = last_published(file)
        missing = Block.objects.filter(pk__gt=published).order_by("pk")
        written = 0
        for block in missing.iterator():
            file.write(line_of(block).encode())
            written += 1
        if written:
            file.flush()
            os.fsync(file.fileno())
    return written


def publish_key() -> None:
    """Put the public key beside the checkpoints, once, and never half of it."""
    public = signing_key().public_key()
    path = folder() / f"{key_id(public)}.pem"
    if not path.exists():
        draft = path.with_suffix(f".{uuid7()}")  # threads and machines may all be at it
        draft.write_text(as_pem(public))
        draft.replace(path)


def last_published(file: IO[bytes]) -> int:
    """The number of the last block in the file, which must be a block of this log."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LONGEST_LINE))
    tail = file.read()
    whole, _, torn = tail.rpartition(b"\n")
    if torn:  # a crash in the middle of a line
        file.truncate(size - len(torn))
    if not whole:
        return 0
    checkpoint = read_line(whole.rpartition(b"\n")[2].decode())
    if not Block.objects.filter(pk=checkpoint["block"], hash=checkpoint["hash"]).exists():
        raise LogAndFileDiffer(
            f"{folder() / FILE} ends with block {checkpoint['block']}, which is not in the log. Run `audit_verify`; "
            "for a database that begins anew, move the file away."
        )
    return checkpoint["block"]


def read_line(line: str) -> dict[str, Any]:
    try:
        checkpoint = json.loads(line)
        is_one = {"block", *ADDED} <= checkpoint.keys() and isinstance(checkpoint["block"], int)
    except (ValueError, AttributeError, TypeError) as error:
        raise NotACheckpoint("A line is not JSON with a block, a hash, a key and a signature.") from error
    if not is_one:
        raise NotACheckpoint("A line is not JSON with a block, a hash, a key and a signature.")
    return checkpoint


def read_checkpoints(path: Path) -> Iterator[dict[str, Any]]:
    """The checkpoints of a file, each with a hash that is its own and a signature by a trusted key."""
    keys = trusted_keys()
    with path.open(encoding="utf-8") as file:
        for line in file:
            checkpoint = read_line(line)
            note = {name: value for name, value in checkpoint.items() if name not in ADDED}
            key = keys.get(str(checkpoint["key"]))
            if hash_of(note) != checkpoint["hash"] or not is_signed(note, str(checkpoint["signature"]), key):
                raise NotACheckpoint(f"The checkpoint of block {checkpoint['block']} is not signed by a key of ours.")
            yield checkpoint
