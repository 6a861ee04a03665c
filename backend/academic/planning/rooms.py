"""This file holds which rooms fit, and which of them are free at some times: at all of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from core.actor import Actor
from faculties.bookings.rules import BOOK
from faculties.rooms.models import Room

# What has a room through the exclusion constraint, whose index this asks.
BUSY_AT_ONE = """
SELECT DISTINCT booking.room_id
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) wanted (starts_at, ends_at)
JOIN faculties_booking booking ON booking.institution_id = %(institution)s AND booking.room_id = ANY (%(rooms)s)
  AND booking.status = 'confirmed' AND coalesce(booking.source_id <> %(meeting)s, true)
  AND tstzrange(booking.starts_at, booking.ends_at, '[)') && tstzrange(wanted.starts_at, wanted.ends_at, '[)')"""


def fitting(
    actor: Actor,
    institution: UUID,
    *,
    seats: int = 0,
    features: Sequence[str] = (),
    campus: UUID | None = None,
    is_exam: bool = False,
) -> Any:
    """The rooms that could be taken by the actor, the tightest first: in use, large enough, with what is needed."""
    rooms = Room.objects.filter(institution=institution, status=Room.Status.AVAILABLE)
    bookable = Room.objects.visible_to(actor, BOOK)
    rooms = rooms.filter(Q(department__isnull=True) | Q(pk__in=bookable.values("pk")))
    if features:
        rooms = rooms.filter(features__contains=sorted(set(features)))
    if campus:
        rooms = rooms.filter(building__campus=campus)
    rooms = rooms.annotate(holds=F("exam_capacity") if is_exam else F("capacity"))
    return rooms.filter(holds__gte=seats).select_related("building__campus").order_by("holds", "code", "id")


def busy(
    institution: UUID, rooms: Sequence[UUID], times: Sequence[tuple[datetime, datetime]], meeting: UUID | None = None
) -> set[UUID]:
    """Which of these rooms somebody else has at one of these times at least. What `meeting` has is free for itself."""
    values: dict[str, Any] = {"institution": institution, "rooms": list(rooms), "meeting": meeting}
    values |= {"starts": [start for start, _ in times], "ends": [end for _, end in times]}
    with connection.cursor() as cursor:
        cursor.execute(BUSY_AT_ONE, values)
        return {room for (room,) in cursor.fetchall()}
