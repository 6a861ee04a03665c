"""This file holds what may happen to a room, and what rooms and equipment have in common."""

from typing import Any, TypeVar

from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.campuses.models import Building
from faculties.campuses.rules import refuse_closed
from faculties.rooms.models import Bookable, Room

AnyBookable = TypeVar("AnyBookable", bound=Bookable)
Status = Bookable.Status


@rule("faculties.room.added", needs="faculties.add_room")
def add_room(actor: Actor, *, building: Building, **fields: Any) -> Room:
    """Add a room to a building of a campus that is open."""
    refuse_closed(building.campus, field="building")
    return Room(institution_id=building.institution_id, building=building, **tidy(fields)).save_checked()


@rule("faculties.room.changed", needs="faculties.change_room")
def change_room(actor: Actor, room: Room, **fields: Any) -> Room:
    """Change what is known of a room, not where it lies. A retired one stays as it was; one that is booked holds all
    who are to come.
    """
    refuse_retired(room)
    refuse_crowds(room, **{name: fields[name] for name in ("capacity", "exam_capacity") if name in fields})
    return room.change(**tidy(fields))


@rule("faculties.room.out_of_service", needs="faculties.change_room")
def take_room_out(actor: Actor, room: Room) -> Room:
    """Take a room out of service. What is booked in it stays booked, to be moved or canceled."""
    return moved(room, Status.OUT_OF_SERVICE, Status.AVAILABLE)


@rule("faculties.room.returned", needs="faculties.change_room")
def return_room(actor: Actor, room: Room) -> Room:
    """Return a room to service."""
    return moved(room, Status.AVAILABLE, Status.OUT_OF_SERVICE)


@rule("faculties.room.retired", needs="faculties.change_room")
def retire_room(actor: Actor, room: Room) -> Room:
    """Retire a room for good, once nothing is booked in it any more."""
    refuse_booked(room)
    return moved(room, Status.RETIRED, Status.AVAILABLE, Status.OUT_OF_SERVICE)


def moved(thing: AnyBookable, to: Status, *froms: Status) -> AnyBookable:
    """The thing in its next state, which must follow the one it has."""
    if thing.status not in froms:
        state = thing.get_status_display().lower()
        allowed = " or ".join(Status(one).label.lower() for one in froms)
        raise RuleBroken("wrong_state", f"{thing} is {state}: this is done to one that is {allowed}.")
    return thing.change(status=to)


def refuse_retired(thing: Bookable) -> None:
    if thing.status == Status.RETIRED:
        raise RuleBroken("retired", f"{thing} is retired: it stays as it was.")


def refuse_crowds(room: Room, **seats: int | None) -> None:
    """The seats that a room is to have, where they change, are enough for whatever is booked from now on."""
    if not seats:
        return
    capacity, in_exams = (seats.get(name, getattr(room, name)) for name in ("capacity", "exam_capacity"))
    is_exam = Q(purpose="exam")
    too_many = is_exam & Q(attendees__gt=in_exams or 0) | ~is_exam & Q(attendees__gt=capacity)
    ahead = room.bookings.confirmed().filter(too_many, ends_at__gt=timezone.now())
    if crowd := ahead.order_by("starts_at").first():
        booked = f"{room} is booked for {crowd.title}, to which {crowd.attendees} come"
        field = "exam_capacity" if crowd.purpose == "exam" else "capacity"
        raise RuleBroken("too_many_attendees", f"{booked}: move or cancel that first.", field=field)


def refuse_booked(thing: Any) -> None:
    if ahead := thing.bookings.confirmed().filter(ends_at__gt=timezone.now()).count():
        raise RuleBroken("still_booked", f"{thing} is booked {ahead} times from now on: move or cancel those first.")


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Each feature once, in one order."""
    return {**fields, "features": sorted(set(fields["features"]))} if "features" in fields else fields
