"""This file holds which sections may belong together: parts of a whole, and those that meet with another one.

The database refuses the others too (together.sql); here they get their sentence.
"""

from pathlib import Path
from typing import Any

from academic.calendar.models import Term
from academic.courses.models import Course
from academic.sections.models import Section
from core.errors import RuleBroken

TEXT = Path(__file__).with_name("together.sql")


def field_of_seats(section: Section, host: Section, fields: dict[str, Any]) -> str:
    """Which field of a change a room too small is about."""
    if section != host and "capacity" not in fields:
        return "meets_with"
    return "capacity" if fields.get("combined_capacity") is None else "combined_capacity"


def refuse_other_whole(whole: Section | None, course: Course, term: Term) -> None:
    """A part is of the course and term of its whole, which is no part itself."""
    if whole is None:
        return
    if (whole.course_id, whole.term_id) != (course.pk, term.pk):
        words = "A part is of the same course and in the same term as its whole."
        raise RuleBroken("other_course_or_term", words, field="whole")
    if whole.whole_id:
        raise RuleBroken("section_in_steps", f"{named(whole)} is a part itself: name its whole.", field="whole")


def refuse_other_host(host: Section | None, term: Term, section: Section | None = None) -> None:
    """A section is cross-listed with one of its term that has meetings, and then has none of its own."""
    if host is None:
        return
    if host.term_id != term.pk:
        words = f"{named(host)} is in another term: sections that meet together are of one."
        raise RuleBroken("other_term", words, field="meets_with")
    if host.meets_with_id or host == section:
        words = f"{named(host)} has no meetings of its own: name the section that has them."
        raise RuleBroken("section_in_steps", words, field="meets_with")
    if section is not None and section.met_by.exists():
        words = "Other sections meet with this one: let them meet with that one first."
        raise RuleBroken("section_in_steps", words, field="meets_with")
    if section is not None and section.meetings.exclude(status="canceled").exists():
        words = "This section has meetings: cancel them before it meets with another one."
        raise RuleBroken("meets_elsewhere", words, field="meets_with")


def refuse_deserting(host: Section) -> None:
    """Before a section is canceled, open ones that meet with it meet elsewhere, or are canceled too."""
    guests = host.met_by.filter(status=Section.Status.OPEN, without_meetings=False).select_related("course")
    if guest := guests.order_by("pk").first():
        words = f"{named(guest)}, which is open, meets with it: let that meet elsewhere, or cancel that first."
        raise RuleBroken("met_here", words, field="status")


def refuse_few_together(host: Section, combined_capacity: int) -> None:
    """A combined capacity holds all who have a seat in any of the sections that meet together."""
    seats = sum(
        one.seats_taken + one.seats_offered
        for one in Section.objects.filter(institution=host.institution_id, meets_as=host.pk)
    )
    if seats > combined_capacity:
        words = f"{seats} seats are taken or offered of all who meet together: give at least that many."
        raise RuleBroken("too_few_seats", words, field="combined_capacity")


def named(section: Section) -> str:
    return f"{section.course.code} {section.code}"
