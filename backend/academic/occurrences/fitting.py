"""This file holds whether a room has a seat for everybody."""

from core.errors import RuleBroken
from faculties.rooms.models import Room


def refuse_small_room(needed: int, room: Room, *, is_exam: bool, field: str = "room") -> None:
    """The room holds as many as the section has; in an examination people sit further apart."""
    holds = (room.exam_capacity or 0) if is_exam else room.capacity
    if needed > holds:
        here = " in an examination" if is_exam else ""
        raise RuleBroken("room_too_small", f"{room} holds {holds}{here}, and the section has {needed}.", field=field)
