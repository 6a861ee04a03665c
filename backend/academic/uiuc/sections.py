"""This file holds the sections of a term as they are published: when and where they meet, and which meet together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from academic.imports.loads import BadSource
from academic.sections.models import Kind
from academic.uiuc.source import OF_A_COURSE, rows_of

OF_A_SECTION = (
    *OF_A_COURSE, "YearTerm", "CRN", "Section", "Status Code", "Part of Term", "Section Title", "Section Credit Hours",
    "Type", "Start Time", "End Time", "Days of Week", "Room", "Building", "Instructors",
)  # fmt: skip
ARRANGED = "ARRANGED"
WEEKDAYS = {letter: place for place, letter in enumerate("MTWRFSU", 1)}
STATES = {"A": "finished", "P": "planned"}
KINDS = {
    "Lecture": Kind.LECTURE,
    "Lecture-Discussion": Kind.LECTURE,
    "Online Lecture": Kind.LECTURE,
    "Online Lecture Discussion": Kind.LECTURE,
    "Discussion/Recitation": Kind.TUTORIAL,
    "Online Discussion": Kind.TUTORIAL,
    "Quiz": Kind.TUTORIAL,
    "Seminar": Kind.SEMINAR,
    "Conference": Kind.SEMINAR,
    "Laboratory": Kind.LAB,
    "Laboratory-Discussion": Kind.LAB,
    "Online Lab": Kind.LAB,
    "Practice": Kind.PRACTICAL,
    "Internship": Kind.PRACTICAL,
}
WHOLE_TERM = "1"
CRN = re.compile(r"[0-9]{5}")

# What became of a row of the file; each row is one of these.
MEETS, MEETS_WITH, NO_TIME, NO_DAY, SAID_BEFORE = "meets", "meets_with", "arranged", "no_day", "said_before"
FATES = {
    MEETS: "its meetings are those of the section",
    MEETS_WITH: "cross-listed: the section meets with another one at this time and place",
    NO_TIME: "time by arrangement: no meeting",
    NO_DAY: "a time without a day: no meeting",
    SAID_BEFORE: "the same meeting of the section stands on an earlier row",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """A term, and the days of its parts. What is not named here lasts for the whole term."""

    code: str
    name: str
    year: int
    starts_on: date
    ends_on: date
    parts: Mapping[str, tuple[date, date]]

    def days_of(self, part: str) -> tuple[date, date]:
        return self.parts.get(part, (self.starts_on, self.ends_on))


# The source names parts of a term, and no days. These are ours: a session of 4 weeks, one of 8, and its two halves.
CALENDARS = {
    "2025-su": Calendar(
        "2025-su",
        "Summer 2025",
        2025,
        date(2025, 5, 19),
        date(2025, 8, 8),
        {
            "S1": (date(2025, 5, 19), date(2025, 6, 13)),
            "S2": (date(2025, 6, 16), date(2025, 8, 8)),
            "S2A": (date(2025, 6, 16), date(2025, 7, 11)),
            "S2B": (date(2025, 7, 14), date(2025, 8, 8)),
        },
    )
}


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One weekly hour of a section, and where; without a building it is at a distance, or nobody said."""

    weekday: int
    starts_at: time
    ends_at: time
    building: str
    room: str


@dataclass(slots=True)
class SectionRow:
    """One section, of however many rows. `slots` says of each slot its kind, and the line on which it stands first."""

    line: int
    crn: str
    course: str
    name: str
    kind: Kind
    part: str
    status: str
    lecturers: tuple[str, ...]
    has_own_title: bool
    has_own_credits: bool
    slots: dict[Slot, tuple[Kind, int]] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    places_without_time: int = 0
    host: "SectionRow | None" = None

    @property
    def code(self) -> str:
        """What people call it, and the number that tells it from others of that name."""
        return f"{self.name} {self.crn}".strip()

    @property
    def fates(self) -> Iterator[str]:
        for fate in self.rows:
            yield MEETS_WITH if self.host and fate == MEETS else fate


