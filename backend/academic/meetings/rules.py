"""This file holds what may happen to a meeting: it is planned, scheduled, changed, exchanged and canceled."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from academic.calendar.holding import hold_timetable, hold_timetable_of
from academic.calendar.weeks import weeks_of
from academic.meetings.models import Meeting, MeetingWaiver
from academic.norms.limits import within_most_hours
from academic.occurrences.fitting import refuse_small_room
from academic.occurrences.making import renew, scheduled_of
from academic.occurrences.models import Occurrence
from academic.sections.models import Section
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.errors import RuleBroken
from core.removing import remove
from core.rules import rule
from faculties.bookings.rules import refuse_others
from faculties.rooms.models import Room

CHANGE, WAIVE = "academic.change_meeting", "academic.waive_clash"
Limit, Status = MeetingWaiver.Limit, Meeting.Status
# What two meetings give each other when they exchange their hours.
SLOT = ("weekday", "on_date", "starts_at", "ends_at", "rhythm", "weeks", "first_week", "last_week", "room")


@rule("academic.meeting.added", needs=CHANGE)
def add_meeting(actor: Actor, *, section: Section, is_planned: bool = False, **fields: Any) -> Meeting:
    """Add a meeting to a section. Unless it is only planned, it is scheduled at once: it takes its room and people."""
    hold_timetable(section.institution_id)
    if section.meets_with is not None:
        host = section.meets_with
        words = f"This section meets with {host.course.code} {host.code}: add the meeting there."
        raise RuleBroken("meets_elsewhere", words, field="section")
    meeting = Meeting(institution_id=section.institution_id, section=section, **tidy(fields))
    if is_planned:
        meeting.status = Status.PLANNED
    return settled(actor, meeting)


@rule("academic.meeting.changed", needs=CHANGE, first=hold_timetable_of)
def change_meeting(actor: Actor, meeting: Meeting, **fields: Any) -> Meeting:
    """Change when or where a section meets: all occurrences follow that have not begun, but those that were changed by
    hand.
    """
    refuse_canceled(meeting)
    for name, value in tidy(fields).items():
        setattr(meeting, name, value)
    return settled(actor, meeting, since=timezone.now())


@rule("academic.meeting.scheduled", needs=CHANGE, first=hold_timetable_of)
def schedule_meeting(actor: Actor, meeting: Meeting) -> Meeting:
    """Schedule a planned meeting: from here on it takes its room and people."""
    if meeting.status != Status.PLANNED:
        raise RuleBroken("not_planned", f"This meeting is {meeting.status}: a planned one is scheduled.")
    meeting.status = Status.SCHEDULED
    return settled(actor, meeting)


@rule("academic.meeting.exchanged", needs=CHANGE, first=hold_timetable_of)
def swap_meetings(actor: Actor, meeting: Meeting, *, other: Meeting) -> Meeting:
    """Let two meetings exchange their hours and rooms, both or neither; what has begun of them stays."""
    theirs = another(actor, meeting, other)
    before = snapshot(theirs)
    for one in (meeting, theirs):
        if one.status != Status.SCHEDULED:
            raise RuleBroken("not_scheduled", "Only scheduled meetings exchange their hours.", field="other")
    for name in SLOT:
        mine = getattr(meeting, name)
        setattr(meeting, name, getattr(theirs, name))
        setattr(theirs, name, mine)
    for one in (meeting, theirs):
        refuse_wrong_weeks(one)
        refuse_unfit_room(actor, one)
    with (
        within_most_hours(meeting.institution_id, meeting.section_id, meeting.section.term),
        within_most_hours(theirs.institution_id, theirs.section_id, theirs.section.term),
    ):
        for one in (meeting, theirs):
            one.save_checked()
        renew(meeting.institution_id, meeting.pk, theirs.pk, since=timezone.now())
    for one in (meeting, theirs):
        refuse_never_meeting(one, field="other")
    record(actor, change_meeting.name, theirs, changes=differences(before, snapshot(theirs)))
    return meeting


@rule("academic.meeting.canceled", needs=CHANGE, first=hold_timetable_of)
def cancel_meeting(actor: Actor, meeting: Meeting) -> Meeting:
    """Cancel a meeting. Its room and people are free again. An open section goes on having one."""
    refuse_canceled(meeting)
    refuse_last(meeting)
    meeting.status = Status.CANCELED
    return settled(actor, meeting)


@rule("academic.meeting.removed", needs=CHANGE, first=hold_timetable_of)
def remove_meeting(actor: Actor, meeting: Meeting) -> None:
    """Remove a meeting that was a mistake. What was published or held of it keeps it: then it can be canceled."""
    refuse_last(meeting)
    meeting.status = Status.CANCELED
    remove(settled(actor, meeting))


# --- Waivers ---
@rule("academic.meeting_limit.waived", needs=WAIVE)
def waive_limit(actor: Actor, *, meeting: Meeting, waives: str, reason: str) -> MeetingWaiver:
    """Let a meeting not keep a limit, for a reason that stays known. Plan it first if it can't be scheduled without."""
    hold_timetable(meeting.institution_id)
    refuse_canceled(meeting, field="meeting")
    waiver = MeetingWaiver(institution_id=meeting.institution_id, meeting=meeting, waives=waives, reason=reason)
    waiver.granted_by = actor.id
    waiver.save_checked()
    renew(meeting.institution_id, meeting.pk, since=timezone.now())
    return waiver


