"""This file holds how a timetable is published."""

from typing import Any

from django.utils import timezone

from academic.calendar.holding import hold_timetable
from academic.calendar.models import Term
from academic.timetables.events import TimetablePublished
from academic.timetables.models import TimetablePublication
from academic.timetables.publishing import COUNTS, Difference, Extent, Warned, difference, warnings, write
from core.actor import Actor
from core.errors import NotAllowed, RuleBroken
from core.outbox.events import announce
from core.rules import rule
from faculties.models import Department, Faculty

PUBLISH = "academic.publish_timetable"


@rule("academic.timetable.published", needs=PUBLISH)
def publish_timetable(
    actor: Actor, *, term: Term, faculty: Faculty | None = None, department: Department | None = None, note: str = ""
) -> TimetablePublication:
    """Publish the timetable of a term and its parts, of the institution or of one unit. From here on students and
    calendar programs read the draft of this moment; everybody whose coming classes changed is written to once.
    """
    extent = extent_of(term, faculty, department)
    hold_timetable(extent.institution)
    values = extent.values()
    found = difference(values)
    if found.is_empty:
        raise RuleBroken("nothing_changed", f"What is published of {term} is what is planned.", field="term")
    publications = TimetablePublication.objects.filter(institution=extent.institution, term=term)
    publication = TimetablePublication(
        institution_id=extent.institution,
        term=term,
        faculty=faculty,
        department=department,
        number=publications.count() + 1,
        published_at=timezone.now(),
        published_by=actor.id,
        note=note,
        **{name: getattr(found, name) for name in COUNTS},
        people_told=found.people,
    ).save_checked()
    write(values, publication.pk)
    announce(TimetablePublished(extent.institution, publication.pk))
    return publication


def check_publication(
    actor: Actor, *, term: Term, faculty: Faculty | None = None, department: Department | None = None, **_note: Any
) -> tuple[Difference, list[Warned], int]:
    """What publishing would change at this moment, and where somebody should look first; nothing is changed."""
    refuse_out_of_reach(actor, term, department or faculty)
    values = extent_of(term, faculty, department).values()
    return difference(values), *warnings(values)


def extent_of(term: Term, faculty: Faculty | None, department: Department | None) -> Extent:
    """What is asked to be published at once, if it makes sense."""
    if term.kind == Term.Kind.YEAR:
        raise RuleBroken("year_published", f"{term} is a year: publish one of its terms.", field="term")
    if faculty and department:
        words = "Name a faculty or a department; for the whole institution, neither."
        raise RuleBroken("faculty_or_department", words, field="department")
    return Extent(term, faculty, department)


def refuse_out_of_reach(actor: Actor, term: Term, unit: Faculty | Department | None) -> None:
    """Who may publish at a unit looks at no other."""
    reach = actor.reach(PUBLISH).within(term.institution_id)
    if not (reach.institutions or (unit and unit.pk in reach.units)):
        raise NotAllowed(PUBLISH)
