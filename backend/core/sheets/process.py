"""This file holds the program that opens a spreadsheet, in a process of its own (`core/processes/confined.py`).

It is given a path, a sheet's name or nothing, and limits; it yields first what it found (`{"sheet": ..., "notes":
[...]}`), then batches of rows, each `(number in the file, cells)`. Cells are text, numbers, booleans, or None; dates
are text as ISO 8601 writes them.
"""

import csv
import marshal
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NoReturn

import python_calamine

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A PDF, a PNG, a JPEG, a letter, a page of the web: they may be text, and are no table.
OTHERS = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf", b"<")
OURS = {"About", "Lists"}  # the sheets of a template that hold no rows
BATCH = 1000
SNIFFED = 64 * 1024
DELIMITERS = ",;\t|"


class Refused(Exception):
    """What a person can mend: a code, and what the sentence about it names."""


def refuse(code: str, *named: object) -> NoReturn:
    raise Refused(code, *named)


def main(sent: str, sheet: str | None, limits: dict[str, int]) -> Iterator[Any]:
    """The head, then batches of rows."""
    path = Path(sent)
    with path.open("rb") as file:
        begin = file.read(SNIFFED)
    if not begin.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        refuse("empty_file")
    if begin.startswith(ZIP):
        refuse_bomb(path, limits)
        yield from of_workbook(path, sheet, limits)
    elif begin.startswith(OLE):
        if ENCRYPTED in path.read_bytes():
            refuse("password_protected")
        yield from of_workbook(path, sheet, limits)
    elif begin.lstrip().startswith(OTHERS):
        refuse("not_a_spreadsheet")
    else:
        yield from of_text(path, begin, limits)


def refuse_bomb(path: Path, limits: dict[str, int]) -> None:
    """Judge an archive by its directory, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        refuse("not_a_spreadsheet")
    packed = max(1, sum(member.compress_size for member in members))
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits["members"] or unpacked > limits["unpacked"] or unpacked > packed * limits["ratio"]:
        refuse("too_large_unpacked")
    if any(member.flag_bits & 1 for member in members):
        refuse("password_protected")


# --- Workbooks ---
def of_workbook(path: Path, sheet: str | None, limits: dict[str, int]) -> Iterator[Any]:
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        name, notes = chosen(workbook, sheet)
        table = workbook.get_sheet_by_name(name)
        merged = table.merged_cell_ranges or []
    except python_calamine.PasswordError:
        refuse("password_protected")
    except (python_calamine.CalamineError, OSError, ValueError):
        refuse("not_a_spreadsheet")
    if merged:
        refuse("merged_cells", ", ".join(f"{address(*begin)}:{address(*end)}" for begin, end in merged[:5]))
    yield {"sheet": name, "notes": notes}
    first = (table.start or (0, 0))[0] + 1
    yield from batches(enumerate(table.iter_rows(), first), limits)


def address(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def chosen(workbook: Any, sheet: str | None) -> tuple[str, list[list[str]]]:
    """The sheet that is meant, and what is to be said about the others."""
    names = [
        one.name
        for one in workbook.sheets_metadata
        if one.visible == python_calamine.SheetVisibleEnum.Visible and one.name not in OURS
    ]
    if sheet is not None:
        if sheet not in workbook.sheet_names:
            refuse("no_such_sheet", sheet, ", ".join(names))
        return sheet, []
    full = [name for name in names if workbook.get_sheet_by_name(name).height]
    if not full:
        refuse("empty_file")
    if len(full) > 1:
        refuse("several_sheets", ", ".join(full))
    return full[0], []


# --- Text ---
def of_text(path: Path, begin: bytes, limits: dict[str, int]) -> Iterator[Any]:
    encoding, notes = encoding_of(path, begin)
    with path.open(encoding=encoding, newline="") as file:
        try:
            sample = file.read(SNIFFED)
        except UnicodeError:
            refuse("not_a_spreadsheet")
        if "\x00" in sample or sum(not letter.isprintable() and letter not in "\r\n\t" for letter in sample[:4096]) > 8:
            refuse("not_a_spreadsheet")
        file.seek(0)
        lines = csv.reader(file, delimiter=delimiter_of(sample))
        yield {"sheet": "", "notes": notes}
        yield from batches(numbered(lines), limits)


def numbered(lines: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each ends, which is where an editor shows it."""
    csv.field_size_limit(32_000)
    try:
        for cells in lines:
            yield lines.line_num, cells
    except (csv.Error, UnicodeDecodeError):
        refuse("broken_line", lines.line_num + 1)


def encoding_of(path: Path, begin: bytes) -> tuple[str, list[list[str]]]:
    if begin.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", []
    if begin.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", []
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252", [["encoding_guessed", "Windows-1252"]]
    return "utf-8", []


def delimiter_of(sample: str) -> str:
    """The one that the first line has most of."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


# --- Rows ---
def batches(rows: Iterable[tuple[int, list]], limits: dict[str, int]) -> Iterator[list]:
    batch: list[tuple[int, list]] = []
    count = 0
    for number, cells in rows:
        if any(cell not in ("", None) for cell in cells):
            if len(cells) > limits["columns"] and any(cell != "" for cell in cells[limits["columns"] :]):
                refuse("too_many_columns", limits["columns"])
            batch.append((number, cells[: limits["columns"]]))
            count += 1
            if count > limits["rows"]:
                refuse("too_many_rows", limits["rows"])
            if len(batch) == BATCH:
                yield plain(batch)
                batch = []
    if batch:
        yield plain(batch)


def plain(batch: list) -> list:
    """The same, with every value one that marshal knows; most batches are so already."""
    try:
        marshal.dumps(batch)
    except ValueError:
        return [(number, [told(cell) for cell in cells]) for number, cells in batch]
    return batch


def told(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell
