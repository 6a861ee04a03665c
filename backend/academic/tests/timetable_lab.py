"""This file holds what tests of timetables begin with: sections and patterns of three weeks, and refusals."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from academic.factories import make_course, make_section
from academic.models import (
    Meeting,
    MeetingWaiver,
    Occurrence,
    OccurrenceCohort,
    OccurrenceLecturer,
    SectionCohort,
    Teaching,
)
from core.errors import RuleBroken
from faculties.models import Booking

MONDAYS = [date(2026, 2, 9), date(2026, 2, 16), date(2026, 2, 23)]


def section_of(term: Any, code: str, **fields: Any) -> Any:
    return make_section(term.institution, course=make_course(term.institution, code=code), term=term, **fields)


def weekly(**fields: Any) -> dict[str, Any]:
    return {"weekday": 1, "starts_at": time(8), "ends_at": time(10), **fields}


def at(hour: int, day: int = 9, month: int = 2) -> datetime:
    """A moment by UTC, two hours behind the clocks of Harare."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def days_of(meeting: Meeting) -> list[date]:
    return list(Occurrence.objects.filter(meeting=meeting).order_by("planned_on").values_list("planned_on", flat=True))


def everything() -> list[Any]:
    tables = (
        Meeting,
        MeetingWaiver,
        Occurrence,
        OccurrenceLecturer,
        OccurrenceCohort,
        Booking,
        Teaching,
        SectionCohort,
    )
    return [list(table.objects.order_by("pk").values()) for table in tables]


def refused(rule: Any, *args: Any, **fields: Any) -> RuleBroken:
    """The refusal of a rule, after which everything is as it was."""
    before = everything()
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    assert everything() == before
    return refusal.value
