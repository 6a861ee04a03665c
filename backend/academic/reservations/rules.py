"""This file holds what may happen to a reservation of seats. Each locks the section first."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from academic.reservations.models import SeatReservation
from academic.sections.models import Section
from academic.sections.seats import held, hold_section_of
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule

RESERVE = "academic.reserve_seats"


@rule("academic.seats.reserved", needs=RESERVE)
def reserve_seats(actor: Actor, *, section: Section, seats: int, until: datetime, **group: Any) -> SeatReservation:
    """Set seats of a section aside for a group, of those that are free, until an instant to come."""
    refuse_past(until)
    section = held(section)
    refuse_too_many(section, seats)
    reservation = SeatReservation(
        institution_id=section.institution_id, section=section, seats=seats, until=until, **group
    ).save_checked()
    set_aside(section, seats)
    return reservation


@rule("academic.reservation.changed", needs=RESERVE, first=hold_section_of)
def change_reservation(actor: Actor, reservation: SeatReservation, **fields: Any) -> SeatReservation:
    """Change how many seats are reserved, never fewer than are taken and offered, or until when. One that ended stays
    as it is.
    """
    refuse_ended(reservation)
    if "until" in fields:
        refuse_past(fields["until"])
    more = fields.get("seats", reservation.seats) - reservation.seats
    section = Section.objects.get(pk=reservation.section_id)
    if more > 0:
        refuse_too_many(section, more)
    if reservation.seats_free + more < 0:
        words = f"{reservation.seats_taken} of these seats are taken and {reservation.seats_offered} offered"
        raise RuleBroken("too_few_seats", f"{words}: keep at least as many.", field="seats")
    reservation.change(**fields)
    set_aside(section, more)
    return reservation


@rule("academic.reservation.ended", needs=RESERVE, first=hold_section_of)
def end_reservation(actor: Actor, reservation: SeatReservation) -> SeatReservation:
    """Give the seats of a reservation that are free to all, before its time."""
    refuse_ended(reservation)
    reservation.change(ended_at=timezone.now())
    set_aside(reservation.section, -reservation.seats_free)
    return reservation


def set_aside(section: Section, more: int) -> None:
    if more:
        Section.objects.filter(pk=section.pk).update(seats_reserved=F("seats_reserved") + more)


def refuse_too_many(section: Section, more: int) -> None:
    """More seats are set aside only where so many are free."""
    if section.capacity is None:
        raise RuleBroken("seats_for_all", "This section has seats for all: give it a capacity first.", field="section")
    if more > section.seats_free:
        words = f"{section.seats_free} of the {section.capacity} seats are free: reserve at most as many more."
        raise RuleBroken("too_many_reserved", words, field="seats")


def refuse_past(until: datetime) -> None:
    if until <= timezone.now():
        raise RuleBroken("past", "Seats are reserved until an instant to come.", field="until")


def refuse_ended(reservation: SeatReservation) -> None:
    if not reservation.is_open:
        raise RuleBroken("already_ended", f"This reservation ended at {reservation.ended_at}: add another one.")
