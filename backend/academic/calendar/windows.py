"""This file holds when a window is open: the effective one of a section and a program, and how far from its term.

Other SQL joins the same answer: `LEFT JOIN LATERAL academic_window_of(institution_id, section_id, program_id, 'add')`.
Registering has three: `add` is for all; `register` too, unless there is one of `re_registration`, which is then the one
for whoever was registered here in an earlier term.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from academic.calendar.models import Term, Window
from academic.calendar.weeks import days_of
from core.errors import RuleBroken

TEXT = Path(__file__).with_name("limits.sql")
FUNCTIONS = Path(__file__).with_name("windows.sql")
DAYS = Path(__file__).with_name("days.sql")
HOURS = "The {kind} window is open from {opens} and before {closes}, by the clock of {clock}."
DAY, YEAR = timedelta(days=1), timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Opening:
    """When something may be done: from one instant to before another."""

    opens_at: datetime
    closes_at: datetime

    def holds(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at


def window_of(institution: UUID, section: UUID, program: UUID | None, kind: Window.Kind) -> Opening | None:
    """The window that holds for a section and the program of a student; None where there is no limit of that kind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM academic_window_of(%s, %s, %s, %s)", [institution, section, program, kind])
        found = cursor.fetchone()
    return Opening(*found) if found else None


def opening_of(window: Window, begins: date) -> Opening:
    """When a window is open for a section that begins on a day."""
    if window.opens_at and window.closes_at:
        return Opening(window.opens_at, window.closes_at)
    zone = ZoneInfo(window.institution.time_zone)
    first, last = (begins + timedelta(days=days or 0) for days in (window.opens_after, window.closes_after))
    return Opening(midnight(first, zone), midnight(last + DAY, zone))


def refuse_outside(window: Window) -> None:
    """Refuse a window that has nothing to do with its term."""
    if told := outside(window, window.term):
        end, words = told
        field = f"{end}_at" if window.opens_at else f"{end}_after"
        raise RuleBroken("window_outside_the_term", words, field=field)


def outside(window: Window, term: Term) -> tuple[str, str] | None:
    """Which end of a window lies too far from the days of its term, and what would not; None where none does."""
    days, zone = days_of(term, window.program_id), ZoneInfo(window.institution.time_zone)
    opening = opening_of(window, window.section.starts_on if window.section else days.starts_on)
    earliest = days.starts_on if window.kind == Window.Kind.RESULTS else days.starts_on - YEAR
    if opening.opens_at < midnight(earliest, zone):
        return "opens", f"This window of {term.code} opens on {earliest} or later."
    if window.kind != Window.Kind.RESULTS and opening.closes_at > midnight(days.ends_on + DAY, zone):
        return "closes", f"This window of {term.code} closes by the end of {days.ends_on}, its last day."
    return None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins."""
    return datetime.combine(day, time(), zone)
