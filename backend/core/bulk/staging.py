"""This file holds how the cells of a file become staged rows: headers matched, cells read, rows copied in batches.

`staged` is a temporary table with a column for each of the contract, and holds the good rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from django.db import connection

from core.bulk.columns import Column, Misread, as_text, is_blank
from core.bulk.contracts import Contract, plain_header
from core.bulk.models import Upload
from core.errors import RuleBroken

AT_ONCE = 1000
WORK_MEMORY = "64MB"
HEADER_WITHIN = 10  # rows: a title may stand above the header
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Error:
    """What is wrong with one cell: what was found, what is allowed, and what comes nearest."""

    column: str
    code: str
    found: str
    allowed: str
    nearest: str | None = None


@dataclass(slots=True)
class Read:
    """One row: its cells by column, its values, and what is wrong with it."""

    number: int
    cells: dict[str, Any]
    values: dict[str, Any]
    errors: list[Error] = field(default_factory=list)
    line: str = ""  # what stages it


class WrongHeader(RuleBroken):
    """The file lacks a column, or has one twice."""

    status = 400


@dataclass(frozen=True, slots=True)
class Header:
    """Which column stands where, and what the file has besides."""

    places: Mapping[int, Column]
    left_aside: Sequence[str]


def header_of(rows: Iterator[tuple[int, list[Any]]], contract: Contract) -> Header:
    """The header, which is the row among the first with the most columns of the contract; `rows` goes on after it."""
    known, best = contract.by_header, None
    for _, (_, cells) in zip(range(HEADER_WITHIN), rows, strict=False):
        places = {place: known[name] for place, cell in enumerate(cells) if (name := plain_header(cell or "")) in known}
        if len(places) > 1 or (places and len(contract.columns) == 1):
            best = places, cells
            break
    if best is None:
        names = ", ".join(column.name for column in contract.columns if column.required)
        raise WrongHeader(
            "header_missing", f"No row of the first {HEADER_WITHIN} names the columns: {names}.", field="file"
        )
    places, cells = best
    twice = [name for name, count in Counter(column.name for column in places.values()).items() if count > 1]
    if twice:
        raise WrongHeader("column_twice", f"Two columns of the file are {', '.join(twice)}. Keep one.", field="file")
    aside = [as_text(cell) for place, cell in enumerate(cells) if place not in places and not is_blank(cell)]
    missing = [column for column in contract.columns if column.required and column not in places.values()]
    if missing:
        raise WrongHeader("columns_missing", " ".join(lacking(column, aside) for column in missing), field="file")
    return Header(places, aside)


def lacking(column: Column, aside: Sequence[str]) -> str:
    by_plain = {plain_header(name): name for name in aside}
    near = get_close_matches(plain_header(column.name), by_plain, 1, 0.6)
    meant = f" Is it “{by_plain[near[0]]}”? Rename that." if near else ""
    return f"The column {column.name} is missing: {column.means.rstrip('.').lower()}.{meant}"


def read_rows(rows: Iterable[tuple[int, list[Any]]], header: Header) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row's cells by the name of the column; blank ones are None."""
    places = [(place, column.name) for place, column in header.places.items()]
    for number, cells in rows:
        width = len(cells)
        yield (
            number,
            {name: cells[place] if place < width and not is_blank(cells[place]) else None for place, name in places},
        )


class Reader:
    """Reads rows of cells by a contract."""

    def __init__(self, contract: Contract, institution: UUID, present: Iterable[str]) -> None:
        self.contract, self.institution = contract, institution
        # What a row asks of each column, looked up once: this runs for every cell.
        self.columns = [
            (column.name, column.read, column.required, column)
            for column in contract.columns
            if column.name in set(present)
        ]
        self.blank: dict[str, Any] = dict.fromkeys(name for name, *_ in self.columns)
        self.derived = [(derived.name, derived.work) for derived in contract.derived]

    def read(self, number: int, cells: dict[str, Any]) -> Read:
        values = self.blank.copy()
        errors: list[Error] = []
        for name, read, is_required, column in self.columns:
            cell = cells.get(name)
            if cell is None or (column.blanks and as_text(cell) in column.blanks):
                if is_required:
                    errors.append(Error(name, "required", "", column.allowed))
                continue
            try:
                values[name] = read(cell)
            except Misread as misread:
                fault = misread.fault
                found = as_text(cell)[:LONGEST_SHOWN]
                errors.append(Error(name, fault.code, found, fault.allowed, fault.nearest))
        if not errors:
            for name, work in self.derived:
                values[name] = work(values, self.institution)
        return Read(number, cells, values, errors)


class Staging:
    """The rows of one upload, in `staged`."""

    def __init__(self, contract: Contract, upload: Upload) -> None:
        self.reader = Reader(contract, upload.institution_id, upload.columns)
        self.kinds = {column.name: column.sql for column in contract.columns}
        self.kinds |= {derived.name: derived.sql for derived in contract.derived}

    def begin(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in self.kinds.items())
        with connection.cursor() as cursor:
            # A whole file is joined with itself a few times: in memory, or it goes to disk and back each time.
            cursor.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
            cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
            cursor.execute(f"CREATE TEMP TABLE staged (number int PRIMARY KEY, {columns}) ON COMMIT DROP")

    def add(self, rows: Sequence[tuple[int, dict[str, Any]]]) -> list[Read]:
        """Stage the good rows of a batch, and give all as they were read."""
        read = [self.reader.read(number, cells) for number, cells in rows]
        for one in read:
            if not one.errors:
                one.line = line([one.number, *map(one.values.get, self.kinds)])
        self.add_lines(one.line for one in read)
        return read

    def add_lines(self, lines: Iterable[str]) -> None:
        """Stage what was read before."""
        with connection.cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
            copy.write("".join(lines))

    def finish(self) -> None:
        with connection.cursor() as cursor:
            # How many rows there are is what the planner needs to know; of all columns it would take a while.
            cursor.execute("ANALYZE staged (number)")


def line(values: Sequence[Any]) -> str:
    """One line of COPY's text format. No text holds a tab or a line break: columns took them out."""
    return "\t".join([written(value) for value in values]) + "\n"


def written(value: Any) -> str:
    if value is None:
        return "\\N"
    if type(value) is bytes:
        return "\\\\x" + value.hex()
    text = value if type(value) is str else str(value)
    return text.replace("\\", "\\\\") if "\\" in text else text
