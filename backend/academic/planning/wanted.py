"""This file holds what a planner looks for: a meeting of some minutes in some weeks, with whom and in what a room."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from academic.calendar.models import Term
from academic.calendar.weeks import Week, monday_of, weeks_of
from academic.meetings.models import Meeting
from academic.sections.models import Section

STEP = 30  # minutes between the slots that are looked at


@dataclass(frozen=True, slots=True)
class Pattern:
    """Some teaching weeks of a term."""

    rhythm: str = Meeting.Rhythm.EVERY
    weeks: tuple[int, ...] = ()
    first_week: int = 1
    last_week: int | None = None

    def weeks_in(self, term: Term, program: UUID | None = None) -> list[Week]:
        return [week for week in weeks_of(term, program) if self.holds(week)]

    def holds(self, week: Week) -> bool:
        number = week.number
        if number is None or not self.first_week <= number <= (self.last_week or number):
            return False
        if self.rhythm == Meeting.Rhythm.LISTED:
            return number in self.weeks
        odd = {Meeting.Rhythm.ODD: True, Meeting.Rhythm.EVEN: False}.get(Meeting.Rhythm(self.rhythm))
        return odd is None or (number % 2 == 1) == odd


@dataclass(frozen=True, slots=True)
class Wanted:
    """A meeting of a section, to be placed: how long, on which weekdays, between which hours of the wall clock.

    `meeting` is the one that is moved: what it takes now is free for itself. A single event keeps its week.
    """

    section: Section
    seats: int
    minutes: int
    weekdays: tuple[int, ...]
    earliest: time
    latest: time
    mondays: list[date]
    kind: str = Meeting.Kind.LECTURE
    features: tuple[str, ...] = ()
    campus: UUID | None = None
    meeting: Meeting | None = None
    days: tuple[date, date] | None = None  # else those of the section

    @property
    def values(self) -> dict[str, Any]:
        """What the statement of slots asks for."""
        first, last = self.days or (self.section.starts_on, self.section.ends_on)
        return {
            "institution": self.section.institution_id,
            "section": self.section.pk,
            "meeting": self.meeting and self.meeting.pk,
            "is_single": bool(self.meeting and self.meeting.on_date),
            "minutes": self.minutes,
            "step": STEP,
            "weekdays": list(self.weekdays),
            "earliest": self.earliest,
            "latest": self.latest,
            "mondays": self.mondays,
            "first_day": first,
            "last_day": last,
        }


def wanted_by(meeting: Meeting, weekdays: tuple[int, ...], earliest: time, latest: time) -> Wanted:
    """What a meeting asks for, on whatever weekday and at whatever hour."""
    section = meeting.section
    days = None
    if meeting.on_date:
        mondays = [monday_of(meeting.on_date)]
        term = section.term
        days = min(section.starts_on, term.starts_on), max(section.ends_on, term.ends_on)
    else:
        pattern = Pattern(meeting.rhythm, tuple(meeting.weeks), meeting.first_week, meeting.last_week)
        mondays = [week.starts_on for week in pattern.weeks_in(section.term, section.course.program_id)]
    return Wanted(
        section=section,
        seats=section.seats_needed,
        minutes=minutes_of(meeting.ends_at) - minutes_of(meeting.starts_at),
        weekdays=weekdays,
        earliest=earliest,
        latest=latest,
        mondays=mondays,
        kind=meeting.kind,
        features=tuple(meeting.features),
        campus=meeting.campus_id,
        meeting=meeting,
        days=days,
    )


def minutes_of(at: time) -> int:
    return at.hour * 60 + at.minute
