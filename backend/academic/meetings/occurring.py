"""This file holds what may happen to one occurrence: it is moved or canceled, and its meeting goes on."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from academic.calendar.holding import hold_timetable_of
from academic.calendar.models import Holiday
from academic.meetings.models import Meeting
from academic.meetings.rules import CHANGE, another, refuse_outside_term, refuse_unfit_room
from academic.norms.limits import within_most_hours
from academic.occurrences.making import hours_anew
from academic.occurrences.models import Occurrence
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.errors import RuleBroken
from core.periods import overlapping
from core.rules import rule
from faculties.rooms.models import Room

INSTANT = timedelta(microseconds=1)


@rule("academic.occurrence.moved", needs=CHANGE, first=hold_timetable_of)
def move_occurrence(
    actor: Actor, occurrence: Occurrence, *, starts_at: datetime, ends_at: datetime, room: Room | None = None
) -> Occurrence:
    """Move one occurrence to another time within a day of its term or section, and to another room if one is named.

    What a meeting is asked it is asked too: whether the room fits and is free, and whether all can come, and in time.
    """
    place(actor, occurrence, starts_at, ends_at, room or occurrence.room)
    section = occurrence.section
    with (
        within_most_hours(section.institution_id, section.pk, section.term, field="ends_at"),
        hours_anew(section.institution_id, occurrence.meeting_id),
    ):
        return occurrence.save_checked()


@rule("academic.occurrence.exchanged", needs=CHANGE, first=hold_timetable_of)
def swap_occurrences(actor: Actor, occurrence: Occurrence, *, other: Occurrence) -> Occurrence:
    """Let two occurrences exchange their hours and rooms, both or neither; their meetings go on."""
    theirs = another(actor, occurrence, other)
    before = snapshot(theirs)
    slots = [(one.starts_at, one.ends_at, one.room) for one in (theirs, occurrence)]
    for one, slot in zip((occurrence, theirs), slots, strict=True):
        place(actor, one, *slot)
    mine, other_section = occurrence.section, theirs.section
    with (
        within_most_hours(mine.institution_id, mine.pk, mine.term),
        within_most_hours(mine.institution_id, other_section.pk, other_section.term),
        hours_anew(mine.institution_id, occurrence.meeting_id, theirs.meeting_id),
    ):
        theirs.save_checked()
        occurrence.save_checked()
    record(actor, move_occurrence.name, theirs, changes=differences(before, snapshot(theirs)))
    return occurrence


@rule("academic.occurrence.canceled", needs=CHANGE, first=hold_timetable_of)
def cancel_occurrence(actor: Actor, occurrence: Occurrence) -> Occurrence:
    """Cancel one occurrence. Its room and people are free at that time."""
    refuse_dropped(occurrence)
    with hours_anew(occurrence.institution_id, occurrence.meeting_id):
        return occurrence.change(status=Occurrence.Status.CANCELED, changed_by_hand=True)


def place(actor: Actor, occurrence: Occurrence, starts_at: datetime, ends_at: datetime, room: Room | None) -> None:
    """Put an occurrence that may be moved at an hour and in a room that fit it; it is not saved yet."""
    refuse_dropped(occurrence)
    refuse_wrong_time(occurrence, starts_at, ends_at)
    meeting: Meeting = occurrence.meeting
    meeting.room = room  # to be judged, not to be kept
    refuse_unfit_room(actor, meeting)
    occurrence.starts_at, occurrence.ends_at, occurrence.room = starts_at, ends_at, room
    occurrence.changed_by_hand = True


def refuse_wrong_time(occurrence: Occurrence, starts_at: datetime, ends_at: datetime) -> None:
    """An occurrence starts and ends on one day of its term or section, by the clocks of the institution."""
    if ends_at <= starts_at:
        raise RuleBroken("ends_before_it_starts", "An occurrence ends after it starts.", field="ends_at")
    zone = ZoneInfo(occurrence.institution.time_zone)
    day, last_day = (moment.astimezone(zone).date() for moment in (starts_at, ends_at - INSTANT))
    refuse_outside_term(occurrence.section, day, field="starts_at")
    if last_day != day:
        raise RuleBroken("beyond_the_day", f"An occurrence ends on the day it starts, {day}.", field="ends_at")
    holidays = Holiday.objects.filter(institution_id=occurrence.institution_id, is_canceled=False)
    if occurrence.meeting.on_date:
        holidays = holidays.filter(is_exams=False)
    if holiday := holidays.filter(overlapping(day, day)).first():
        raise RuleBroken("on_a_holiday", f"On {day} nothing takes place: {holiday.name}.", field="starts_at")


def refuse_dropped(occurrence: Occurrence) -> None:
    if occurrence.registers.exists():
        raise RuleBroken("was_held", "There is a register of who was there: it took place as it stands.")
    if occurrence.status == Occurrence.Status.CANCELED:
        raise RuleBroken("occurrence_canceled", "This occurrence was canceled: add a single meeting in its place.")
