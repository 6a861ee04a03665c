"""This file holds how a seat that somebody held is free again."""

from typing import Any

from django.db.models import F

from academic.reservations.models import SeatReservation
from academic.sections.models import Section
from academic.sections.seats import hold_sections


def give_back(row: Any, counter: str) -> None:
    """Free the seat of a registration (`seats_taken`) or of an offer (`seats_offered`): for the group that it is set
    aside for, where it is, and otherwise for all. Whoever waits first is offered it, by the database.
    """
    counters = {counter: F(counter) - 1}
    if row.section.meets_together or row.reservation_id is not None:
        hold_sections(row.institution_id, row.section_id)
    if row.reservation_id is not None:
        reservation = SeatReservation.objects.get(pk=row.reservation_id)
        reservation.change(**{counter: getattr(reservation, counter) - 1})
        counters["seats_reserved"] = F("seats_reserved") + int(reservation.is_open)
    Section.objects.filter(pk=row.section_id).update(**counters)
