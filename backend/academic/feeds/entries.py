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


SOURCES: Mapping[Feed.Kind, Callable[[Feed], Iterator[Entry]]] = {Feed.Kind.CALENDAR: calendar_of}