def sections_of(path: Path) -> tuple[Calendar, list[SectionRow]]:
    """The sections of a file in its order, and the term that they are of."""
    sections: dict[str, SectionRow] = {}
    terms: set[str] = set()
    for line, row in rows_of(path, OF_A_SECTION):
        where = f"{path.name}, line {line}"
        terms.add(row["YearTerm"])
        if row["YearTerm"] not in CALENDARS or len(terms) > 1:
            raise BadSource(f"{where}: YearTerm is one of {', '.join(CALENDARS)}, the same on each row.")
        if not CRN.fullmatch(row["CRN"]):
            raise BadSource(f"{where}: CRN is a number of 5 digits, not “{row['CRN']}”. Correct it.")
        if row["Status Code"] not in STATES:
            raise BadSource(f"{where}: Status Code is one of {', '.join(STATES)}, not “{row['Status Code']}”.")
        section = sections.setdefault(row["CRN"], section_of(line, row))
        if section.course != f"{row['Subject']} {row['Number']}":
            raise BadSource(f"{where}: CRN {section.crn} is of {section.course} on line {section.line}. Correct one.")
        add_slots(section, row, line, where)
    found = list(sections.values())
    let_meet_together(found)
    return CALENDARS[terms.pop()], found


def section_of(line: int, row: Mapping[str, str]) -> SectionRow:
    lecturers = (name.strip() for name in row["Instructors"].split(";"))
    return SectionRow(
        line,
        row["CRN"],
        f"{row['Subject']} {row['Number']}",
        row["Section"],
        KINDS.get(row["Type"], Kind.OTHER),
        row["Part of Term"],
        STATES[row["Status Code"]],
        tuple(dict.fromkeys(name for name in lecturers if name)),
        has_own_title=bool(row["Section Title"]),
        has_own_credits=bool(row["Section Credit Hours"]),
    )


def add_slots(section: SectionRow, row: Mapping[str, str], line: int, where: str) -> None:
    """What one row says of when and where a section meets."""
    if row["Start Time"] == ARRANGED:
        section.rows.append(NO_TIME)
        section.places_without_time += bool(row["Building"])
        return
    starts_at, ends_at = (time_of(row[name], name, where) for name in ("Start Time", "End Time"))
    if ends_at <= starts_at:
        raise BadSource(f"{where}: End Time is after Start Time, on the same day. Correct it.")
    days = row["Days of Week"]
    if not set(days) <= set(WEEKDAYS):
        raise BadSource(f"{where}: Days of Week are some of {', '.join(WEEKDAYS)}, not “{days}”. Correct it.")
    if bool(row["Building"]) != bool(row["Room"]):
        raise BadSource(f"{where}: a room is told by Building and Room. Give both, or neither.")
    slots = [Slot(WEEKDAYS[day], starts_at, ends_at, row["Building"], row["Room"]) for day in days]
    new = [slot for slot in slots if slot not in section.slots]
    section.slots |= {slot: (KINDS.get(row["Type"], Kind.OTHER), line) for slot in new}
    section.rows.append(MEETS if new else SAID_BEFORE if days else NO_DAY)


def time_of(text: str, column: str, where: str) -> time:
    try:
        return datetime.strptime(text, "%I:%M %p").time()  # noqa: DTZ007  a time by the wall
    except ValueError as error:
        raise BadSource(f"{where}: {column} is a time such as 09:30 AM, not “{text}”. Correct it.") from error


def let_meet_together(sections: Iterable[SectionRow]) -> None:
    """Sections that share all their hours of the same days meet as one: in the same rooms, or at a distance by the same
    lecturers. The first of them has the meetings.
    """
    hosts: dict[tuple, SectionRow] = {}
    for section in sections:
        in_rooms = all(slot.building for slot in section.slots)
        if section.slots and (in_rooms or section.lecturers):
            who = () if in_rooms else section.lecturers
            host = hosts.setdefault((section.part, frozenset(section.slots), who), section)
            section.host = None if host is section else host