@rule("academic.meeting_limit.kept_again", needs=WAIVE, first=hold_timetable_of)
def end_waiver(actor: Actor, waiver: MeetingWaiver) -> None:
    """Take a waiver back. Refused while the meeting does not keep the limit."""
    meeting = waiver.meeting
    with within_most_hours(meeting.institution_id, meeting.section_id, meeting.section.term):
        waiver.delete()
    refuse_unfit_room(actor, meeting)
    renew(meeting.institution_id, meeting.pk, asks_anew=waiver.waives == Limit.AVAILABILITY, since=timezone.now())


# --- What is refused ---
def settled(actor: Actor, meeting: Meeting, since: datetime | None = None) -> Meeting:
    """The meeting saved, with the occurrences that follow from it; from a moment on, or all."""
    refuse_wrong_weeks(meeting)
    if meeting.status != Status.CANCELED:
        refuse_unfit_room(actor, meeting)
    with within_most_hours(meeting.institution_id, meeting.section_id, meeting.section.term, field="section"):
        meeting.save_checked()
        renew(meeting.institution_id, meeting.pk, since=since)
    refuse_never_meeting(meeting, field="weekday" if meeting.weekday else "on_date")
    return meeting


def another(actor: Actor, row: Any, other: Any) -> Any:
    """The other one of two that are exchanged, locked: one that the actor may change too."""
    rows = type(row).objects.visible_to(actor, CHANGE).filter(institution_id=row.institution_id)
    theirs = rows.select_for_update(of=("self",)).filter(pk=other.pk).first()
    if theirs is None or theirs.pk == row.pk:
        name = row._meta.verbose_name
        raise RuleBroken("not_another", f"Name another {name}, which you may change too.", field="other")
    return theirs


def refuse_last(meeting: Meeting) -> None:
    """An open section goes on having a scheduled meeting, and so does one that is cross-listed with it."""
    if scheduled_of(meeting.institution_id, meeting.section_id) != [meeting.pk]:
        return
    meets_here = Section.objects.filter(institution=meeting.institution_id, meets_as=meeting.section_id)
    section = meets_here.filter(status=Section.Status.OPEN, without_meetings=False).order_by("pk").first()
    if section is not None:
        words = f"{section.course.code} {section.code} is open, and would be without meetings: add another one first,"
        raise RuleBroken("last_meeting", f"{words} or say `without_meetings` of the section.")


def refuse_never_meeting(meeting: Meeting, field: str) -> None:
    if meeting.status == Status.SCHEDULED and not Occurrence.objects.filter(meeting=meeting).exists():
        words = "It would never meet: no day of the section is in these weeks, or holidays are on all."
        raise RuleBroken("never_meets", words, field=field)


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Weeks in order, and features of the known order, each once."""
    for name in ("weeks", "features"):
        if name in fields:
            fields[name] = sorted(set(fields[name]))
    return fields


def refuse_canceled(meeting: Meeting, field: str | None = None) -> None:
    if meeting.status == Status.CANCELED:
        raise RuleBroken("meeting_canceled", "This meeting was canceled: add a new one.", field=field)


def refuse_wrong_weeks(meeting: Meeting) -> None:
    """Weeks are weeks of the term, and a single event is on one of its days or of the section's."""
    section, term = meeting.section, meeting.section.term
    if meeting.on_date:
        refuse_outside_term(section, meeting.on_date, field="on_date")
    weeks = max((week.number or 0 for week in weeks_of(term, section.course.program_id)), default=0)
    named = {"weeks": max(meeting.weeks, default=1), "first_week": meeting.first_week, "last_week": meeting.last_week}
    for field, week in named.items():
        if week and week > weeks:
            raise RuleBroken(
                "week_beyond_term", f"This term has {weeks} teaching weeks: there is no week {week}.", field=field
            )
    if 0 in meeting.weeks:
        raise RuleBroken("week_beyond_term", "The first week of a term is 1.", field="weeks")


def refuse_outside_term(section: Section, day: date, field: str) -> None:
    """A day is one of the term, or of the section, which may be longer."""
    first, last = min(section.starts_on, section.term.starts_on), max(section.ends_on, section.term.ends_on)
    if not first <= day <= last:
        raise RuleBroken("outside_term", f"The term and its section are from {first} to {last}.", field=field)


def waived_for(meeting: Meeting) -> set[str]:
    return set(MeetingWaiver.objects.filter(meeting=meeting).values_list("waives", flat=True))


def refuse_unfit_room(actor: Actor, meeting: Meeting) -> None:
    """The room is in use, holds everybody, offers what is needed and is where it has to be, or that is waived."""
    room = meeting.room
    if room is None:
        return
    refuse_others(actor, room)
    if room.status != Room.Status.AVAILABLE:
        state = room.get_status_display().lower()
        raise RuleBroken("not_available", f"{room} is {state}: it can't be booked.", field="room")
    waived = waived_for(meeting)
    if Limit.CAPACITY not in waived:
        refuse_small_room(meeting.section.seats_needed, room, is_exam=meeting.kind == Meeting.Kind.EXAM)
    missing = ", ".join(sorted(set(meeting.features) - set(room.features)))
    if missing and Limit.FEATURES not in waived:
        raise RuleBroken("features_missing", f"{room} does not offer: {missing}.", field="room")
    if meeting.campus_id and meeting.campus_id != room.building.campus_id and Limit.CAMPUS not in waived:
        there = room.building.campus
        raise RuleBroken("other_campus", f"{room} is at {there}, not at {meeting.campus}.", field="room")
