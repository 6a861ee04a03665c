"""This file holds how an upload is committed and undone: all of it or nothing, and never two of one set at once."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from psycopg.errors import CheckViolation

from core.actor import Actor
from core.audit.record import record
from core.bulk import waiting
from core.bulk.checking import NOTHING, as_failure, check, judge, to_end
from core.bulk.contracts import CONTRACTS, Contract, Deed
from core.bulk.deeds import RowRefused, acting, do, first_deed
from core.bulk.merging import Merge, here
from core.bulk.models import StagedRow, Upload, UploadEffect
from core.bulk.staging import Error, Staging
from core.errors import Conflict, RuleBroken
from core.freshness.changes import changed
from core.rules import conflict_of

EFFECTS = UploadEffect._meta.db_table
MOST_ENDED = 0.1  # of a set, unless it is asked for


def alone(upload: Upload) -> None:
    """Hold the set of this institution until the transaction ends: two commits never interleave."""
    with connection.cursor() as cursor:
        key = zlib.crc32(f"{upload.institution_id}:{upload.set}".encode())
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x7E5C, key - 2**31])


def commit(actor: Actor, upload: Upload) -> Upload:
    """Do what was planned. Where the register is no longer as it was then, nothing is done, and it is planned anew."""
    contract = CONTRACTS[upload.set]
    alone(upload)
    if upload.contract != contract.version:
        return planned_anew(upload, Conflict("plan_changed", "The columns of this set changed. Look at the new plan."))
    try:
        with transaction.atomic():
            merge = staged_again(upload, contract)
            tables = {name: asdict(one) for name, one in merge.resolve(to_write=True).items()}
            ended = to_end(upload, merge)
            if tables != upload.plan["tables"] or len(ended) != upload.plan["end"]:
                raise Conflict("plan_changed", "The register changed since this was planned. Look at the new plan.")
            refuse_many_ended(upload, contract, ended)
            merge.write()
            end(merge, contract, ended)
            do(acting(actor, upload, contract), upload, contract)
    except IntegrityError as error:
        return planned_anew(upload, conflict_of(error))
    except RowRefused as refused:
        return planned_anew(upload, refused.refusal, {refused.number: refused.error})
    except RuleBroken as refusal:
        return planned_anew(upload, refusal)
    changed(*contract.tells)
    done = StagedRow.objects.filter(institution=upload.institution_id, upload=upload, state=StagedRow.State.GOOD)
    done.delete()
    written = upload.plan["create"] + upload.plan["change"] + len(ended)
    record(actor, "core.upload.committed", upload, changes={"plan": [None, upload.plan]}, count=max(written, 1))
    return upload.change(state=Upload.State.COMMITTED, committed_at=timezone.now(), failure=None)


def staged_again(upload: Upload, contract: Contract) -> Merge:
    """The good rows, as they were read, judged once more."""
    staging = Staging(contract, upload)
    staging.begin()
    for run in waiting.runs(upload, state=StagedRow.State.GOOD).iterator(chunk_size=10):
        staging.add_lines(row.line for row in waiting.opened(run))
    staging.finish()
    notes = list(upload.notes)
    wrong = judge(upload, contract)
    upload.notes = notes  # they were told when it was planned
    if wrong:
        raise Conflict("plan_changed", "Rows that were good are wrong by now. Look at the new plan.")
    return Merge(upload, contract, upload.columns)


def planned_anew(upload: Upload, refusal: RuleBroken, refused: Mapping[int, Error] = NOTHING) -> Upload:
    upload.contract = CONTRACTS[upload.set].version
    return check(upload, refused).change(failure=as_failure(refusal))


# --- What a complete file lacks ---
def refuse_many_ended(upload: Upload, contract: Contract, ended: list[Any]) -> None:
    """A file that would end much of a set is more likely half a file."""
    if not ended or contract.ending is None or upload.may_end_many:
        return
    rows: Any = contract.ending.model._base_manager
    count = rows.filter(institution=upload.institution_id).count()
    if len(ended) > MOST_ENDED * count:
        raise RuleBroken(
            "would_end_many",
            f"This would end {len(ended)} of {count}, more than a tenth. Send the whole set, or say `may_end_many`.",
        )


def end(merge: Merge, contract: Contract, ended: list[Any]) -> None:
    if not ended or contract.ending is None:
        return
    ending, position = contract.ending, len(contract.loads)
    table = ending.model._meta.db_table
    before = ", ".join(f"'{name}', own.{name}" for name in ending.change)
    merge.run(
        f"""
        INSERT INTO {EFFECTS} (id, institution_id, created_at, updated_at, version, upload_id, position, "table",
          row_id, row_version, before)
        SELECT gen_random_uuid(), %(institution)s, now(), now(), 1, %(upload)s, {position}, '{table}', own.id,
          own.version + 1, jsonb_build_object({before})
        FROM {table} own WHERE own.institution_id = %(institution)s AND own.id = ANY (%(ended)s)""",
        ended=ended,
    )
    values = ", ".join(f"{name} = {value}" for name, value in ending.change.items())
    merge.run(
        f"""
        UPDATE {table} SET {values}, updated_at = now(), version = version + 1
        WHERE institution_id = %(institution)s AND id = ANY (%(ended)s)""",
        ended=ended,
    )


# --- Undoing ---
def undo(actor: Actor, upload: Upload) -> Upload:
    """Put back what an upload did, as long as nothing newer touched its rows, nor hangs on those that it made."""
    contract = CONTRACTS[upload.set]
    alone(upload)
    effects = UploadEffect.objects.filter(institution=upload.institution_id, upload=upload)
    tables = list(effects.order_by("-position").values_list("position", "table").distinct())
    for _, table in tables:
        refuse_touched(upload, table)
    deeds = dict(enumerate(contract.deeds, first_deed(contract)))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for position, table in tables:
                if deed := deeds.get(position):
                    take_back(acting(actor, upload, contract), upload, position, deed)
                else:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    put_back(cursor, upload, position, table)
    except (IntegrityError, ProtectedError) as error:
        if isinstance(error.__cause__, CheckViolation):
            raise conflict_of(error) from error
        raise Conflict(
            "still_in_use", "Newer records point to rows that this upload made. Remove those first."
        ) from error
    changed(*contract.tells)
    effects.delete()
    return upload.change(state=Upload.State.UNDONE, undone_at=timezone.now())


def refuse_touched(upload: Upload, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*), min(told.id::text) FROM (
              SELECT row_id AS id, row_version AS version FROM {EFFECTS}
              WHERE institution_id = %(institution)s AND upload_id = %(upload)s AND "table" = %(table)s AND made IS NULL
              UNION ALL
              SELECT unnest(made), 1 FROM {EFFECTS}
              WHERE institution_id = %(institution)s AND upload_id = %(upload)s AND "table" = %(table)s
            ) told LEFT JOIN {table} own ON {here(table)} AND own.id = told.id
            WHERE own.version IS DISTINCT FROM told.version""",
            {"institution": upload.institution_id, "upload": upload.pk, "table": table},
        )
        touched, first = cursor.fetchone()
    if touched:
        raise Conflict(
            "changed_since", f"{touched} of its rows were changed since, such as {first}. They would lose that."
        )


