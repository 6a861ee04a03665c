"""This file holds how a file is taken in, before any transaction: judged, made anew, scanned, and stored."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import Any

from core.errors import RuleBroken
from core.files.contents import type_of
from core.files.images import made_anew
from core.files.kinds import ENDINGS, IMAGES, MIB, FileKind, FileType
from core.files.scanning import Verdict, verdict_on
from core.files.storing import put

LONGEST_NAME = 100
UNFIT = re.compile(r"[^\w .()+,-]")


class FileTooLarge(RuleBroken):
    """The file is larger than its kind may be."""

    status = 413

    def __init__(self, kind: FileKind) -> None:
        most = f"{kind.largest // MIB} MiB" if kind.largest >= MIB else f"{kind.largest // 1024} KiB"
        super().__init__("too_large", f"The file is too large: send at most {most}.", field="file")


@dataclass
class TakenFile:
    """A file whose content was judged and lies in the store. A rule gives it a row, by `keep`, or nobody ever does."""

    kind: FileKind
    name: str
    type: FileType
    size: int
    sha256: str
    verdict: Verdict
    storage_name: str
    is_kept: bool = False

    def __str__(self) -> str:
        return self.sha256  # what tells a repeated request from another one


def take_in(kind: FileKind, file: Any) -> TakenFile:
    """Take in what was sent. Its content decides what it is; an infected one is refused.

    Call it outside of a transaction: it unpacks, asks the scanner and writes to the store, and all that takes time.
    Where no row names the content in the end, it is swept away within two hours.
    """
    if file.size > kind.largest:
        raise FileTooLarge(kind)
    found = type_of(file, file.name, kind)
    if found not in IMAGES:
        return stored(kind, file, found, file.name)
    picture, found = made_anew(file, found)
    with picture:
        return stored(kind, picture, found, file.name)


def stored(kind: FileKind, content: Any, found: FileType, name: str) -> TakenFile:
    digest, size = measured(content)
    verdict = verdict_on(content)
    if verdict == Verdict.INFECTED:
        raise RuleBroken("infected", "The virus scanner found something in this file. It was not kept.", field="file")
    content.seek(0)
    return TakenFile(kind, fit_name(name, found), found, size, digest, verdict, put(content))


def fit_name(given: str, found: FileType) -> str:
    """The last part of a name, in plain letters, with the ending of what the file is."""
    last = PurePosixPath(unicodedata.normalize("NFC", given).replace("\\", "/")).name
    stem = UNFIT.sub("_", PurePath(last).stem).strip(" .")[:LONGEST_NAME]
    return f"{stem or 'file'}.{ENDINGS[found]}"


def measured(content: Any) -> tuple[str, int]:
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(64 * 1024):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
