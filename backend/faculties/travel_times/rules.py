"""This file holds what may happen to a travel time. What is scheduled already stays; what changes next must keep it."""

from core.actor import Actor
from core.rules import rule
from faculties.campuses.models import Campus
from faculties.campuses.rules import refuse_closed
from faculties.travel_times.models import TravelTime

CHANGE = "faculties.change_campus"


@rule("faculties.travel_time.set", needs=CHANGE)
def set_travel_time(actor: Actor, *, origin: Campus, destination: Campus, minutes: int) -> TravelTime:
    """Say how long the way from one campus to another takes, and back unless that is said too. Both are open."""
    refuse_closed(origin, field="origin")
    refuse_closed(destination, field="destination")
    return TravelTime(
        institution_id=origin.institution_id, origin=origin, destination=destination, minutes=minutes
    ).save_checked()


@rule("faculties.travel_time.changed", needs=CHANGE)
def change_travel_time(actor: Actor, way: TravelTime, *, minutes: int | None = None) -> TravelTime:
    """Change how long a way takes."""
    return way if minutes is None else way.change(minutes=minutes)


@rule("faculties.travel_time.removed", needs=CHANGE)
def remove_travel_time(actor: Actor, way: TravelTime) -> None:
    """Let a way take as long as the way back, or no time where that is not known either."""
    way.delete()
