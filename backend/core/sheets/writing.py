"""This file holds the workbooks we write: templates to fill in, and rows with the wrong cells marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import xlsxwriter

FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROWS_WITH_HELP = 10_000
WIDEST = 60
TEXT_KINDS = {"text", "phone", "email"}  # or Excel would make numbers of them, and drop the zeros before


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of a template."""

    name: str
    means: str
    allowed: str
    required: bool = False
    kind: str = "text"
    choices: Sequence[str] = ()
    examples: Sequence[str] = ()

    @property
    def note(self) -> str:
        need = "Required." if self.required else "May be left blank."
        example = f" For example: {', '.join(self.examples)}." if self.examples else ""
        return f"{self.means} {need} Takes {self.allowed}.{example}"


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """One row with what is wrong, by column."""

    number: int
    cells: dict[str, Any]
    wrong: dict[str, str] = field(default_factory=dict)


def write_template(columns: Sequence[TemplateColumn], *, title: str, means: str, version: str) -> bytes:
    """A workbook with a header, notes, drop-downs and a sheet that says what it all means."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        lists = None
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, bold)
            sheet.write_comment(0, place, column.note, {"x_scale": 2, "y_scale": 1.5})
            form = text if column.kind in TEXT_KINDS else day if column.kind == "date" else None
            sheet.set_column(place, place, max(14, len(column.name) + 4), form)
            if column.choices:
                lists = lists or book.add_worksheet("Lists")
                lists.write_column(0, place, column.choices)
                letter = xlsxwriter.utility.xl_col_to_name(place)
                source = f"=Lists!${letter}$1:${letter}${len(column.choices)}"
                sheet.data_validation(1, place, ROWS_WITH_HELP, place, {"validate": "list", "source": source})
        if lists:
            lists.hide()
        about = book.add_worksheet("About")
        about.set_column(0, 3, 40)
        for row, line in enumerate(
            [(title,), (means,), ("version", version), (), ("column", "means", "takes", "required")]
        ):
            about.write_row(row, 0, line, bold if row in (0, 4) else None)
        for row, column in enumerate(columns, 5):
            about.write_row(row, 0, (column.name, column.means, column.allowed, "yes" if column.required else "no"))
        book.set_properties({"title": title, "comments": f"contract {version}"})
    return content.getvalue()


def write_marked(names: Sequence[str], rows: Iterable[MarkedRow], *, title: str, version: str) -> bytes:
    """The same rows, wrong cells in red with a note, and a sheet `About` that lists them. Written row by row."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True, "strings_to_formulas": False}) as book:
        bold, wrong = book.add_format({"bold": True, "bottom": 1}), book.add_format({"bg_color": "#FFC7CE"})
        sheet, about = book.add_worksheet(title[:31]), book.add_worksheet("About")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, names, bold)
        about.write_row(0, 0, ("row here", "row sent", "column", "what is wrong"), bold)
        told = 0
        for place, row in enumerate(rows, 1):
            for column, name in enumerate(names):
                sentence = row.wrong.get(name)
                put(sheet, place, column, row.cells.get(name), wrong if sentence else None)
                if sentence:
                    sheet.write_comment(place, column, sentence)
                    told += 1
                    about.write_row(told, 0, (place + 1, row.number, name, sentence))
        book.set_properties({"title": title, "comments": f"contract {version}"})
    return content.getvalue()


def put(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    """A cell as it was sent; what could run as a formula is text, and stays it."""
    if value is None:
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, form)
    else:
        sheet.write(row, column, value, form)
