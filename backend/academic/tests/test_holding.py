"""This file holds that whoever changes a timetable locks it before any row: so nobody waits in a circle."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from time import sleep
from typing import Any, NamedTuple

import pytest
from django.db import OperationalError, connection, transaction

from academic.availability import rules as availability
from academic.calendar import rules as calendar
from academic.calendar.holding import hold_timetable
from academic.factories import make_holiday, make_meeting, make_program, make_program_version, make_term_exception
from academic.meetings import occurring
from academic.meetings import rules as meetings
from academic.models import LecturerAvailability, MeetingWaiver, SectionCohort, Teaching
from academic.permissions import PERMISSIONS
from academic.sections import rules as sections
from core.actor import Actor
from core.records import Record
from core.tenancy.scope import reaching
from core.testing.fixtures import person_at
from faculties.factories import make_institution, saved
from faculties.models import Institution
from users.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
GIVE_UP = "SELECT pg_cancel_backend(%s)"


class Change(NamedTuple):
    """A rule, the rows that it is passed, and what else it is told."""

    rule: Any
    passed: list[Record]
    told: dict[str, Any]


def changes_of(college: Institution) -> Iterator[Change]:
    """Every rule that changes a timetable."""
    meeting, other = make_meeting(college, weekday=1), make_meeting(college, weekday=2)
    section, term = meeting.section, meeting.section.term
    first, second = meeting.occurrences.order_by("planned_on")[:2]
    here: Any = {"institution": college}
    teaching = saved(Teaching(**here, section=section, account=make_user()))
    version = make_program_version(college)
    cohort = saved(SectionCohort(**here, section=section, program_version=version, year_of_study=1))
    holiday = make_holiday(college, starts_on=date(2026, 4, 3), ends_on=date(2026, 4, 3))
    exception = make_term_exception(college, term=term)
    waiver = saved(MeetingWaiver(**here, meeting=other, waives="load", reason="So agreed."))
    said = saved(LecturerAvailability(**here, account=make_user(), kind="preferred", weekday=3))
    yield Change(meetings.change_meeting, [meeting], {"starts_at": time(7)})
    yield Change(meetings.swap_meetings, [meeting], {"other": other})
    yield Change(meetings.cancel_meeting, [other], {})
    yield Change(meetings.remove_meeting, [other], {})
    yield Change(meetings.end_waiver, [waiver], {})
    yield Change(occurring.move_occurrence, [first], {"starts_at": first.starts_at, "ends_at": first.ends_at})
    yield Change(occurring.swap_occurrences, [first], {"other": second})
    yield Change(occurring.cancel_occurrence, [second], {})
    yield Change(sections.change_section, [section], {"ends_on": date(2026, 6, 12)})
    yield Change(sections.change_teaching, [teaching], {"role": "tutor"})
    yield Change(sections.share_teaching, [section], {"shares": []})
    yield Change(sections.end_teaching, [teaching], {})
    yield Change(sections.remove_section_cohort, [cohort], {})
    yield Change(calendar.change_term, [term], {"ends_on": date(2026, 6, 18)})
    yield Change(calendar.change_exception, [exception], {"ends_on": term.ends_on})
    yield Change(calendar.remove_exception, [exception], {})
    yield Change(calendar.change_holiday, [holiday], {"name": "Good Friday"})
    yield Change(calendar.cancel_holiday, [holiday], {})
    yield Change(availability.change_availability, [said], {"weekday": 4})
    # A row that is made holds what it names.
    yield Change(meetings.add_meeting, [], {"section": section, "weekday": 3, "starts_at": time(8), "ends_at": time(9)})
    yield Change(meetings.waive_limit, [], {"meeting": meeting, "waives": "load", "reason": "So agreed."})
    yield Change(sections.offer_section, [], {"course": section.course, "term": term, "code": "9", "capacity": 9})
    yield Change(sections.give_teaching, [], {"section": section, "account": make_user(), "role": "tutor"})
    yield Change(sections.add_section_cohort, [], {"section": section, "program_version": version, "year_of_study": 2})
    days = {"starts_on": term.starts_on, "ends_on": term.ends_on}
    yield Change(calendar.add_exception, [], {"term": term, "program": make_program(college), **days})


def test_whoever_waits_for_the_timetable_has_locked_no_row_of_it():
    college = make_institution()
    actor = person_at(college, *PERMISSIONS).actor
    with reaching(college.pk):
        changes = list(changes_of(college))
    with ThreadPoolExecutor(1) as pool:
        for change in changes:
            with reaching(college.pk), transaction.atomic():
                hold_timetable(college.pk)
                done = pool.submit(tried, college, actor, change)
                waiting = who_waits(change)
                for row in (*change.passed, *change.told.values()):
                    if isinstance(row, Record):
                        free = type(row)._base_manager.filter(pk=row.pk)
                        assert list(free.select_for_update(skip_locked=True)) == [row], (change.rule.name, row)
                fetched(GIVE_UP, waiting)
            with pytest.raises(OperationalError, match="canceling statement"):
                done.result()
        pool.submit(lambda: connection.close()).result()


def tried(college: Institution, actor: Actor, change: Change) -> None:
    with reaching(college.pk):
        change.rule(actor, *change.passed, **change.told)


def who_waits(change: Change) -> int:
    for _ in range(1000):
        if found := fetched(WAITING):
            return found[0]
        sleep(0.005)
    return pytest.fail(f"{change.rule.name} did not wait for the timetable.")


def fetched(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
