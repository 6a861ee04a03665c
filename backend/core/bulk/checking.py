"""This file holds how an upload is checked and planned: every row read, judged against the others and the register.

It runs in a worker, in one transaction. Nobody sees half of it; how far it is stands in the cache (`progress.py`).
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import MappingProxyType
from typing import Any

from django.db import connection

from core.bulk import waiting
from core.bulk.contracts import CONTRACTS, Check, Contract
from core.bulk.deeds import refused_by_rules
from core.bulk.merging import Merge, Merged
from core.bulk.models import Upload, UploadContent
from core.bulk.progress import told
from core.bulk.staging import AT_ONCE, Error, Staging, header_of, read_rows
from core.errors import RuleBroken
from core.secrets.sealing import unseal
from core.sheets.reading import opened

CONTENT = f"{UploadContent._meta.db_table}.content"
EXAMPLES = 10
NOTHING: Mapping[int, Error] = MappingProxyType({})
OF_THE_FILE = {"as_read", "columns_left_aside", "column_not_kept"}  # notes that no correction of a row changes


class Cancelled(Exception):
    """Somebody cancelled the upload meanwhile."""


def check(upload: Upload, refused: Mapping[int, Error] = NOTHING) -> Upload:
    """Read what was sent, judge it, and say what a commit would do. A file that can't be read fails, and says why.

    `refused` are rows, by their number, that a rule refused when a commit was tried.
    """
    contract = CONTRACTS[upload.set]
    try:
        with rows_of(upload, contract) as rows:
            staging = Staging(contract, upload)
            staging.begin()
            stage(upload, staging, rows, round=upload.round + 1)
    except RuleBroken as refusal:
        return upload.change(state=Upload.State.FAILED, failure=as_failure(refusal))
    except Cancelled:
        return upload
    upload.round += 1
    waiting.runs(upload, round__lt=upload.round).delete()
    staging.finish()
    wrong = judge(upload, contract, refused)
    merge = Merge(upload, contract, upload.columns)
    tables = merge.resolve()
    if contract.is_tried and (broken := refused_by_rules(upload, contract)):
        wrong |= {number: [error] for number, error in broken.items()}
        unstage(broken)
        tables = merge.resolve()
    for row in waiting.take(upload, list(wrong)) if wrong else ():
        waiting.put(upload, row._replace(errors=waiting.told(wrong[row.number])))
    upload.contents.all().delete()
    upload.plan = planned(upload, merge, tables)
    return upload.change(state=Upload.State.PLANNED, is_corrected=False, **waiting.counted(upload))


@contextmanager
def rows_of(upload: Upload, contract: Contract) -> Iterator[Iterable[tuple[int, dict[str, Any]]]]:
    """The rows of the file, or, once it was read, those that are kept, as they were corrected."""
    sent = UploadContent.objects.filter(institution=upload.institution_id, upload=upload).first()
    if sent is None:
        upload.notes = [one for one in upload.notes if one["code"] in OF_THE_FILE]
        yield kept_rows(upload)
        return
    with NamedTemporaryFile() as file:
        file.write(unseal(bytes(sent.content), CONTENT, sent.pk, upload.institution_id))
        file.flush()
        with opened(Path(file.name), sheet=upload.sheet or None) as sheet:
            rows = iter(sheet.rows)
            header = header_of(rows, contract)
            upload.columns = [column.name for column in header.places.values()]
            upload.sheet = sheet.name
            upload.notes = [note("file", "as_read", words) for words in sheet.notes]
            if header.left_aside:
                names = ", ".join(header.left_aside[:EXAMPLES])
                upload.notes.append(
                    note("file", "columns_left_aside", f"Not read, being no columns of this set: {names}.")
                )
            for column in header.places.values():
                if column.unused:
                    upload.notes.append(note(column.name, "column_not_kept", column.unused))
            yield read_rows(rows, header)


def kept_rows(upload: Upload, **which: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((row.number, row.cells) for row in waiting.rows(upload, **which))


def stage(
    upload: Upload,
    staging: Staging,
    rows: Iterable[tuple[int, dict[str, Any]]],
    *,
    round: int,  # noqa: A002
) -> None:
    """Stage rows in batches, and keep them for what comes after this round of checking."""
    count = 0
    for batch in batches(rows):
        read = staging.add(batch)
        waiting.keep(upload, read, round)
        count += len(batch)
        told(upload.pk, count)
        if is_cancelled(upload):
            raise Cancelled()
    if not count:
        raise RuleBroken("empty_file", "The file has a header and no rows. Fill in a row for each, and send it again.")


def batches(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Sequence[tuple[int, dict[str, Any]]]]:
    batch: list[tuple[int, dict[str, Any]]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def is_cancelled(upload: Upload) -> bool:
    here = Upload.objects.filter(institution=upload.institution_id, pk=upload.pk)
    return here.filter(state=Upload.State.CANCELLED).exists()


# --- Rows against each other, and against the register ---
def judge(upload: Upload, contract: Contract, refused: Mapping[int, Error] = NOTHING) -> dict[int, list[Error]]:
    """Take the rows out of `staged` that are wrong beside others or the register, and say which; note the warnings."""
    found: dict[int, list[Error]] = defaultdict(list, {number: [error] for number, error in refused.items()})
    if contract.theirs and upload.reach is not None:
        # Taken out first: nothing is told of them, nor held for them.
        found.update({number: [error] for number, error in errors_of(contract.theirs, upload)})
        if found:
            unstage(found)
    with connection.cursor() as cursor:
        for statement in contract.before:
            cursor.execute(statement, {"institution": upload.institution_id})
    for one in (*repeated(contract), *contract.checks):
        if not {one.column} <= set(upload.columns):
            continue
        if one.is_warning:
            if rows := asked(one.found, upload):
                examples = [number for number, _ in rows[:EXAMPLES]]
                upload.notes.append(note(one.column, one.code, one.words, len(rows), examples))
            continue
        for number, error in errors_of(one, upload):
            found[number].append(error)
    if found:
        unstage(found)
    return found


def errors_of(check: Check, upload: Upload) -> Iterator[tuple[int, Error]]:
    """The rows that a check finds, each with the nearest of what could be meant: not told to who reaches less than the
    institution, for it may be what they do not see.
    """
    rows = asked(check.found, upload)
    could_be = asked(check.candidates, upload) if rows and check.candidates and upload.reach is None else ()
    candidates = {str(name).casefold(): str(name) for (name,) in could_be}
    for number, text in rows:
        near = get_close_matches(str(text).casefold(), candidates, 1, 0.6)
        nearest = candidates[near[0]] if near else None
        yield number, Error(check.column, check.code, str(text or ""), check.words, nearest)


def unstage(numbers: Iterable[int]) -> None:
    """Take rows out of `staged`."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM staged WHERE number = ANY (%s)", [list(numbers)])
        cursor.execute("ANALYZE staged (number)")


