"""This file holds the tests of reading spreadsheets of strangers, and of those that we write."""

import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.sheets.reading import Limits, Unreadable, opened
from core.sheets.writing import MarkedRow, TemplateColumn, write_marked, write_template
from core.tests.uploads_lab import workbook

SMALL = Limits(rows=5, columns=4)


def read(tmp_path: Path, content: bytes, **options) -> list[list]:
    path = tmp_path / "sent"
    path.write_bytes(content)
    with opened(path, **options) as sheet:
        return [cells for _, cells in sheet.rows]


def refused(tmp_path: Path, content: bytes, **options) -> str:
    with pytest.raises(Unreadable) as refusal:
        read(tmp_path, content, **options)
    return refusal.value.code


def book(change) -> bytes:
    """A workbook as openpyxl writes it, after a change."""
    made, content = openpyxl.Workbook(), BytesIO()
    made.active.append(["code", "name"])
    made.active.append(["SCI", "Science"])
    change(made)
    made.save(content)
    return content.getvalue()


def bomb() -> bytes:
    """A megabyte that unpacks to a gigabyte."""
    content = BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as file,
    ):
        for _ in range(1024):
            file.write(b"0" * 2**20)
    return content.getvalue()


# --- What is read ---
@pytest.mark.parametrize(
    "content",
    [
        b"code,name\nSCI,Caf\xc3\xa9\n",
        b"\xef\xbb\xbfcode;name\r\nSCI;Caf\xc3\xa9\r\n",
        "code\tname\nSCI\tCafé\n".encode("utf-16"),
        b"code|name\nSCI|Caf\xe9\n",
        b'"code","name"\n\n\n"SCI","Caf\xc3\xa9"\n',
    ],
    ids=["UTF-8", "BOM and semicolons", "UTF-16 and tabs", "Windows-1252 and bars", "quotes and empty lines"],
)
def test_text_is_read_however_it_is_encoded_and_divided(tmp_path, content):
    assert read(tmp_path, content) == [["code", "name"], ["SCI", "Café"]]


def test_an_encoding_that_was_guessed_is_told(tmp_path):
    (tmp_path / "sent").write_bytes(b"code\nCaf\xe9\n")
    with opened(tmp_path / "sent") as sheet:
        assert sheet.notes == ["The file does not say how its letters are encoded: it was read as Windows-1252."]


def test_a_formula_is_read_by_its_value(tmp_path):
    content = BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(content) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["code", "size"])
        sheet.write_formula(1, 1, "=1+1", None, 2)
    assert read(tmp_path, content.getvalue())[1][1] == 2


def test_dates_come_as_iso_text(tmp_path):
    from datetime import date

    content = book(lambda made: made.active.append(["X", date(2026, 5, 17)]))
    assert read(tmp_path, content)[2] == ["X", "2026-05-17"]


def test_a_million_empty_rows_are_none(tmp_path):
    content = book(lambda made: made.active.cell(1_048_000, 1, "LAST"))
    assert [cells[0] for cells in read(tmp_path, content)] == ["code", "SCI", "LAST"]


def test_the_rows_keep_their_numbers(tmp_path):
    (tmp_path / "sent").write_bytes(book(lambda made: made.active.cell(9, 1, "LAST")))
    with opened(tmp_path / "sent") as sheet:
        assert [number for number, _ in sheet.rows] == [1, 2, 9]


def test_of_several_sheets_the_named_one_is_read(tmp_path):
    content = book(lambda made: made.create_sheet("Other").append(["code"]))
    assert refused(tmp_path, content) == "several_sheets"
    assert read(tmp_path, content, sheet="Other") == [["code"]]
    assert refused(tmp_path, content, sheet="None") == "no_such_sheet"


# --- What is refused ---
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\x00" * 1000, "empty_file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 20, "not_a_spreadsheet"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not_a_spreadsheet"),
        (b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF", "not_a_spreadsheet"),
        (b"\r\n<html><table><tr><td>code</td></tr></table></html>", "not_a_spreadsheet"),
        (b"PK\x03\x04 this is no archive", "not_a_spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "not_a_spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (b'code,name\n"never closed' + b"x" * 40_000, "broken_line"),
        (b"a,b\n" * 6, "too_many_rows"),
        (b"a,b,c,d,e\n", "too_many_columns"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_by_its_content(tmp_path, content, code):
    assert refused(tmp_path, content, limits=SMALL) == code


def test_merged_cells_are_refused_and_named(tmp_path):
    content = book(lambda made: made.active.merge_cells("A2:B3"))
    with pytest.raises(Unreadable, match="A2:B3"):
        read(tmp_path, content)


def test_an_archive_that_unpacks_to_a_gigabyte_is_refused_before_it_is_unpacked(tmp_path):
    assert refused(tmp_path, bomb()) == "too_large_unpacked"


def test_a_reader_that_runs_out_of_memory_is_only_a_file_that_can_not_be_read(tmp_path):
    content = workbook(*[[f"{row} {column}" for column in range(50)] for row in range(20_000)])
    assert refused(tmp_path, content, limits=Limits(memory=64 * 2**20)) in ("unreadable", "too_large_unpacked")


@given(place=some.integers(0, 5000), byte=some.integers(0, 255))
def test_a_changed_byte_is_read_or_refused_and_nothing_else(place, byte, tmp_path_factory):
    content = bytearray(workbook(["code", "name"], ["SCI", "Science"]))
    content[place % len(content)] = byte
    with suppress(Unreadable):
        read(tmp_path_factory.mktemp("changed"), bytes(content))


# --- What we write ---
def test_a_template_has_notes_drop_downs_and_its_version():
    columns = [
        TemplateColumn("sex", "The sex.", "one of female, male", kind="choice", choices=["female", "male"]),
        TemplateColumn("phone", "A number.", "a telephone number", required=True, kind="phone"),
    ]
    made = openpyxl.load_workbook(BytesIO(write_template(columns, title="People", means="One each.", version="abc")))
    sheet = made["People"]
    assert [cell.value for cell in sheet[1]] == ["sex", "phone"]
    assert "Required." in sheet["B1"].comment.text
    assert sheet.data_validations.dataValidation[0].formula1 == "Lists!$A$1:$A$2"
    assert made["Lists"].sheet_state == "hidden"
    assert made["About"]["B3"].value == "abc"


def test_a_template_that_was_filled_in_is_read_back(tmp_path):
    content = write_template([TemplateColumn("code", "The code.", "a text")], title="Units", means="", version="1")
    made = openpyxl.load_workbook(BytesIO(content))
    made["Units"]["A2"] = "SCI"
    filled = BytesIO()
    made.save(filled)
    assert read(tmp_path, filled.getvalue()) == [["code"], ["SCI"]]


def test_marked_rows_are_the_same_rows_with_notes_where_they_are_wrong(tmp_path):
    rows = [
        MarkedRow(2, {"code": "=1+1", "size": 3}),
        MarkedRow(3, {"code": None, "size": "x"}, {"size": "Not a number."}),
    ]
    content = write_marked(["code", "size"], rows, title="Units", version="1")
    assert read(tmp_path, content) == [["code", "size"], ["=1+1", 3], ["", "x"]]
    sheet = openpyxl.load_workbook(BytesIO(content))["Units"]
    assert sheet["A2"].data_type == "s"
    assert sheet["B3"].comment.text == "Not a number."
