"""This file holds the use of rooms: how much of what they could seat in a period they did, by their bookings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, models
from django.db.models import Count, F, Sum, Value
from django.db.models.functions import Greatest, Least
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
    "Rooms that are not retired, with their available hours of a week; bookings that are neither canceled nor"
    " maintenance. What shares a room at one time uses it once, with the seats of all."
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
DAYS_OF_WEEK = 7


# From one moment at which somebody comes or goes to the next. So a room that several share is used once.
USED = """
WITH held (grp, room, capacity, starts_at, ends_at, attendees) AS ({held}), moment AS (
  SELECT grp, room, capacity, at, sum(step) AS step, sum(step * attendees) AS people,
    sum(step) FILTER (WHERE attendees IS NOT NULL) AS stated
  FROM held CROSS JOIN LATERAL (VALUES (starts_at, 1), (ends_at, -1)) moments (at, step)
  GROUP BY grp, room, capacity, at
), part AS (
  SELECT grp, capacity, sum(step) OVER since AS users, coalesce(sum(people) OVER since, 0) AS people,
    coalesce(sum(stated) OVER since, 0) AS stated, extract(epoch FROM lead(at) OVER since - at) / 3600 AS hours
  FROM moment WINDOW since AS (PARTITION BY room ORDER BY at)
)
SELECT grp AS "group", sum(hours) AS used, sum(hours * capacity) AS used_seats,
  sum(hours * least(people, capacity)) AS filled, sum(hours) FILTER (WHERE stated = 0) AS unstated
FROM part WHERE users > 0 GROUP BY grp LIMIT %s"""


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
            for row in found:
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
    found = grouped(rooms, by, "").annotate(
        rooms=Count("pk"),
        available=Sum(F("available_hours") * weeks, output_field=models.DecimalField()),
        available_seats=Sum(F("available_hours") * F("capacity") * weeks, output_field=models.DecimalField()),
    )
    return found[: MOST_ROWS + 1]


def used(actor: Actor, begin: date, end: date, by: str | None) -> list[dict[str, Any]]:
    """What the rooms of each group did seat."""
    first, last = (Midnight(F("institution__time_zone"), day) for day in (begin, end))
    bookings = Booking.objects.visible_to(actor, PERMISSION).exclude(status=Booking.Status.CANCELED)
    bookings = bookings.exclude(purpose=Booking.Purpose.MAINTENANCE).exclude(room__status=Room.Status.RETIRED)
    bookings = bookings.filter(room__isnull=False, starts_at__lt=last, ends_at__gt=first)
    begins, ends = Greatest(F("starts_at"), first), Least(F("ends_at"), last)
    held = grouped(bookings, by, "room__").values_list("group", "room_id", "room__capacity", begins, ends, "attendees")
    sql, values = held.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(USED.format(held=sql), [*values, MOST_ROWS + 1])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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
