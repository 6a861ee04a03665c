"""This file holds how a spreadsheet of a stranger is read: XLSX, XLSM, XLS, ODS, or text with commas and the like.

Whatever the file is, this process stays small: `process.py` opens it in another one, which has limits on memory, time
and rows, and sends the rows as it reads them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import RuleBroken
from core.processes.running import Died, Refused, confined

PROGRAM = Path(__file__).with_name("process.py")
MIB = 1024 * 1024
Cell = str | int | float | bool | None

REFUSALS = {
    "empty_file": "The file has no rows. Take the template, fill in a row for each, and send it again.",
    "not_a_spreadsheet": "This is not a spreadsheet that can be read. Save it as XLSX, ODS or CSV, and send it again.",
    "password_protected": "The file is protected by a password. Save it without one, and send it again.",
    "too_large_unpacked": "The file is too large once it is unpacked. Divide it, and send the parts.",
    "merged_cells": "Cells are merged: {}. Unmerge them, so that each row has its own, and send the file again.",
    "several_sheets": "Several sheets have rows: {}. Say which one is meant, as `sheet`.",
    "no_such_sheet": "The file has no sheet {}. It has: {}.",
    "too_many_rows": "The file has more than {} rows. Divide it, and send the parts.",
    "too_many_columns": "The file has more than {} columns. Take those of the template.",
    "broken_line": "Line {} can't be read: a quotation mark is not closed, or a cell is endless. Mend it.",
    "unreadable": "Reading this file took more time or memory than any good one does. Save it anew, or divide it.",
}
NOTES = {"encoding_guessed": "The file does not say how its letters are encoded: it was read as {}."}


class Unreadable(RuleBroken):
    """A file that is no spreadsheet we take: why, and what to do."""

    status = 400

    def __init__(self, code: str, named: list[str] | None = None) -> None:
        super().__init__(code, REFUSALS[code].format(*(named or [])), field="file")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. Memory and what it unpacks to are in bytes."""

    rows: int = 250_000
    columns: int = 200
    members: int = 500
    unpacked: int = 400 * MIB
    ratio: int = 200
    memory: int = 1024 * MIB
    seconds: int = 120


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows, each `(number in the file, cells)`, that can be walked once; empty ones are left out."""

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    notes: list[str] = field(default_factory=list)


@contextmanager
def opened(path: Path, *, sheet: str | None = None, limits: Limits | None = None) -> Iterator[Sheet]:
    """The sheet that has rows, or the one that is named. Raises Unreadable, here or while the rows are walked."""
    most = limits or Limits()
    with confined(PROGRAM, str(path), sheet, asdict(most), memory=most.memory, seconds=most.seconds) as values:
        values = understood(values)
        head = next(values)
        notes = [NOTES[code].format(*named) for code, *named in head["notes"]]
        yield Sheet(head["sheet"], (row for batch in values for row in batch), notes)


def understood(values: Iterator[Any]) -> Iterator[Any]:
    """The same values; a no is one of ours, with a sentence."""
    try:
        yield from values
    except Refused as refusal:
        raise Unreadable(refusal.code, refusal.named) from refusal
    except Died as death:
        raise Unreadable("unreadable") from death