def repeated(contract: Contract) -> Iterator[Check]:
    """No two rows of a file are the same thing."""
    keys = ", ".join(contract.key)
    shown = " || ', ' || ".join(f"{name}::text" for name in contract.key)
    yield Check(
        column=contract.key[0],
        code="twice_in_file",
        found=f"""
        SELECT number, shown FROM (
          SELECT number, {shown} AS shown, row_number() OVER (PARTITION BY {keys} ORDER BY number) AS place FROM staged
        ) counted WHERE place > 1 ORDER BY number""",
        words="a row that no row above it is: keep one of the two",
    )


def asked(sql: str, upload: Upload) -> list[tuple]:
    reach = upload.reach or {"units": [], "own": False}
    person = upload.sent_by if reach["own"] else None
    with connection.cursor() as cursor:
        cursor.execute(sql, {"institution": upload.institution_id, "units": reach["units"], "person": person})
        return cursor.fetchall()


# --- What is told ---
def note(column: str, code: str, message: str, rows: int = 0, examples: Sequence[int] = ()) -> dict[str, Any]:
    return {"column": column, "code": code, "message": message, "rows": rows, "examples": list(examples)}


def as_failure(refusal: RuleBroken) -> dict[str, Any]:
    return {"code": refusal.code, "message": refusal.message}


def planned(upload: Upload, merge: Merge, tables: dict[str, Merged]) -> dict[str, Any]:
    """What a commit would do, by row and by table."""
    counts = dict(
        merge.asked(f"SELECT action, count(*) FROM ({merge.actions()}) told (number, action) GROUP BY action")
    )
    actions = {action: counts.get(action, 0) for action in ("create", "change", "unchanged")}
    return {**actions, "end": len(to_end(upload, merge)), "tables": {name: asdict(one) for name, one in tables.items()}}


def to_end(upload: Upload, merge: Merge) -> list[Any]:
    """What a complete file no longer has."""
    ending = merge.contract.ending
    return [row for (row,) in merge.asked(ending.found)] if upload.is_complete and ending else []
