"""This file holds what a person may do about an upload: send, correct, commit, cancel and undo it.

Reading and writing the rows takes time, and is done by a worker (`tasks.py`): these say that it shall.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.actor import Actor, Reach
from core.bulk import committing, waiting
from core.bulk.checking import CONTENT
from core.bulk.columns import is_blank
from core.bulk.contracts import CONTRACTS, Contract
from core.bulk.events import UploadToCheck, UploadToCommit
from core.bulk.models import StagedRow, Upload, UploadContent, UploadEffect
from core.bulk.staging import Reader
from core.bulk.waiting import Waiting
from core.errors import Invalid, NotAllowed, Problem, RuleBroken
from core.outbox.events import announce
from core.rules import rule
from core.secrets.sealing import sealer

VIEW, ADD, CHANGE = "core.view_upload", "core.add_upload", "core.change_upload"
UNDO_WITHIN = timedelta(days=30)
State = Upload.State


@rule("core.upload.sent", needs=ADD)
def send(actor: Actor, *, set: str, file: Any, **options: Any) -> Upload:  # noqa: A002 (its name for people)
    """Send a file of one data set, for the institution in which one acts. It is read and planned, and changes nothing
    before it is committed. One needs what entering such rows by hand needs, over the whole institution; of a set
    that tells whose its rows are, it is enough for those.
    """
    contract = contract_of(set)
    upload = Upload(
        institution_id=contract.lies_at() if contract.lies_at else actor.at_home(),
        set=set,
        contract=contract.version,
        file_name=PurePath(file.name).name[:200],
        digest=digest_of(file.chunks()),
        sent_by=actor.id,
        **options,
    )
    admit(actor, upload)
    upload.save_checked()
    kept = UploadContent(institution_id=upload.institution_id, upload=upload)
    file.seek(0)
    kept.content = sealer(CONTENT, upload.institution_id)(file.read(), kept.pk)
    kept.save()
    announce(UploadToCheck(upload.pk, upload.institution_id))
    return upload


@rule("core.upload.corrected", needs=CHANGE)
def correct_row(actor: Actor, upload: Upload, *, number: int, cells: dict[str, Any]) -> Upload:
    """Put other values into cells of a row that waits. The whole is checked again before it is committed."""
    admit(actor, upload)
    refuse_unless(upload, State.PLANNED)
    contract = contract_of(upload.set)
    unknown = sorted(cells.keys() - {column.name for column in contract.columns})
    if unknown:
        raise Invalid([Problem("unknown_field", f"This set has no column {one}.", f"cells/{one}") for one in unknown])
    taken = waiting.take(upload, [number])
    if not taken:
        raise RuleBroken("no_such_row", f"No row {number} of this upload waits.", field="number")
    now = taken[0].cells | {name: None if is_blank(value) else value for name, value in cells.items()}
    columns = list(dict.fromkeys([*upload.columns, *cells]))
    read = Reader(contract, upload.institution_id, columns).read(number, now)
    waiting.put(upload, Waiting(number, now, waiting.told(read.errors)))
    return upload.change(columns=columns, failure=None, is_corrected=True, **waiting.counted(upload))


@rule("core.upload.checked_again", needs=CHANGE)
def check_again(actor: Actor, upload: Upload) -> Upload:
    """Have all rows judged anew, as they were corrected, beside the register as it is now."""
    admit(actor, upload)
    refuse_unless(upload, State.PLANNED)
    announce(UploadToCheck(upload.pk, upload.institution_id))
    return upload.change(state=State.CHECKING, failure=None)


@rule("core.upload.commit_asked", needs=CHANGE)
def ask_commit(actor: Actor, upload: Upload, **options: Any) -> Upload:
    """Have the plan done. All rows must be good, or the good ones are asked for; a corrected one is checked first."""
    admit(actor, upload)
    refuse_unless(upload, State.PLANNED)
    upload = upload.change(**options)
    if upload.mode == Upload.Mode.ALL and upload.error_rows_count:
        told = "1 row has" if upload.error_rows_count == 1 else f"{upload.error_rows_count} rows have"
        message = f"{told} errors. Correct what is wrong, or commit the good rows alone."
        raise RuleBroken("rows_with_errors", message, field="mode")
    if upload.is_corrected:
        raise RuleBroken("check_first", "Rows were corrected since this was planned. Check it again first.")
    if not waiting.runs(upload, state=StagedRow.State.GOOD).exists():
        raise RuleBroken("nothing_good", "No row of this upload is good. Correct some first.")
    announce(UploadToCommit(upload.pk, upload.institution_id, actor.id, actor.name))
    return upload.change(state=State.COMMITTING, failure=None)


@rule("core.upload.cancelled", needs=CHANGE)
def cancel(actor: Actor, upload: Upload) -> Upload:
    """Give an upload up before it is committed; its rows are forgotten."""
    admit(actor, upload)
    refuse_unless(upload, State.CHECKING, State.PLANNED)
    StagedRow.objects.filter(upload=upload).delete()
    upload.contents.all().delete()
    return upload.change(state=State.CANCELLED)


@rule("core.upload.undone", needs=CHANGE)
def undo(actor: Actor, upload: Upload) -> Upload:
    """Put back what a committed upload did, within thirty days, as long as nothing newer touched its rows."""
    admit(actor, upload)
    refuse_unless(upload, State.COMMITTED)
    if upload.committed_at is None or upload.committed_at < timezone.now() - UNDO_WITHIN:
        raise RuleBroken("too_late", f"An upload can be undone for {UNDO_WITHIN.days} days.")
    refuse_others(actor, upload)
    return committing.undo(actor, upload)


# --- What they ask first ---
def contract_of(name: str) -> Contract:
    if name not in CONTRACTS:
        raise RuleBroken(
            "no_such_set", f"There is no such set. There are: {', '.join(sorted(CONTRACTS))}.", field="set"
        )
    return CONTRACTS[name]


def admit(actor: Actor, upload: Upload) -> None:
    """Refuse whoever may not enter such rows by hand, and keep how far who may reaches: rows are judged by it later.

    Of the register it is in the nation, of any other set in the whole institution. Whoever reaches less acts on their
    own uploads, where the set tells which rows are theirs.
    """
    contract, here = contract_of(upload.set), upload.institution_id
    reaches = {permission: actor.reach(permission) for permission in contract.needs}
    if contract.lies_at:
        less = {permission: reach for permission, reach in reaches.items() if not reach.nation}
    else:
        within = {permission: reach.within(here) for permission, reach in reaches.items()}
        less = {permission: reach for permission, reach in within.items() if not reach.institutions}
    is_theirs = bool(contract.theirs and actor.id and upload.sent_by == actor.id and all(less.values()))
    if less and not is_theirs:
        raise NotAllowed(next(iter(less)))
    upload.reach = less_than_all(list(less.values()), here) if less else None


def less_than_all(reaches: Sequence[Reach], institution: UUID) -> dict[str, Any]:
    """What several rights have in common."""
    units = frozenset.intersection(*(reach.units for reach in reaches))
    return {"units": sorted(map(str, units)), "own": all(institution in reach.related for reach in reaches)}


def refuse_others(actor: Actor, upload: Upload) -> None:
    """Who reaches less than the institution undoes what is theirs by now: others may answer for it since."""
    contract = contract_of(upload.set)
    rows: Any = contract.main._default_manager
    effects = UploadEffect.objects.filter(institution=upload.institution_id, upload=upload)
    written = set(effects.filter(table=contract.main._meta.db_table).values_list("row_id", flat=True))
    for permission in contract.needs if upload.reach is not None else ():
        if rows.visible_to(actor, permission).filter(pk__in=written).count() < len(written):
            raise NotAllowed(permission)


def may_load(actor: Actor, contract: Contract) -> bool:
    """Whether an actor may load a set somewhere, or their own rows of it."""
    reaches = [actor.reach(permission) for permission in contract.needs]
    if contract.lies_at:
        return all(reach.nation for reach in reaches)
    return all(reach.nation or reach.institutions or (contract.theirs and reach) for reach in reaches)


def refuse_unless(upload: Upload, *states: str) -> None:
    if upload.state not in states:
        allowed = " or ".join(str(one) for one in states)
        raise RuleBroken("wrong_state", f"This upload is {upload.state}: this is done to one that is {allowed}.")


def digest_of(chunks: Any) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
