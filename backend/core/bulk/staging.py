"""This file holds how the cells of a file become staged rows: headers matched, cells read, rows copied in batches.

`staged` has a column for each of the contract and holds the good rows; `arrived` holds every row, its cells sealed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from core.bulk.columns import Column, Misread, as_text, is_blank
from core.bulk.contracts import Contract, plain_header
from core.bulk.models import StagedRow
from core.errors import RuleBroken
from core.ids import uuid7
from core.secrets.sealing import sealer, unseal

SEALED = f"{StagedRow._meta.db_table}.content"
AT_ONCE = 2000
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
        self.columns = [column for column in contract.columns if column.name in set(present)]

    def read(self, number: int, cells: dict[str, Any]) -> Read:
        values: dict[str, Any] = {}
        errors: list[Error] = []
        for column in self.columns:
            name = column.name
            cell = cells.get(name)
            values[name] = None
            if cell is None:
                if column.required:
                    errors.append(Error(name, "required", "", column.allowed))
                continue
            try:
                values[name] = column.read(cell)
            except Misread as misread:
                fault = misread.fault
                found = as_text(cell)[:LONGEST_SHOWN]
                errors.append(Error(name, fault.code, found, fault.allowed, fault.nearest))
        if not errors:
            for derived in self.contract.derived:
                values[derived.name] = derived.work(values, self.institution)
        return Read(number, cells, values, errors)


class Staging:
    """The two temporary tables of one upload."""

    def __init__(self, contract: Contract, institution: UUID, present: Iterable[str]) -> None:
        self.contract, self.institution = contract, institution
        self.reader = Reader(contract, institution, present)
        self.seal = sealer(SEALED, institution)
        self.kinds = {column.name: column.sql for column in contract.columns}
        self.kinds |= {derived.name: derived.sql for derived in contract.derived}

    def begin(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in self.kinds.items())
        with connection.cursor() as cursor:
            for table in ("staged", "arrived"):
                cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
            cursor.execute(f"CREATE TEMP TABLE staged (number int PRIMARY KEY, {columns}) ON COMMIT DROP")
            cursor.execute(
                "CREATE TEMP TABLE arrived (number int, id uuid, is_good boolean, content bytea) ON COMMIT DROP"
            )

    def add(self, rows: Sequence[tuple[int, dict[str, Any]]], *, keep: bool) -> list[Read]:
        """Stage a batch; the rows that have errors. `keep`: they are new, and are to be kept."""
        read = [self.reader.read(number, cells) for number, cells in rows]
        good = [one for one in read if not one.errors]
        with connection.cursor() as cursor:
            with cursor.copy("COPY staged FROM STDIN") as copy:
                names = list(self.kinds)
                copy.write("".join(line([one.number, *map(one.values.get, names)]) for one in good))
            if keep:
                with cursor.copy("COPY arrived FROM STDIN") as copy:
                    copy.write("".join(line([one.number, *self.kept(one)]) for one in read))
        return [one for one in read if one.errors]

    def kept(self, one: Read) -> tuple[UUID, bool, bytes]:
        row = uuid7()
        return row, not one.errors, self.seal(packed(one.cells, one.errors), row)

    def finish(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE staged")


def packed(cells: Mapping[str, Any], errors: Sequence[Error]) -> bytes:
    return orjson.dumps({"cells": cells, "errors": [asdict(one) for one in errors]})


def unpacked(row: UUID, content: bytes, institution: UUID) -> dict[str, Any]:
    """What a staged row holds: its cells, and its errors."""
    return orjson.loads(unseal(content, SEALED, row, institution))


def line(values: Sequence[Any]) -> str:
    """One line of COPY's text format. No text holds a tab or a line break: columns took them out."""
    return "\t".join([written(value) for value in values]) + "\n"


def written(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    text = str(value)
    return text.replace("\\", "\\\\") if "\\" in text else text
