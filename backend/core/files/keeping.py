"""This file holds how a file is taken in and let go: judged, made anew, scanned. An owner's rule calls it."""

import hashlib
import re
import unicodedata
from datetime import timedelta
from pathlib import PurePath, PurePosixPath
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.errors import RuleBroken
from core.files.contents import type_of
from core.files.images import made_anew
from core.files.kinds import ENDINGS, IMAGES, MIB, FileKind, FileType
from core.files.models import StoredFile
from core.files.scanning import ScannerDown, Verdict, verdict_on
from core.files.storing import kept_before, put, store
from core.tenancy.scope import reaching, reading

LONGEST_NAME = 100
UNFIT = re.compile(r"[^\w .()+,-]")
KEEPER = "core.keep_file"
ORPHANED_AFTER = timedelta(hours=1)  # longer than any transaction
RESCANNED = 200


class FileTooLarge(RuleBroken):
    """The file is larger than its kind may be."""

    status = 413

    def __init__(self, kind: FileKind) -> None:
        most = f"{kind.largest // MIB} MiB" if kind.largest >= MIB else f"{kind.largest // 1024} KiB"
        super().__init__("too_large", f"The file is too large: send at most {most}.", field="file")


def keep(institution: UUID, kind: FileKind, file: Any, *, person: UUID | None = None) -> StoredFile:
    """Take a file in for a row of an institution. Its content decides what it is; an infected one is refused.

    Where the transaction is rolled back the content is left without a row, and swept away within two hours.
    """
    if file.size > kind.largest:
        raise FileTooLarge(kind)
    found = type_of(file, file.name, kind)
    if found not in IMAGES:
        return kept_as(institution, kind, file, found, file.name, person)
    picture, found = made_anew(file, found)
    with picture:
        return kept_as(institution, kind, picture, found, file.name, person)


def kept_as(
    institution: UUID, kind: FileKind, content: Any, found: FileType, name: str, person: UUID | None
) -> StoredFile:
    digest, size = measured(content)
    verdict = verdict_on(content)
    if verdict == Verdict.INFECTED:
        raise RuleBroken("infected", "The virus scanner found something in this file. It was not kept.", field="file")
    content.seek(0)
    return StoredFile(
        institution_id=institution,
        kind=kind.name,
        name=fit_name(name, found),
        type=found,
        size=size,
        sha256=digest,
        verdict=verdict,
        person_id=person,
        storage_name=put(content),
    ).save_checked()


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


def let_go(file: StoredFile) -> None:
    """Remove a file that its owner names no more; its content goes after the commit."""
    file.delete()


def sweep() -> int:
    """Delete contents that no row names: of transactions that were rolled back, and drafts of killed processes."""
    count = 0
    for names in kept_before(timezone.now() - ORPHANED_AFTER):
        with reading(Actor.system("core.files", KEEPER), KEEPER, StoredFile):
            known = set(StoredFile.objects.filter(storage_name__in=names).values_list("storage_name", flat=True))
        for name in names:
            if name not in known:
                store().delete(name)
                count += 1
    return count


def rescan() -> int:
    """Scan what was taken in without a scanner. An infected one loses its content; its row says unscanned, for good."""
    system, count = Actor.system("core.files", KEEPER), 0
    with reading(system, KEEPER, StoredFile):
        waiting = list(StoredFile.objects.filter(verdict=Verdict.UNSCANNED).order_by("id")[:RESCANNED])
    for row in waiting:
        if not store().exists(row.storage_name):
            continue
        try:
            with store().open(row.storage_name) as content:
                verdict = verdict_on(content)
        except ScannerDown:
            break
        with reaching(row.institution_id):
            if verdict == Verdict.INFECTED:
                store().delete(row.storage_name)
                record(system, "core.file.found_infected", row)
            else:
                StoredFile.objects.filter(pk=row.pk).update(verdict=verdict, version=row.version + 1)
        count += 1
    return count
