"""This file holds how a name is kept when an institution or a unit is renamed; each renames by a rule of its own."""

from datetime import date
from uuid import UUID

from core.errors import RuleBroken
from faculties.former_names.models import FormerName


def keep_name(
    name: str, institution_id: UUID, *, new: str, until: date, today: date, since: date | None = None, **place: UUID
) -> FormerName:
    """Keep the name that a place had until a day. `since` is when the place began, and so its first name;
    `today` is the day it is there.

    A name begins where the one before it ended; it is not today's before its day has come.
    """
    if name == new:
        raise RuleBroken("same_name", "This is its name already.", field="name")
    if until > today:
        raise RuleBroken("renamed_later", "Rename it on the day, or after it: not before.", field="renamed_on")
    whose = {"faculty_id": None, "department_id": None} | place
    before = FormerName.objects.filter(institution=institution_id, **whose).order_by("-ends_on").first()
    starts_on = before.ends_on if before else since
    if starts_on is not None and starts_on >= until:
        message = f"It has had its present name since {starts_on:%Y-%m-%d}: the new one begins after that day."
        raise RuleBroken("renamed_before", message, field="renamed_on")
    kept = FormerName(institution_id=institution_id, name=name, starts_on=starts_on, ends_on=until, **whose)
    return kept.save_checked()
