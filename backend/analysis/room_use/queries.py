"""This file holds the use of rooms: how much of what they could seat in a period they did, by their bookings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Extract, Greatest, Least
from django.utils import timezone

from analysis.figures.definitions import rate
from analysis.figures.queries import MOST_ROWS, PERMISSION, names_of
from core.actor import Actor
from core.errors import RuleBroken
from core.tenancy.scope import reading
from faculties.models import Booking, Building, Campus, Institution, Room

TITLE = "Use of rooms"
DEFINITION = (
    "`use` is hours used x seats filled / (available hours x seats), summed over bookings and over rooms. It is"
    " `frequency` (hours used / available hours) and `occupancy` (seats filled / seats, while used) at once. A booking"
    " that crosses an end of the period counts with its part inside. One without stated attendees fills no seat:"
    " `unstated_hours` says how much that is."
)
POPULATION = (
    "Rooms that are not retired, with their available hours of a week; confirmed bookings that are not maintenance."
    " A day begins at midnight by the clocks of the institution."
)
# Dimension -> path from a room, and the model whose rows it names.
DIMENSIONS: Mapping[str, tuple[str, type[models.Model] | None]] = {
    "institution": ("institution", Institution),
    "campus": ("building__campus", Campus),
    "building": ("building", Building),
    "kind": ("kind", None),
    "room": ("pk", Room),
}
SUMS = ("rooms", "available", "available_seats", "used", "used_seats", "filled", "unstated")
DAYS_OF_WEEK, SECONDS_OF_HOUR = 7, 3600


@dataclass(frozen=True)
class Use:
    """The use of rooms in a period, for each group and for all."""

    as_of: datetime
    rows: list[dict[str, Any]]
    total: dict[str, Any]


class Midnight(models.Func):
    """The instant at which a day begins in a time zone."""

    template = "timezone(%(expressions)s::timestamp)"
    output_field = models.DateTimeField()

    def __init__(self, zone: Any, day: date) -> None:
        super().__init__(zone, Value(day.isoformat()))


def use_of_rooms(actor: Actor, begin: date, end: date, by: str | None) -> Use:
    """The use of the rooms in reach from one day to before another, divided by one dimension."""
    with reading(actor, PERMISSION):
        as_of = timezone.now()
        groups: dict[Any, dict[str, Any]] = {}
        for found in (available(actor, begin, end, by), used(actor, begin, end, by)):
            for row in found[: MOST_ROWS + 1]:
                group = groups.setdefault(row.pop("group"), dict.fromkeys(SUMS, Decimal(0)))
                group.update({name: value or Decimal(0) for name, value in row.items()})
        if len(groups) > MOST_ROWS:
            raise RuleBroken("too_many_rows", f"This has more than {MOST_ROWS} rows: divide it by less.", field="by")
        rows = named(groups, by) if by else []
    total = {name: sum((group[name] for group in groups.values()), Decimal(0)) for name in SUMS}
    return Use(as_of, rows, shown(total))


def available(actor: Actor, begin: date, end: date, by: str | None) -> Any:
    """What the rooms of each group could seat."""
    weeks = Value(Decimal((end - begin).days) / DAYS_OF_WEEK, models.DecimalField())
    rooms = Room.objects.visible_to(actor, PERMISSION).exclude(status=Room.Status.RETIRED)
    return grouped(rooms, by, "").annotate(
        rooms=Count("pk"),
        available=Sum(F("available_hours") * weeks, output_field=models.DecimalField()),
        available_seats=Sum(F("available_hours") * F("capacity") * weeks, output_field=models.DecimalField()),
    )


def used(actor: Actor, begin: date, end: date, by: str | None) -> Any:
    """What the rooms of each group did seat."""
    first, last = (Midnight(F("institution__time_zone"), day) for day in (begin, end))
    inside = Least(F("ends_at"), last) - Greatest(F("starts_at"), first)
    bookings = Booking.objects.visible_to(actor, PERMISSION).confirmed().exclude(purpose=Booking.Purpose.MAINTENANCE)
    bookings = bookings.filter(room__isnull=False, starts_at__lt=last, ends_at__gt=first)
    bookings = bookings.exclude(room__status=Room.Status.RETIRED).annotate(
        hours=Extract(inside, "epoch", output_field=models.DecimalField()) / SECONDS_OF_HOUR
    )
    decimal, is_stated = models.DecimalField(), Q(attendees__isnull=False)
    return grouped(bookings, by, "room__").annotate(
        used=Sum("hours"),
        used_seats=Sum(F("hours") * F("room__capacity"), output_field=decimal),
        filled=Sum(F("hours") * Least("attendees", "room__capacity"), filter=is_stated, output_field=decimal),
        unstated=Sum("hours", filter=~is_stated),
    )


def grouped(rows: Any, by: str | None, step: str) -> Any:
    group = F(step + DIMENSIONS[by][0]) if by else Value("all")
    return rows.order_by().values(group=group)


def named(groups: dict[Any, dict[str, Any]], by: str) -> list[dict[str, Any]]:
    model = DIMENSIONS[by][1]
    names = names_of(model, set(groups)) if model else {}
    rows = [{by: names.get(key, key), **shown(group)} for key, group in groups.items()]
    return sorted(rows, key=lambda row: str(row[by]["code"] if model else row[by]))


def shown(group: Mapping[str, Any]) -> dict[str, Any]:
    """Hours rounded once, here; shares made of what was not rounded."""
    return {
        "rooms": int(group["rooms"]),
        "available_hours": hours(group["available"]),
        "used_hours": hours(group["used"]),
        "unstated_hours": hours(group["unstated"]),
        "frequency": rate(group["used"], group["available"]),
        "occupancy": rate(group["filled"], group["used_seats"]),
        "use": rate(group["filled"], group["available_seats"]),
    }


def hours(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
