"""This file holds what may happen to a booking. The database refuses a clash; the rule says first whose it is."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.actor import Actor
from core.errors import Conflict, NotAllowed, RuleBroken
from core.rules import rule
from faculties.bookings.models import ALREADY_BOOKED, Booking
from faculties.departments.models import Department
from faculties.equipment.models import Equipment
from faculties.rooms.models import Bookable, Room

BOOK = "faculties.add_booking"


@rule("faculties.booking.made", needs=BOOK)
def book(actor: Actor, *, room: Room | None = None, equipment: Equipment | None = None, **fields: Any) -> Booking:
    """Book a room or a piece of equipment that is available and free. One that a department owns is booked there."""
    thing = room or equipment
    if thing is None or (room and equipment):
        raise RuleBroken("room_or_equipment", "Book one room or one piece of equipment.", field="room")
    refuse_others(actor, thing)
    booking = Booking(institution_id=thing.institution_id, room=room, equipment=equipment, **fields)
    if booking.department is None and not actor.reach(BOOK).within(booking.institution_id).institutions:
        raise RuleBroken("department_needed", "Say for which of your departments this is.", field="department")
    refuse_unfit(booking)
    return booking.save_checked()


@rule("faculties.booking.changed", needs="faculties.change_booking")
def change_booking(actor: Actor, booking: Booking, **fields: Any) -> Booking:
    """Change what a booking is for."""
    refuse_settled(booking)
    for name, value in fields.items():
        setattr(booking, name, value)
    refuse_crowd(booking)
    return booking.save_checked()


@rule("faculties.booking.moved", needs="faculties.change_booking")
def move_booking(
    actor: Actor, booking: Booking, *, starts_at: datetime, ends_at: datetime, room: Room | None = None
) -> Booking:
    """Move a booking to another time, and to another room if one is named."""
    refuse_settled(booking)
    if room and booking.equipment_id:
        raise RuleBroken("room_or_equipment", "This is a booking of equipment: it has no room.", field="room")
    if room:
        refuse_others(actor, room)
        booking.room = room
    booking.starts_at, booking.ends_at = starts_at, ends_at
    refuse_unfit(booking)
    return booking.save_checked()


@rule("faculties.booking.canceled", needs="faculties.change_booking")
def cancel_booking(actor: Actor, booking: Booking) -> Booking:
    """Cancel a booking that is not over. The time is free again."""
    refuse_settled(booking)
    return booking.change(status=Booking.Status.CANCELED)


# --- What is refused ---
def refuse_others(actor: Actor, thing: Bookable) -> None:
    """What a department owns is booked by those who may book there."""
    if thing.department_id and not type(thing).objects.visible_to(actor, BOOK).filter(pk=thing.pk).exists():
        raise NotAllowed(BOOK)


def refuse_settled(booking: Booking) -> None:
    """What a booking was stays known, and one that another part of the system made changes there."""
    if booking.source:
        raise RuleBroken("made_elsewhere", f"This booking was made by the {booking.source}: change it there.")
    if booking.status == Booking.Status.CANCELED:
        raise RuleBroken("booking_canceled", "This booking was canceled: make a new one.")
    if booking.ends_at <= timezone.now():
        raise RuleBroken("booking_over", "This booking is over: it stays as it was.")


def refuse_unfit(booking: Booking) -> None:
    """The thing is available, holds the people, and is free."""
    if booking.ends_at <= booking.starts_at:
        raise RuleBroken("ends_before_it_starts", "A booking ends after it starts.", field="ends_at")
    # Locked, so that of two bookings at once the second waits here, and is told whose the first is.
    thing = locked(booking.room or booking.equipment)
    if thing.status != Bookable.Status.AVAILABLE:
        state = thing.get_status_display().lower()
        raise RuleBroken("not_available", f"{thing} is {state}: it can't be booked.", field=kind_of(booking))
    refuse_crowd(booking)
    refuse_clash(booking)


def locked(thing: Any) -> Any:
    return type(thing).objects.select_for_update(no_key=True).get(pk=thing.pk)


def refuse_crowd(booking: Booking) -> None:
    room = booking.room
    seats = room and (room.exam_capacity if booking.purpose == Booking.Purpose.EXAM else room.capacity)
    if room and booking.attendees is not None and booking.attendees > (seats or 0):
        sentence = f"{room} holds {seats or 'nobody'}" + " in an examination" * (seats != room.capacity)
        raise RuleBroken("too_many_attendees", f"{sentence}, not {booking.attendees}.", field="attendees")


def refuse_clash(booking: Booking) -> None:
    others = Booking.objects.confirmed().meeting(booking.starts_at, booking.ends_at).exclude(pk=booking.pk)
    other = others.filter(room=booking.room, equipment=booking.equipment).order_by("starts_at").first()
    if other is None:
        return
    zone = ZoneInfo(booking.institution.time_zone)
    raise Conflict(
        ALREADY_BOOKED,
        f"{booking.room or booking.equipment} is booked for {other.title}{of(other.department)}"
        f" {hours(other, zone)}; {booking.title} would need it {hours(booking, zone)}.",
    )


def kind_of(booking: Booking) -> str:
    return "room" if booking.room_id else "equipment"


def of(department: Department | None) -> str:
    return f" ({department.name})" if department else ""


def hours(booking: Booking, zone: ZoneInfo) -> str:
    """When it is, by the clocks of the institution."""
    start, end = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    if start.date() == end.date():
        return f"on {start:%-d %B %Y} from {start:%H:%M} to {end:%H:%M}"
    return f"from {start:%-d %B %Y %H:%M} to {end:%-d %B %Y %H:%M}"
