"""This file holds how the published files are read: which there are, their columns, and each row as it is meant."""

import csv
import lzma
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from pathlib import Path

from academic.imports.loads import BadSource
from core.texts import folded

CATALOG, SECTIONS = "catalogue_*.csv.xz", "sections_*.csv.xz"
OF_A_COURSE = ("Subject", "Number", "Name", "Description", "Credit Hours")
# "3 hours.", "1.5 hours.", "3 OR 4 hours.", "1 TO 4 hours."
HOURS = re.compile(r"(?P<least>\d+(\.\d)?)( (OR|TO) (?P<most>\d+(\.\d)?))? hours?\.?", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,3}")
SUBJECT = re.compile(r"[A-Z]{2,4}")
LABEL = re.compile(r"prerequisites?:\s*", re.IGNORECASE)
LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_PREREQUISITE = 200, 10_000, 2000


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course as the catalog has it. `prerequisite` is the sentence behind its label; empty where there is none."""

    file: str
    line: int
    subject: str
    code: str
    title: str
    credits: Decimal
    credits_up_to: Decimal | None
    level: int
    description: str
    prerequisite: str

    @property
    def search_text(self) -> str:
        return folded(f"{self.title} {self.code}")


def found_in(folder: Path, pattern: str) -> Path | None:
    """The one file of a kind; None where there is none."""
    files = sorted(folder.glob(pattern))
    if len(files) > 1:
        raise BadSource(f"{folder}: there are {len(files)} files {pattern}. Keep the one that is meant.")
    return files[0] if files else None


def catalog_in(folder: Path) -> Path:
    catalog = found_in(folder, CATALOG)
    if catalog is None:
        raise BadSource(f"{folder}: there is no file {CATALOG}. Give the folder of the published files.")
    return catalog


def rows_of(path: Path, wanted: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with its line, and with what HTML writes as entities as the characters they stand for."""
    try:
        with lzma.open(path, "rt", encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            if missing := [name for name in wanted if name not in (reader.fieldnames or ())]:
                raise BadSource(f"{path.name}, line 1: {', '.join(missing)} is missing. Take the file anew.")
            for row in reader:
                if None in row or None in row.values():
                    raise BadSource(f"{path.name}, line {reader.line_num}: this row has not as many fields as line 1.")
                yield reader.line_num, {name: unescape(value).strip() for name, value in row.items()}
    except (lzma.LZMAError, EOFError) as error:
        raise BadSource(f"{path.name}: the file is damaged ({error}). Take it anew from its source.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadSource(f"{path.name}: this is no CSV in UTF-8 ({error}). Take it anew from its source.") from error


def courses_of(path: Path) -> list[CourseRow]:
    """The courses that a file names, each once, in the order of the file; of several rows the first is read."""
    courses: dict[str, CourseRow] = {}
    for line, row in rows_of(path, OF_A_COURSE):
        if f"{row['Subject']} {row['Number']}" not in courses:
            course = course_of(path.name, line, row)
            courses[course.code] = course
    return list(courses.values())


def course_of(file: str, line: int, row: Mapping[str, str]) -> CourseRow:
    def refuse(column: str, words: str) -> BadSource:
        return BadSource(f"{file}, line {line}: {column} is {words}, not “{row[column]}”. Correct it.")

    if not SUBJECT.fullmatch(row["Subject"]):
        raise refuse("Subject", "2 to 4 capitals")
    if not NUMBER.fullmatch(row["Number"]) or int(row["Number"]) == 0:
        raise refuse("Number", "a number of 1 to 3 digits above 0")
    if not 0 < len(row["Name"]) <= LONGEST_TITLE:
        raise refuse("Name", f"a text of 1 to {LONGEST_TITLE} characters")
    if len(row["Description"]) > LONGEST_DESCRIPTION:
        raise refuse("Description", f"a text of at most {LONGEST_DESCRIPTION:,} characters")
    hours = HOURS.fullmatch(row["Credit Hours"])
    least, most = (Decimal(hours[name]) if hours and hours[name] else None for name in ("least", "most"))
    if least is None or (most is not None and most <= least):
        raise refuse("Credit Hours", "hours such as “3 hours.”, “3 OR 4 hours.” or “1 TO 4 hours.”")
    prerequisite = labeled(row["Description"])
    if len(prerequisite) > LONGEST_PREREQUISITE:
        raise refuse("Description", f"a text with prerequisites of at most {LONGEST_PREREQUISITE:,} characters")
    code = f"{row['Subject']} {row['Number']}"
    level = level_of(int(row["Number"]))
    return CourseRow(
        file, line, row["Subject"], code, row["Name"], least, most, level, row["Description"], prerequisite
    )


def level_of(number: int) -> int:
    """The hundreds of the number: CS 225 is of level 2. What is below 100 prepares for the first year."""
    return max(1, number // 100)


def labeled(description: str) -> str:
    """What stands behind "Prerequisite:", to the end: the catalog puts nothing after it."""
    parts = LABEL.split(description, maxsplit=1)
    return parts[1].strip() if len(parts) > 1 else ""
