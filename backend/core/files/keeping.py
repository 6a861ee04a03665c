"""This file holds how a file is taken in and let go: judged, made anew, scanned. An owner's rule calls it."""

import hashlib
import re
import unicodedata
from datetime import timedelta
from pathlib import PurePath, PurePosixPath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.errors import RuleBroken
from core.files.contents import type_of
from core.files.events import InfectionFound
from core.files.images import made_anew
from core.files.kinds import ENDINGS, IMAGES, MIB, FileKind, FileType
from core.files.models import StoredBytes, StoredFile
from core.files.scanning import NotJudged, ScannerDown, Verdict, verdict_on
from core.files.storing import drop_after_commit, kept_before, put, store
from core.outbox.events import announce
from core.tenancy.scope import reaching, reading

LONGEST_NAME = 100
UNFIT = re.compile(r"[^\w .()+,-]")
KEEPER = "core.keep_file"
ORPHANED_AFTER = timedelta(hours=1)  # longer than any transaction
RESCANNED = 200
GIB = 1024 * MIB
SYSTEM = Actor.system("core.files", KEEPER)


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
    row = StoredFile(
        institution_id=institution,
        kind=kind.name,
        name=fit_name(name, found),
        type=found,
        size=size,
        sha256=digest,
        verdict=verdict,
        scanned_at=None if verdict == Verdict.UNSCANNED else timezone.now(),
        person_id=person,
        storage_name=put(content),
    ).save_checked()
    refuse_full(institution)
    return row


def refuse_full(institution: UUID) -> None:
    """Refuse what is beyond the bytes of an institution; whoever adds a file holds the lock on the sum to the end."""
    kept = StoredBytes.objects.get(institution=institution).bytes
    if kept > settings.FILES_QUOTA:
        most = settings.FILES_QUOTA / GIB
        message = f"The files of this institution are at their limit: {most:g} GiB together. Remove some first."
        raise RuleBroken("files_full", message, field="file")


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
        with reading(SYSTEM, KEEPER, StoredFile):
            known = set(StoredFile.objects.filter(storage_name__in=names).values_list("storage_name", flat=True))
        for name in names:
            if name not in known:
                store().delete(name)
                count += 1
    return count


def rescan() -> int:
    """Scan what was taken in without a scanner; what was longest not asked about comes first. The number scanned.

    Where the scanner is down the rest waits; a file of which it says nothing waits behind all others.
    """
    with reading(SYSTEM, KEEPER, StoredFile):
        unscanned = StoredFile.objects.filter(verdict=Verdict.UNSCANNED)
        waiting = list(unscanned.order_by(F("scanned_at").asc(nulls_first=True), "id")[:RESCANNED])
    count = 0
    for file in waiting:
        try:
            verdict = rescanned(file)
        except ScannerDown:
            break
        with reaching(file.institution_id):
            note_verdict(file, verdict)
        count += verdict != Verdict.UNSCANNED
    return count


def rescanned(file: StoredFile) -> Verdict:
    try:
        with store().open(file.storage_name) as content:
            return verdict_on(content)
    except (FileNotFoundError, NotJudged):
        return Verdict.UNSCANNED


def note_verdict(file: StoredFile, verdict: Verdict) -> None:
    """Keep what a scanner said, if anything. What is infected is on the audit log and announced; its content goes."""
    unscanned = StoredFile.objects.filter(pk=file.pk, verdict=Verdict.UNSCANNED)
    is_noted = unscanned.update(verdict=verdict, scanned_at=timezone.now(), version=F("version") + 1)
    if is_noted and verdict == Verdict.INFECTED:
        record(SYSTEM, "core.file.found_infected", file, changes={"verdict": [Verdict.UNSCANNED, verdict]})
        announce(InfectionFound(file.institution_id, file.pk))
        drop_after_commit(file.storage_name)
