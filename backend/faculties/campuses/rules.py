"""This file holds what may happen to a campus and to a building."""

from datetime import date
from typing import Any

from django.db.models import Count, Q

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.campuses.models import Building, Campus


@rule("faculties.campus.opened", needs="faculties.add_campus")
def open_campus(actor: Actor, **fields: Any) -> Campus:
    """Open a campus of an institution."""
    return Campus(institution_id=actor.at_home(), **fields).save_checked()


@rule("faculties.campus.changed", needs="faculties.change_campus")
def change_campus(actor: Actor, campus: Campus, **fields: Any) -> Campus:
    """Change what is known of a campus. A closed one stays as it was."""
    refuse_closed(campus)
    return campus.change(**fields)


@rule("faculties.campus.closed", needs="faculties.change_campus")
def close_campus(actor: Actor, campus: Campus, *, closed_on: date) -> Campus:
    """Close a campus on a day. Its rooms are retired first; they and their history stay."""
    refuse_closed(campus)
    in_use = campus.buildings.aggregate(rooms=Count("rooms", filter=~Q(rooms__status="retired")))["rooms"]
    if in_use:
        raise RuleBroken("rooms_in_use", f"Retire the rooms of this campus first: {in_use} are in use.")
    return campus.change(closed_on=closed_on)


@rule("faculties.building.added", needs="faculties.add_campus")
def add_building(actor: Actor, *, campus: Campus, **fields: Any) -> Building:
    """Add a building to a campus that is open."""
    refuse_closed(campus, field="campus")
    return Building(institution_id=campus.institution_id, campus=campus, **fields).save_checked()


@rule("faculties.building.changed", needs="faculties.change_campus")
def change_building(actor: Actor, building: Building, **fields: Any) -> Building:
    """Change what is known of a building, not where it stands."""
    return building.change(**fields)


@rule("faculties.building.removed", needs="faculties.change_campus")
def remove_building(actor: Actor, building: Building) -> None:
    """Remove a building that was entered by mistake. One that has, or ever had, rooms stays."""
    building.delete()


def refuse_closed(campus: Campus, field: str | None = None) -> None:
    if campus.closed_on is not None:
        raise RuleBroken("campus_closed", f"{campus.name} closed on {campus.closed_on:%Y-%m-%d}.", field=field)
