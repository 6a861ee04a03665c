"""This file holds the columns of a contract: what each takes, in words, in SQL, and cell by cell.

A column reads what people really write: a number as text, a date as a serial number, a choice in other letters. What it
can't read becomes a problem that says what was found, what is allowed, and what comes nearest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any
from unicodedata import normalize

from core.texts import folded

EPOCH = date(1899, 12, 30)  # from which spreadsheets count days; so their wrong leap day of 1900 is before ours
SERIALS = range(3653, 109575)  # 1910 to 2199
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y", "%d %b %Y")
BLANK = {"", "-", "n/a", "na", "null", "none", "nil", "#n/a"}
LONGEST_BLANK = 6  # with blanks about it
YES, NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,28}[0-9]")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell can't be taken."""

    code: str
    allowed: str
    nearest: str | None = None


class Misread(Exception):
    """Raised by a column for a cell it can't take."""

    def __init__(self, code: str, allowed: str, nearest: str | None = None) -> None:
        super().__init__(code)
        self.fault = Fault(code, allowed, nearest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: text, unless a subclass says otherwise.

    name       what it is called in a template, in SQL, and in answers
    means      what it holds, in words
    aliases    what it is called in the wild; capitals, blanks and underscores don't count
    required   whether a row needs it
    examples   shown in the template
    sticky     what somebody changed by hand is kept, unless the upload asks otherwise
    unused     it is taken and not kept; the sentence that says why
    blanks     what is written in the wild for nothing, besides what is for every column
    """

    name: str
    means: str
    aliases: Sequence[str] = ()
    required: bool = False
    examples: Sequence[str] = ()
    sticky: bool = False
    unused: str = ""
    blanks: Sequence[str] = ()
    longest: int = 200
    pattern: str = ""
    pattern_means: str = ""
    kind = "text"
    sql = "text"

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        return self.pattern_means or f"a text of at most {self.longest} characters"

    @property
    def choices(self) -> list[str]:
        return []

    def read(self, cell: Any) -> Any:
        """The value of a cell that is not blank, or Misread."""
        text = as_text(cell)
        if len(text) > self.longest or (self.pattern and not re.fullmatch(self.pattern, text)):
            raise Misread("not_allowed_here", self.allowed)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Column):
    """One of a few values. `also` says what people write for each: {"female": ("f", "woman")}."""

    values: Sequence[str] = ()
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_word: Mapping[str, str] = field(init=False, default_factory=dict)
    kind = "choice"

    def __post_init__(self) -> None:
        words = {folded(str(value)).replace("_", " "): str(value) for value in self.values}
        words |= {folded(word): value for value, others in self.also.items() for word in others}
        object.__setattr__(self, "by_word", words)

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(map(str, self.values))}"

    @property
    def choices(self) -> list[str]:
        return [str(value) for value in self.values]

    def read(self, cell: Any) -> str:
        text = as_text(cell)
        word = folded(text).replace("_", " ")
        if word not in self.by_word:
            raise Misread("not_a_choice", self.allowed, nearest(word, self.by_word))
        return self.by_word[word]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices(Choice):
    """Some of a few values, with commas between them."""

    kind = "choices"
    sql = "text[]"

    @property
    def allowed(self) -> str:
        return f"any of {', '.join(map(str, self.values))}, with commas between them"

    @property
    def choices(self) -> list[str]:
        return []  # a drop-down offers one

    def read(self, cell: Any) -> str:
        """An array as PostgreSQL reads it, each value once."""
        parts = {Choice.read(self, part) for part in re.split("[,;/]", as_text(cell)) if not is_blank(part)}
        return f"{{{','.join(sorted(parts))}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Choice):
    """One value of a long list, such as that of countries; `told` says in words what stands there."""

    told: str = ""
    kind = "listed"

    @property
    def allowed(self) -> str:
        return self.told

    @property
    def choices(self) -> list[str]:
        return []  # too many for a drop-down


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Column):
    """A whole number between two."""

    lowest: int = 0
    highest: int = 10**9
    kind = "whole"
    sql = "bigint"

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.lowest} to {self.highest}"

    def read(self, cell: Any) -> int:
        number = as_number(cell, self.allowed)
        if number != number.to_integral_value() or not self.lowest <= number <= self.highest:
            raise Misread("not_allowed_here", self.allowed)
        return int(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year(Whole):
    """A year; of a date, its year is meant."""

    lowest: int = 1900
    highest: int = 2200
    kind = "year"

    @property
    def allowed(self) -> str:
        return f"a year from {self.lowest} to {self.highest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Column):
    """A number with at most so many decimals. What could not be kept is refused, never rounded away."""

    lowest: Decimal = Decimal(0)
    highest: Decimal = Decimal(10**9)
    decimals: int = 2
    kind = "number"
    sql = "numeric"

    @property
    def allowed(self) -> str:
        return f"a number from {self.lowest} to {self.highest} with at most {self.decimals} decimals"

    def read(self, cell: Any) -> Decimal:
        number = as_number(cell, self.allowed)
        if not self.lowest <= number <= self.highest or number != round(number, self.decimals):
            raise Misread("not_allowed_here", self.allowed)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Column):
    """A date: as a date, as text, or as the serial number that a spreadsheet keeps."""

    kind = "date"
    sql = "date"

    @property
    def allowed(self) -> str:
        return "a date, such as 2026-05-17"

    def read(self, cell: Any) -> date:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            if cell == int(cell) and int(cell) in SERIALS:
                return EPOCH + timedelta(days=int(cell))
            raise Misread("not_a_date", self.allowed)
        text = as_text(cell)
        if len(text) == len("2026-05-17T00:00:00") and text[10] in "T ":
            text = text[:10]
        for form in DATES:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 (a day has no zone)
            except ValueError:
                continue
        raise Misread("not_a_date", self.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Column):
    """Yes or no."""

    kind = "flag"
    sql = "boolean"

    @property
    def allowed(self) -> str:
        return "yes or no"

    @property
    def choices(self) -> list[str]:
        return ["yes", "no"]

    def read(self, cell: Any) -> bool:
        if isinstance(cell, bool):
            return cell
        word = folded(as_text(cell))
        if word not in YES | NO:
            raise Misread("not_a_choice", self.allowed)
        return word in YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Column):
    """An e-mail address."""

    longest: int = 254
    pattern: str = EMAIL.pattern
    pattern_means: str = "an e-mail address"
    kind = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Column):
    """A telephone number, however it is spaced."""

    longest: int = 30
    pattern: str = PHONE.pattern
    pattern_means: str = "a telephone number, such as +263 77 123 4567"
    kind = "phone"


def is_blank(cell: Any) -> bool:
    if not isinstance(cell, str):
        return cell is None
    return not cell or cell.isspace() or (len(cell) <= LONGEST_BLANK and folded(cell) in BLANK)


def as_text(cell: Any) -> str:
    """A cell as people see it: 2019.0 is 2019, and no blank or control character hides at its ends."""
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    if isinstance(cell, str):
        return cell if cell.isascii() and cell.isprintable() and cell == cell.strip() else tidy(cell)
    return str(cell)


def tidy(text: str) -> str:
    return " ".join(CONTROL.sub(" ", normalize("NFC", text)).split())


def as_number(cell: Any, allowed: str) -> Decimal:
    try:
        number = Decimal(as_text(cell).replace(",", "") if isinstance(cell, str) else str(cell))
    except InvalidOperation as error:
        raise Misread("not_a_number", allowed) from error
    if not number.is_finite():
        raise Misread("not_a_number", allowed)
    return number


def nearest(word: str, known: Mapping[str, str]) -> str | None:
    """The value whose spelling comes nearest."""
    found = get_close_matches(word, known, 1, 0.6)
    return known[found[0]] if found else None
