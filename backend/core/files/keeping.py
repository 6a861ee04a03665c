"""This file holds how a file gets its row and is let go, as rules of owners ask; and what is done about all, later."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.errors import RuleBroken
from core.files.events import InfectionFound
from core.files.kinds import MIB, FileKind
from core.files.models import StoredBytes, StoredFile
from core.files.scanning import NotJudged, ScannerDown, Verdict, verdict_on
from core.files.storing import drop_after_commit, kept_before, store
from core.files.taking import TakenFile
from core.outbox.events import announce
from core.tenancy.scope import reaching, reading

KEEPER = "core.keep_file"
ORPHANED_AFTER = timedelta(hours=1)  # longer than any transaction
RESCANNED = 200
GIB = 1024 * MIB
SYSTEM = Actor.system("core.files", KEEPER)


def keep(institution: UUID, kind: FileKind, file: TakenFile, *, person: UUID | None = None) -> StoredFile:
    """Name a file that was taken in, for a row of an institution, as long as there is room for it."""
    if file.kind != kind:
        raise ValueError(f"A file of the kind {file.kind.name} was taken in for {kind.name}.")
    row = StoredFile(
        institution_id=institution,
        kind=kind.name,
        name=file.name,
        type=file.type,
        size=file.size,
        sha256=file.sha256,
        verdict=file.verdict,
        scanned_at=None if file.verdict == Verdict.UNSCANNED else timezone.now(),
        person_id=person,
        storage_name=file.storage_name,
    ).save_checked()
    refuse_full(institution)
    file.is_kept = True
    return row


def refuse_full(institution: UUID) -> None:
    """Refuse what is beyond the bytes of an institution; whoever adds a file holds the lock on the sum to the end."""
    kept = StoredBytes.objects.get(institution=institution).bytes
    if kept > settings.FILES_QUOTA:
        most = settings.FILES_QUOTA / GIB
        message = f"The files of this institution are at their limit: {most:g} GiB together. Remove some first."
        raise RuleBroken("files_full", message, field="file")


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
