"""This file holds how entries are written as iCalendar (RFC 5545)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from django.conf import settings

from academic.feeds.entries import Entry

LONGEST_LINE = 75  # bytes, without the end of the line
CONTROLS = [chr(code) for code in (*range(32), 127)]
# A calendar has one component at least (RFC 5545, 3.6): one without entries has the clock that it would go by.
CLOCK = """BEGIN:VTIMEZONE
TZID:UTC
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE"""
ESCAPES = str.maketrans(dict.fromkeys(CONTROLS) | {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def written(name: str, entries: Iterable[Entry]) -> bytes:
    """A calendar of that name."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//TESC//Calendar//EN",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    told = [line for entry in entries for line in lines_of(entry)] or CLOCK.splitlines()
    return "".join(f"{folded(line)}\r\n" for line in [*lines, *told, "END:VCALENDAR"]).encode()


def lines_of(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.id}@{urlsplit(settings.PUBLIC_URL).hostname}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{instant(entry.changed_at)}"
    yield f"LAST-MODIFIED:{instant(entry.changed_at)}"
    yield f"DTSTART{moment(entry.starts)}"
    yield f"DTEND{moment(entry.ends)}"
    yield f"SUMMARY:{escaped(entry.summary)}"
    if entry.location:
        yield f"LOCATION:{escaped(entry.location)}"
    yield f"STATUS:{'CANCELLED' if entry.is_canceled else 'CONFIRMED'}"
    yield f"TRANSP:{'OPAQUE' if entry.is_busy else 'TRANSPARENT'}"
    yield "END:VEVENT"


def moment(at: date) -> str:
    """A day or an instant, with the parameter that tells them apart."""
    return f":{instant(at)}" if isinstance(at, datetime) else f";VALUE=DATE:{at:%Y%m%d}"


def instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    return text.translate(ESCAPES)


def folded(line: str) -> str:
    """The line in pieces that are short enough; no character is cut in two."""
    pieces, size = [], 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            pieces.append("\r\n ")
            size = 1
        pieces.append(character)
        size += width
    return "".join(pieces)
