"""This file holds what may happen to one occurrence: it is moved or canceled, and its meeting goes on."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from academic.meetings.models import Meeting
from academic.meetings.rules import CHANGE, refuse_outside_term, refuse_unfit_room
from academic.occurrences.making import hold_timetable, reclaim
from academic.occurrences.models import Occurrence
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.rooms.models import Room

INSTANT = timedelta(microseconds=1)


@rule("academic.occurrence.moved", needs=CHANGE)
def move_occurrence(
    actor: Actor, occurrence: Occurrence, *, starts_at: datetime, ends_at: datetime, room: Room | None = None
) -> Occurrence:
    """Move one occurrence to another time within a day of its term or section, and to another room if one is named."""
    hold_timetable(occurrence.institution_id)
    refuse_dropped(occurrence)
    refuse_wrong_time(occurrence, starts_at, ends_at)
    meeting: Meeting = occurrence.meeting
    if room is not None:
        meeting.room = room  # to be judged, not to be kept
        refuse_unfit_room(actor, meeting)
        occurrence.room = room
    occurrence.change(starts_at=starts_at, ends_at=ends_at, changed_by_hand=True)
    reclaim(meeting.institution_id, meeting.pk)
    return occurrence


@rule("academic.occurrence.canceled", needs=CHANGE)
def cancel_occurrence(actor: Actor, occurrence: Occurrence) -> Occurrence:
    """Cancel one occurrence. Its room and people are free at that time."""
    hold_timetable(occurrence.institution_id)
    refuse_dropped(occurrence)
    occurrence.change(status=Occurrence.Status.CANCELED, changed_by_hand=True)
    reclaim(occurrence.institution_id, occurrence.meeting_id)
    return occurrence


def refuse_wrong_time(occurrence: Occurrence, starts_at: datetime, ends_at: datetime) -> None:
    """An occurrence starts and ends on one day of its term or section, by the clocks of the institution."""
    if ends_at <= starts_at:
        raise RuleBroken("ends_before_it_starts", "An occurrence ends after it starts.", field="ends_at")
    zone = ZoneInfo(occurrence.institution.time_zone)
    day, last_day = (moment.astimezone(zone).date() for moment in (starts_at, ends_at - INSTANT))
    refuse_outside_term(occurrence.section, day, field="starts_at")
    if last_day != day:
        raise RuleBroken("beyond_the_day", f"An occurrence ends on the day it starts, {day}.", field="ends_at")


def refuse_dropped(occurrence: Occurrence) -> None:
    if occurrence.registers.exists():
        raise RuleBroken("was_held", "There is a register of who was there: it took place as it stands.")
    if occurrence.status == Occurrence.Status.CANCELED:
        raise RuleBroken("occurrence_canceled", "This occurrence was canceled: add a single meeting in its place.")
