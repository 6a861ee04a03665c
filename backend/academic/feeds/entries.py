"""This file holds what stands in a feed, as entries of a calendar, whatever they come from.

A further kind of feed is one more line of SOURCES. The id of an entry stays the same for as long as its row lives, and
its sequence grows with every change of the row: so calendar programs change what they hold, and add nothing twice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from uuid import UUID

from django.utils import timezone

from academic.calendar.models import Holiday, Term, Window
from academic.calendar.windows import opening_of
from academic.feeds.models import Feed
from academic.registrations.models import Registration
from academic.sections.models import Section, Teaching
from academic.timetables.models import PublishedHour

DAY = timedelta(days=1)
KEPT = timedelta(days=400)  # how long what is over stays in a feed


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: whole days or instants, the end not included."""

    id: str
    sequence: int
    changed_at: datetime
    summary: str
    starts: date
    ends: date
    is_canceled: bool = False
    location: str = ""
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody has to do with one section: what it is called to them, and since which change."""

    section: Section
    changes: int
    changed_at: datetime
    is_left: bool = False

    def __or__(self, other: "Place") -> "Place":
        """Both at once: of two sections that meet together, or who learns and teaches there."""
        shown = other if self.is_left else self
        changed_at = max(self.changed_at, other.changed_at)
        return Place(shown.section, self.changes + other.changes, changed_at, self.is_left and other.is_left)


def title_of(feed: Feed) -> str:
    """What a calendar program calls it."""
    name = feed.institution.name
    return name if feed.kind == Feed.Kind.CALENDAR else f"{feed.get_kind_display()}: {name}".capitalize()


def entries_of(feed: Feed) -> Iterator[Entry]:
    """What a feed tells now."""
    return SOURCES[Feed.Kind(feed.kind)](feed)


def calendar_of(feed: Feed) -> Iterator[Entry]:
    """The calendar of an institution: its terms with their census dates, holidays, and windows."""
    since = timezone.localdate() - KEPT
    return chain(
        terms_since(feed.institution_id, since),
        holidays_since(feed.institution_id, since),
        windows_since(feed.institution_id, since),
    )


def terms_since(institution: UUID, since: date) -> Iterator[Entry]:
    for term in Term.objects.filter(institution_id=institution, ends_on__gte=since).order_by("id"):
        state = term.version - 1, term.updated_at
        yield Entry(f"term-{term.pk}", *state, term.name, term.starts_on, term.ends_on + DAY)
        if term.census_on:
            yield Entry(f"census-{term.pk}", *state, f"Census: {term.name}", term.census_on, term.census_on + DAY)


def holidays_since(institution: UUID, since: date) -> Iterator[Entry]:
    for one in Holiday.objects.filter(institution_id=institution, ends_on__gte=since).order_by("id"):
        state = one.version - 1, one.updated_at
        yield Entry(f"holiday-{one.pk}", *state, one.name, one.starts_on, one.ends_on + DAY, one.is_canceled)


def windows_since(institution: UUID, since: date) -> Iterator[Entry]:
    """Those of terms and programs; days count from the first of the term, where most sections begin."""
    rows = Window.objects.filter(institution_id=institution, section=None, term__ends_on__gte=since)
    for window in rows.select_related("institution", "term", "program").order_by("id"):
        term, program = window.term, f" ({window.program.code})" if window.program else ""
        opening = opening_of(window, term.starts_on)
        # Where it lies depends on both rows, so that a change of either is one.
        sequence, changed_at = window.version + term.version - 2, max(window.updated_at, term.updated_at)
        summary = f"{window.get_kind_display()}: {term.name}{program}"
        yield Entry(f"window-{window.pk}", sequence, changed_at, summary, opening.opens_at, opening.closes_at)


def timetable_of(feed: Feed) -> Iterator[Entry]:
    """The published classes that somebody attends or teaches. One that was canceled stays, as canceled; so do all of a
    section from which a student withdrew.
    """
    places: dict[UUID, Place] = {}
    for meets_as, place in places_of(feed):
        places[meets_as] = places[meets_as] | place if meets_as in places else place
    hours = PublishedHour.objects.filter(
        institution_id=feed.institution_id, section__in=places, ends_at__gte=timezone.now() - KEPT
    )
    for hour in hours.select_related("meeting", "room__building__campus").order_by("id"):
        place = places[hour.section_id]
        course, room = place.section.course, hour.room
        yield Entry(
            f"class-{hour.occurrence}",
            hour.sequence + place.changes,
            max(hour.updated_at, place.changed_at),
            f"{course.code} {course.title} ({hour.meeting.get_kind_display().lower()})",
            hour.starts_at,
            hour.ends_at,
            is_canceled=place.is_left or hour.last_change == PublishedHour.Change.CANCELED,
            location=f"{room}, {room.building.name}, {room.building.campus.name}" if room else "",
            is_busy=True,
        )


def places_of(feed: Feed) -> Iterator[tuple[UUID, Place]]:
    """What the person of a feed has to do with which section that meets."""
    here = {"institution_id": feed.institution_id, "section__ends_on__gte": timezone.localdate() - KEPT}
    teachings = Teaching.objects.filter(**here, account=feed.account_id, attends=True)
    for teaching in teachings.select_related("section__course"):
        yield teaching.section.meets_as, Place(teaching.section, teaching.version - 1, teaching.updated_at)
    registrations = Registration.objects.filter(**here, student__account=feed.account_id)
    for one in registrations.select_related("section__course"):
        is_left = one.status != Registration.Status.REGISTERED
        yield one.section.meets_as, Place(one.section, one.version - 1, one.updated_at, is_left)


SOURCES: Mapping[Feed.Kind, Callable[[Feed], Iterator[Entry]]] = {
    Feed.Kind.CALENDAR: calendar_of,
    Feed.Kind.TIMETABLE: timetable_of,
}
