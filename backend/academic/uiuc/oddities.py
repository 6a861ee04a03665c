"""This file holds what is odd in the files: kept as it is, counted by kind, and shown by examples."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from uuid import UUID

from django.db import connection

from academic.imports.oddities import EXAMPLES, Example, Oddity
from academic.sections.models import Kind
from academic.uiuc.sections import WHOLE_TERM, Calendar, SectionRow
from academic.uiuc.source import LABEL, CourseRow
from academic.uiuc.timetable import AS_PUBLISHED

# kind, what it means, and what makes a course one of it.
KINDS: tuple[tuple[str, str, Callable[[CourseRow], bool]], ...] = (
    (
        "credits_vary",
        "credit hours of two amounts, “3 OR 4” or “1 TO 4”: kept as from the less up to the more",
        lambda course: course.credits_up_to is not None,
    ),
    (
        "credits_none",
        "no credit hours at all: 0, up to nothing",
        lambda course: not course.credits_up_to and not course.credits,
    ),
    (
        "number_below_100",
        "a number below 100: of level 1",
        lambda course: int(course.code.split()[1]) < 100,
    ),
    (
        "prerequisite_without_label",
        "the description speaks of prerequisites, and does not label them: none are kept",
        lambda course: "Prerequisite" in course.description and not course.prerequisite,
    ),
    (
        "prerequisite_labeled_twice",
        "prerequisites labeled twice: kept from the first label on",
        lambda course: bool(LABEL.search(course.prerequisite)),
    ),
)


# The same of sections; whether a part of the term has days is asked of the calendar.
SECTION_KINDS: tuple[tuple[str, str, Callable[[Calendar, SectionRow], bool]], ...] = (
    (
        "part_of_term_without_days",
        "a part of the term whose days are not known: taught for all of the term",
        lambda calendar, section: section.part != WHOLE_TERM and section.part not in calendar.parts,
    ),
    ("no_lecturer", "nobody is named who teaches it", lambda _, section: not section.lecturers),
    ("kind_other", "a type that is no kind of section here: other", lambda _, section: section.kind == Kind.OTHER),
    ("own_title", "a title of its own: there is no room for it here", lambda _, section: section.has_own_title),
    (
        "own_credits",
        "credit hours of its own: there is no room for them here",
        lambda _, section: section.has_own_credits,
    ),
    (
        "place_without_time",
        "a room without a time: no meeting, and the room is free",
        lambda _, section: section.places_without_time > 0,
    ),
    ("cross_listed", "meets with another section, of the same hours and place", lambda _, section: bool(section.host)),
)
WAIVED = """
SELECT waiver.waives, meeting.line, concat_ws(' ', section.course, section.code), meeting.weekday,
  meeting.starts_at
FROM academic_meetingwaiver waiver
JOIN wanted_meeting meeting ON meeting.id = waiver.meeting_id
JOIN wanted_section wanted ON wanted.id = meeting.section_id
JOIN uiuc_sections section ON section.crn = wanted.crn
WHERE waiver.institution_id = %(institution)s AND waiver.reason = %(reason)s
ORDER BY waiver.waives, meeting.line, meeting.weekday"""
WAIVED_MEANINGS = {
    "lecturer": "a meeting while its lecturer has another one: imported with a waiver",
    "room": "a meeting while another one has its room: imported with a waiver",
}


def oddities_of(courses: Sequence[CourseRow]) -> list[Oddity]:
    """Every kind of course that occurs, with its first ones."""
    lines = [(one.file, one.line, f"{one.code} {one.title}", one) for one in courses]
    return list(told(lines, KINDS))


def oddities_of_sections(
    file: str, courses: Sequence[CourseRow], calendar: Calendar | None, sections: Sequence[SectionRow]
) -> list[Oddity]:
    """Every kind of section that occurs, and the courses that only sections name."""
    if calendar is None:
        return []
    more = [(one.file, one.line, f"{one.code} {one.title}", one) for one in courses]
    meaning = "a course that the catalog does not have: kept as the sections have it"
    lines = [(file, one.line, f"{one.course} {one.code}", one) for one in sections]
    kinds = [(kind, means, partial(is_odd, calendar)) for kind, means, is_odd in SECTION_KINDS]
    return [*told(more, [("course_not_in_catalog", meaning, lambda _: True)]), *told(lines, kinds)]


def told(lines: Sequence[tuple], kinds: Iterable[tuple]) -> Iterator[Oddity]:
    for kind, meaning, is_odd in kinds:
        found = [Example(file, line, key) for file, line, key, row in lines if is_odd(row)]
        if found:
            yield Oddity(kind, meaning, len(found), tuple(found[:EXAMPLES]))


def waived(institution: UUID, file: str) -> Iterator[Oddity]:
    """The meetings that book twice what the source books twice, by what it is."""
    with connection.cursor() as cursor:
        cursor.execute(WAIVED, {"institution": institution, "reason": AS_PUBLISHED})
        found = cursor.fetchall()
    for limit, meaning in WAIVED_MEANINGS.items():
        own = [row for row in found if row[0] == limit]
        if own:
            examples = [Example(file, line, f"{name}, weekday {day} at {at:%H:%M}") for _, line, name, day, at in own]
            yield Oddity(f"{limit}_taken", meaning, len(own), tuple(examples[:EXAMPLES]))
