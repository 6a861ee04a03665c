"""This file holds a draft beside what is published of it, hour by hour."""

from collections.abc import Iterator
from uuid import UUID

from django.utils import timezone

from academic.calendar.weeks import numbering_of_terms
from academic.timetables.models import PublishedHour
from academic.timetables.reading import Asked, Hour, draft, published, refuse_many
from core.actor import Actor

Change = PublishedHour.Change


def compared(actor: Actor, asked: Asked) -> Iterator[tuple[Hour, Hour | None]]:
    """Each hour of the draft with how it is published, if it is; then each published one that the draft has no more.

    `change` is what publishing would change of it. One that would move out of these days, or into them, stands where it
    is asked about alone: it looks canceled there, or new.
    """
    before = {hour.id: hour for hour in refuse_many(published(actor, asked))}
    for planned in numbered(refuse_many(draft(actor, asked))):
        known = before.pop(planned.id, None)
        hour = planned._replace(change=change_of(planned, known))
        if known:
            hour = hour._replace(sequence=known.sequence, version=known.version)
        yield hour, known
    for gone in before.values():
        yield gone._replace(change=Change.CANCELED.value), gone


def change_of(hour: Hour, known: Hour | None) -> str | None:
    if known is None or known.change == Change.CANCELED:
        return Change.NEW.value
    if (hour.starts_at, hour.ends_at) != (known.starts_at, known.ends_at):
        return Change.MOVED.value
    if hour.room != known.room:
        return Change.ROOM_CHANGED.value
    is_over = hour.ends_at <= timezone.now()  # whoever taught it
    return None if is_over or hour.lecturers == known.lecturers else Change.LECTURER_CHANGED.value


def numbered(hours: list[Hour]) -> Iterator[Hour]:
    """The hours with the weeks of their terms."""
    if not hours:
        return
    numbering = numbering_of_terms(UUID(hours[0].institution), {UUID(hour.term) for hour in hours})
    for hour in hours:
        yield hour._replace(week=numbering.week(UUID(hour.term), UUID(hour.program), hour.starts.date()))
