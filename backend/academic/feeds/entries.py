"""This file holds what stands in a feed, as entries of a calendar, whatever they come from.

A further kind of feed is one more line of SOURCES. The id of an entry stays the same for as long as its row lives, and
its sequence grows with every change of the row: so calendar programs change what they hold, and add nothing twice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from academic.calendar.models import Holiday, Term, TermException, Window
from academic.calendar.windows import opening_of
from academic.enrollments.models import Enrollment
from academic.feeds.models import Feed, LeftSection
from academic.registrations.models import Registration
from academic.sections.models import Section, Teaching
from academic.timetables.models import PublishedHost, PublishedHour
from faculties.institutions.days import today_at

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
    """What somebody has to do with one section: what it is called to them, and since which change.

    Whatever happens to it makes `changes` more: something of it changed, or one more has to do with it.
    """

    section: Section
    changes: int
    changed_at: datetime
    is_left: bool = False

    def __or__(self, other: "Place") -> "Place":
        """Both at once: of two sections that meet together, or who learns and teaches there."""
        shown = other if self.is_left else self
        changes, changed_at = self.changes + other.changes + 1, max(self.changed_at, other.changed_at)
        return Place(shown.section, changes, changed_at, self.is_left and other.is_left)


def title_of(feed: Feed) -> str:
    """What a calendar program calls it."""
    name = feed.institution.name
    return name if feed.kind == Feed.Kind.CALENDAR else f"{feed.get_kind_display()}: {name}".capitalize()


def entries_of(feed: Feed) -> Iterator[Entry]:
    """What a feed tells now."""
    return SOURCES[Feed.Kind(feed.kind)](feed)


def calendar_of(feed: Feed) -> Iterator[Entry]:
    """The calendar of an institution: its terms with their census dates, holidays, and windows.

    Of exceptions from terms those of the reader's programs, and of windows of sections those of the reader's.
    """
    since = today_at(feed.institution_id) - KEPT
    return chain(
        terms_since(feed.institution_id, since),
        exceptions_since(feed, since),
        holidays_since(feed.institution_id, since),
        windows_since(feed, since),
    )


def terms_since(institution: UUID, since: date) -> Iterator[Entry]:
    for term in Term.objects.filter(institution_id=institution, ends_on__gte=since).order_by("id"):
        yield from days_of("term", term, term.name, changes_of(term))


def exceptions_since(feed: Feed, since: date) -> Iterator[Entry]:
    here = {"institution_id": feed.institution_id}
    enrolled = Enrollment.objects.filter(**here, student__account=feed.account_id, ended_on=None)
    programs = enrolled.values("program_version__program")
    rows = TermException.objects.filter(**here, program__in=programs, ends_on__gte=since)
    for one in rows.select_related("term", "program").order_by("id"):
        state = changes_of(one, one.term, one.program)
        yield from days_of("exception", one, f"{one.term.name} ({one.program.code})", state)


def days_of(kind: str, row: Term | TermException, name: str, state: tuple[int, datetime]) -> Iterator[Entry]:
    """The days of a term, or of an exception from one, and its census date."""
    yield Entry(f"{kind}-{row.pk}", *state, name, row.starts_on, row.ends_on + DAY)
    if row.census_on:
        yield Entry(f"census-{row.pk}", *state, f"Census: {name}", row.census_on, row.census_on + DAY)


def holidays_since(institution: UUID, since: date) -> Iterator[Entry]:
    for one in Holiday.objects.filter(institution_id=institution, ends_on__gte=since).order_by("id"):
        state = changes_of(one)
        yield Entry(f"holiday-{one.pk}", *state, one.name, one.starts_on, one.ends_on + DAY, one.is_canceled)


def windows_since(feed: Feed, since: date) -> Iterator[Entry]:
    """Those of terms and programs, whose days count from the first that the term has, for the program if it is of one,
    where most sections begin; and those of sections that the reader takes or teaches.
    """
    here, active = {"institution_id": feed.institution_id}, Registration.Status.REGISTERED
    taken = Registration.objects.filter(**here, student__account=feed.account_id, status=active).values("section")
    taught = Teaching.objects.filter(**here, account=feed.account_id).values("section")
    concerning = Q(section=None) | Q(section__in=taken) | Q(section__in=taught)
    rows = Window.objects.filter(concerning, **here, term__ends_on__gte=since)
    exceptions = TermException.objects.filter(**here, term__in=rows.values("term"))
    own: dict[tuple[UUID, UUID | None], TermException] = {(one.term_id, one.program_id): one for one in exceptions}
    for window in rows.select_related("institution", "term", "program", "section__course").order_by("id"):
        term, section = window.term, window.section
        exception = own.get((term.pk, window.program_id))
        of = section or exception or term
        opening = opening_of(window, of.starts_on)
        # Where it lies and what it is called depends on these rows, so that a change of any is one. An exception comes
        # and goes.
        known = [row for row in (window, window.program, section or term, section and section.course) if row]
        sequence, changed_at = changes_of(*known, *([exception] if exception else []))
        sequence += 1 if exception else 0
        program = f" ({window.program.code})" if window.program else ""
        name = f"{section.course.code} {section.code}" if section else f"{term.name}{program}"
        summary = f"{window.get_kind_display()}: {name}"
        yield Entry(f"window-{window.pk}", sequence, changed_at, summary, opening.opens_at, opening.closes_at)


def timetable_of(feed: Feed) -> Iterator[Entry]:
    """The published classes that somebody attends or teaches. One that was canceled stays, as canceled; so do all of a
    section that was canceled, or from which a student withdrew; and until it ends those of one that somebody left
    without a trace.
    """
    places: dict[UUID, Place] = {}
    for host, place in hosts_of(feed, list(places_of(feed))):
        places[host] = places[host] | place if host in places else place
    hours = PublishedHour.objects.filter(
        institution_id=feed.institution_id, section__in=places, ends_at__gte=timezone.now() - KEPT
    )
    for hour in hours.select_related("meeting", "room__building__campus").order_by("id"):
        place = places[hour.section_id]
        course, room = place.section.course, hour.room
        # Another name of these is told by the stamp alone: an hour may move to a room that changed less often, and
        # its sequence only grows.
        where = (room, room.building, room.building.campus) if room else ()
        yield Entry(
            f"class-{hour.occurrence}",
            hour.sequence + place.changes,
            max(hour.updated_at, place.changed_at, *(row.updated_at for row in where)),
            f"{course.code} {course.title} ({hour.meeting.get_kind_display().lower()})",
            hour.starts_at,
            hour.ends_at,
            is_canceled=place.is_left or hour.last_change == PublishedHour.Change.CANCELED,
            location=f"{room}, {room.building.name}, {room.building.campus.name}" if room else "",
            is_busy=True,
        )


def hosts_of(feed: Feed, places: list[Place]) -> Iterator[tuple[UUID, Place]]:
    """The same, with the sections as which theirs meet; as which they met before is left."""
    sections = [place.section.pk for place in places]
    known: dict[UUID, list[PublishedHost]] = {}
    for one in PublishedHost.objects.filter(institution_id=feed.institution_id, section__in=sections):
        known.setdefault(one.section_id, []).append(one)
    for place in places:
        if place.section.pk not in known:
            yield place.section.pk, place
        for one in known.get(place.section.pk, []):
            changed_at = max(place.changed_at, one.updated_at)
            is_left = place.is_left or one.is_over
            yield one.host_id, Place(place.section, place.changes + one.version, changed_at, is_left)


def places_of(feed: Feed) -> Iterator[Place]:
    """What the person of a feed has to do with which section."""
    today, here = today_at(feed.institution_id), {"institution_id": feed.institution_id}
    recent = {**here, "section__ends_on__gte": today - KEPT}
    teachings = Teaching.objects.filter(**recent, account=feed.account_id, attends=True)
    for teaching in teachings.select_related("section__course"):
        yield place_in(teaching, teaching.version - 1)
    registrations = Registration.objects.filter(**recent, student__account=feed.account_id)
    for one in registrations.select_related("section__course"):
        yield place_in(one, one.version - 1, is_left=one.status != Registration.Status.REGISTERED)
    left = LeftSection.objects.filter(**here, section__ends_on__gte=today, account=feed.account_id)
    for gone in left.select_related("section__course"):
        yield place_in(gone, gone.changes, is_left=True)


def place_in(row: Teaching | Registration | LeftSection, changes: int, *, is_left: bool = False) -> Place:
    section = row.section
    is_over = is_left or section.status == Section.Status.CANCELED
    more, changed_at = changes_of(section, section.course)
    return Place(section, changes + more, max(row.updated_at, changed_at), is_over)


def changes_of(*rows: Any) -> tuple[int, datetime]:
    """How often these rows changed, and when the last time."""
    return sum(row.version - 1 for row in rows), max(row.updated_at for row in rows)


SOURCES: Mapping[Feed.Kind, Callable[[Feed], Iterator[Entry]]] = {
    Feed.Kind.CALENDAR: calendar_of,
    Feed.Kind.TIMETABLE: timetable_of,
}
