"""This file holds the rows of an upload while they wait: sealed, in runs of good ones, and one by one where wrong.

A run is one value to seal and one row to write, which is what makes a file of 100,000 rows cheap to keep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import orjson
from django.db.models import Sum

from core.bulk.models import StagedRow, Upload
from core.bulk.staging import Error, Read
from core.secrets.sealing import seal, unseal

SEALED = f"{StagedRow._meta.db_table}.content"


class Waiting(NamedTuple):
    """One row that waits."""

    number: int
    cells: dict[str, Any]
    errors: list[dict[str, Any]]
    line: str = ""  # what stages it, where it is good


def keep(upload: Upload, read: Sequence[Read], round: int) -> None:  # noqa: A002
    """Keep a batch of rows: the good ones in one run."""
    good = [Waiting(one.number, one.cells, [], one.line) for one in read if not one.errors]
    wrong = [[Waiting(one.number, one.cells, told(one.errors))] for one in read if one.errors]
    StagedRow.objects.bulk_create(run_of(upload, run, round) for run in ([good] if good else []) + wrong)


def told(errors: Sequence[Error]) -> list[dict[str, Any]]:
    return [asdict(error) for error in errors]


def run_of(upload: Upload, rows: Sequence[Waiting], round: int) -> StagedRow:  # noqa: A002
    run = StagedRow(institution_id=upload.institution_id, upload=upload, round=round)
    return filled(run, rows)


def filled(run: StagedRow, rows: Sequence[Waiting]) -> StagedRow:
    run.number, run.last, run.rows_count = rows[0].number, rows[-1].number, len(rows)
    run.errors_count = sum(len(row.errors) for row in rows)
    run.state = StagedRow.State.ERROR if run.errors_count else StagedRow.State.GOOD
    run.content = seal(orjson.dumps([list(row) for row in rows]), SEALED, run.pk, run.institution_id)
    return run


def opened(run: StagedRow) -> list[Waiting]:
    return [Waiting(*row) for row in orjson.loads(unseal(bytes(run.content), SEALED, run.pk, run.institution_id))]


def runs(upload: Upload, **which: Any) -> Any:
    return StagedRow.objects.filter(institution=upload.institution_id, upload=upload, **which)


def rows(upload: Upload, **which: Any) -> Iterator[Waiting]:
    """All rows, run by run: nearly in the order of the file."""
    for run in runs(upload, **which).order_by("number").iterator(chunk_size=10):
        yield from opened(run)


def page(upload: Upload, after: int, limit: int, **which: Any) -> list[Waiting]:
    """So many rows after a number, in the order of the file. Runs overlap: a wrong row lies within one."""
    found: list[Waiting] = []
    for run in runs(upload, last__gt=after, **which).order_by("number").iterator(chunk_size=10):
        if len(found) >= limit and run.number > found[limit - 1].number:
            break
        found = sorted([*found, *(row for row in opened(run) if row.number > after)])[: max(limit, 1)]
    return found


def take(upload: Upload, numbers: Sequence[int]) -> list[Waiting]:
    """Take rows out of the runs in which they wait."""
    wanted, taken = set(numbers), list[Waiting]()
    for run in runs(upload, number__lte=max(wanted), last__gte=min(wanted)).select_for_update().order_by("number"):
        if not any(run.number <= number <= run.last for number in wanted):
            continue
        held = opened(run)
        left = [row for row in held if row.number not in wanted]
        taken += [row for row in held if row.number in wanted]
        if not left:
            run.delete()
        elif len(left) < len(held):
            filled(run, left).save()
    return taken


def put(upload: Upload, row: Waiting) -> None:
    run_of(upload, [row], upload.round).save(force_insert=True)


def counted(upload: Upload) -> dict[str, int]:
    wrong = runs(upload, state=StagedRow.State.ERROR)
    return {
        "rows_count": runs(upload).aggregate(rows=Sum("rows_count", default=0))["rows"],
        "error_rows_count": wrong.count(),
        "errors_count": wrong.aggregate(errors=Sum("errors_count", default=0))["errors"],
    }
