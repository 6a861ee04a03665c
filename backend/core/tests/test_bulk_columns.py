"""This file holds the tests of what each kind of column takes."""

from datetime import date
from decimal import Decimal

import pytest

from core.bulk.columns import Choice, Choices, Column, Day, Email, Flag, Misread, Number, Phone, Whole, Year, is_blank

SEX = Choice(name="sex", means="", values=("female", "male"), also={"female": ("f",)})
TOOLS = Choices(name="tools", means="", values=("lathe", "hand_saw"))


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (Column(name="a", means=""), "  Caf\u0065\u0301\u00a0 au\tlait ", "Café au lait"),
        (Column(name="a", means=""), 2019.0, "2019"),
        (SEX, "FEMALE ", "female"),
        (SEX, "F", "female"),
        (TOOLS, "Lathe; hand saw, lathe,", "{hand_saw,lathe}"),
        (Whole(name="a", means=""), "1,250", 1250),
        (Whole(name="a", means=""), 3.0, 3),
        (Year(name="a", means=""), "2024", 2024),
        (Number(name="a", means=""), "12.50", Decimal("12.50")),
        (Day(name="a", means=""), "2026-05-17", date(2026, 5, 17)),
        (Day(name="a", means=""), "17/05/2026", date(2026, 5, 17)),
        (Day(name="a", means=""), "17 May 2026", date(2026, 5, 17)),
        (Day(name="a", means=""), "2026-05-17T00:00:00", date(2026, 5, 17)),
        (Day(name="a", means=""), 46159, date(2026, 5, 17)),
        (Flag(name="a", means=""), "Yes", True),
        (Email(name="a", means=""), "rudo@campus.test", "rudo@campus.test"),
        (Phone(name="a", means=""), "+263 77 816 6376", "+263 77 816 6376"),
    ],
)
def test_a_cell_is_read_as_it_was_meant(column, cell, value):
    assert column.read(cell) == value


@pytest.mark.parametrize(
    ("column", "cell", "code", "nearest"),
    [
        (SEX, "femal", "not_a_choice", "female"),
        (SEX, "?", "not_a_choice", None),
        (TOOLS, "lathe, hand saws", "not_a_choice", "hand_saw"),
        (Whole(name="a", means="", highest=10), 11, "not_allowed_here", None),
        (Whole(name="a", means=""), "many", "not_a_number", None),
        (Whole(name="a", means=""), 1.5, "not_allowed_here", None),
        (Number(name="a", means=""), "NaN", "not_a_number", None),
        (Number(name="a", means=""), "1.005", "not_allowed_here", None),
        (Year(name="a", means=""), 20244, "not_allowed_here", None),
        (Day(name="a", means=""), "31/02/2026", "not_a_date", None),
        (Day(name="a", means=""), 12, "not_a_date", None),
        (Flag(name="a", means=""), "perhaps", "not_a_choice", None),
        (Email(name="a", means=""), "rudo at campus", "not_allowed_here", None),
        (Phone(name="a", means=""), "none yet", "not_allowed_here", None),
        (Column(name="a", means="", longest=3), "four", "not_allowed_here", None),
    ],
)
def test_what_can_not_be_read_tells_what_is_allowed_and_comes_nearest(column, cell, code, nearest):
    with pytest.raises(Misread) as misread:
        column.read(cell)
    assert (misread.value.fault.code, misread.value.fault.nearest) == (code, nearest)


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "N/A", "null", " None "])
def test_what_people_write_for_nothing_is_blank(cell):
    assert is_blank(cell)


@pytest.mark.parametrize("cell", [0, False, "0", "no"])
def test_zero_and_no_are_not_blank(cell):
    assert not is_blank(cell)
