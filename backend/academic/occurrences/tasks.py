"""This file holds the counting of who comes to what rooms are booked for."""

from celery import shared_task

from academic.occurrences.making import count_attendees
from core.tenancy.scope import reaching
from faculties.models import Institution


@shared_task
def count_all_attendees() -> int:
    """Bring the bookings of each open institution to the seats that are taken; tell how many changed."""
    changed = 0
    for place in Institution.objects.open().values_list("pk", flat=True):
        with reaching(place):
            changed += count_attendees(place)
    return changed