def take_back(actor: Actor, upload: Upload, position: int, deed: Deed) -> None:
    """Take back what rules did, as a rule does it."""
    effects = UploadEffect.objects.filter(institution=upload.institution_id, upload=upload, position=position)
    rows: Any = deed.model._base_manager
    for made in effects.values_list("made", flat=True):
        for row in rows.filter(institution=upload.institution_id, pk__in=made).order_by("pk"):
            deed.undo(actor, row)


def put_back(cursor: Any, upload: Upload, position: int, table: str) -> None:
    """Rows that it changed get what they held; rows that it made go."""
    known = {"institution": upload.institution_id, "upload": upload.pk, "table": table, "position": position}
    which = f"""effect.institution_id = %(institution)s AND effect.upload_id = %(upload)s
      AND effect.position = %(position)s AND effect."table" = %(table)s AND {here(table)}"""
    cursor.execute(
        f"""
        SELECT DISTINCT jsonb_object_keys(before) FROM {EFFECTS}
        WHERE institution_id = %(institution)s AND upload_id = %(upload)s AND position = %(position)s
          AND "table" = %(table)s""",
        known,
    )
    names = [name for (name,) in cursor.fetchall()]
    if names:
        was = ", ".join(f"was.{name}" for name in names)
        cursor.execute(
            f"""
            UPDATE {table} own SET ({", ".join(names)}) = ROW({was}), version = own.version + 1, updated_at = now()
            FROM {EFFECTS} effect, jsonb_populate_record(NULL::{table}, effect.before) was
            WHERE {which} AND own.id = effect.row_id AND effect.before IS NOT NULL""",
            known,
        )
    made = "own.id = ANY (effect.made)"
    cursor.execute(f"DELETE FROM {table} own USING {EFFECTS} effect WHERE {which} AND {made}", known)
