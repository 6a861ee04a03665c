"""This file holds what may happen to a piece of equipment."""

from typing import Any

from core.actor import Actor
from core.rules import rule
from faculties.equipment.models import Equipment
from faculties.rooms.rules import Status, moved, refuse_booked, refuse_retired


@rule("faculties.equipment.added", needs="faculties.add_equipment")
def add_equipment(actor: Actor, **fields: Any) -> Equipment:
    """Enter a piece of equipment."""
    return Equipment(institution_id=actor.at_home(), **fields).save_checked()


@rule("faculties.equipment.changed", needs="faculties.change_equipment")
def change_equipment(actor: Actor, equipment: Equipment, **fields: Any) -> Equipment:
    """Change what is known of a piece of equipment. A retired one stays as it was."""
    refuse_retired(equipment)
    return equipment.change(**fields)


@rule("faculties.equipment.out_of_service", needs="faculties.change_equipment")
def take_equipment_out(actor: Actor, equipment: Equipment) -> Equipment:
    """Take a piece of equipment out of service. Whatever it is booked for stays booked, to be moved or canceled."""
    return moved(equipment, Status.OUT_OF_SERVICE, Status.AVAILABLE)


@rule("faculties.equipment.returned", needs="faculties.change_equipment")
def return_equipment(actor: Actor, equipment: Equipment) -> Equipment:
    """Return a piece of equipment to service."""
    return moved(equipment, Status.AVAILABLE, Status.OUT_OF_SERVICE)


@rule("faculties.equipment.retired", needs="faculties.change_equipment")
def retire_equipment(actor: Actor, equipment: Equipment) -> Equipment:
    """Retire a piece of equipment for good, once it is not booked any more."""
    refuse_booked(equipment)
    return moved(equipment, Status.RETIRED, Status.AVAILABLE, Status.OUT_OF_SERVICE)
