"""This file holds how many credits a section earns: those of its course on its first day, and a part of one none."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from academic.courses.versions.queries import course_on, follow
from academic.sections.models import Section
from core.errors import RuleBroken


def credits_for(section: Section, stated: Decimal | None) -> Decimal:
    """What a section earns of which somebody may have stated how much, where its course leaves a choice."""
    if section.whole_id:
        least = most = Decimal(0)
    else:
        told = course_on(section.course, section.starts_on)
        least, most = told.credits, told.credits_up_to or told.credits
    if stated is None or least <= stated <= most:
        return least if stated is None else stated
    range_of = f"{least:f}" if least == most else f"{least:f} to {most:f}"
    words = f"From {section.starts_on} on this earns {range_of} credits: give as many, or leave it out."
    raise RuleBroken("credits_of_its_course", words, field="credits")


def restate(section: Section, fields: Mapping[str, Any]) -> None:
    """What changes of the credits of a section whose other fields are set: nothing, where somebody takes it."""
    stated = fields.get("credits", section.credits)
    if stated != section.credits:
        if section.registrations.exists():
            raise RuleBroken("taken_already", "Students registered for these credits: they stay.", field="credits")
        section.change(credits=credits_for(section, stated))
    elif "starts_on" in fields:
        follow(section.institution_id, [section.course_id])
        section.refresh_from_db(fields=["credits", "version", "updated_at"])
