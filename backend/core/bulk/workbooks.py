"""This file holds the workbooks that an upload gives out: a set's template, and rows with wrong cells marked."""

from collections.abc import Iterator

from core.bulk import waiting
from core.bulk.contracts import CONTRACTS, Contract
from core.bulk.models import Upload
from core.sheets.writing import MarkedRow, TemplateColumn, write_marked, write_template


def template(contract: Contract) -> bytes:
    columns = [
        TemplateColumn(
            name=column.name,
            means=column.means,
            allowed=column.allowed,
            required=column.required,
            kind=column.kind,
            choices=column.choices,
            examples=list(column.examples),
        )
        for column in contract.columns
    ]
    return write_template(columns, title=contract.title, means=contract.means, version=contract.version)


def marked(upload: Upload) -> bytes:
    contract = CONTRACTS[upload.set]
    known = [column.name for column in contract.columns if column.name in upload.columns]
    return write_marked(known, rows_of(upload), title=contract.title, version=contract.version)


def rows_of(upload: Upload) -> Iterator[MarkedRow]:
    for row in waiting.rows(upload):
        wrong = {}
        for one in row.errors:
            nearest = f" Nearest: {one['nearest']}." if one["nearest"] else ""
            wrong[one["column"]] = f"Found: {one['found'] or 'nothing'}. Allowed: {one['allowed']}.{nearest}"
        yield MarkedRow(row.number, row.cells, wrong)
