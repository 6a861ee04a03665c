"""This file holds that nobody is given more hours than the norm of their contracts has at most."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from academic.calendar.models import Term
from academic.calendar.weeks import weeks_of
from academic.norms.models import TeachingNorm
from core.errors import RuleBroken

TEXT = Path(__file__).with_name("loads.sql")
# Whoever attends a section, or one that meets with it, unless the limit is waived for a meeting there.
ATTENDING = """
SELECT array_agg(DISTINCT teaching.account_id) FROM academic_section section
JOIN academic_section met ON met.institution_id = section.institution_id AND met.meets_as = section.meets_as
JOIN academic_teaching teaching
  ON teaching.institution_id = section.institution_id AND teaching.section_id = met.id AND teaching.attends
WHERE section.institution_id = %(institution)s AND section.id = %(section)s
  AND NOT EXISTS (SELECT FROM academic_meeting meeting
    JOIN academic_meetingwaiver waiver
      ON waiver.institution_id = meeting.institution_id AND waiver.meeting_id = meeting.id AND waiver.waives = 'load'
    WHERE meeting.institution_id = section.institution_id AND meeting.section_id = section.meets_as)"""
LOADS = """
SELECT load.account, person.name, load.hours, load.fte, load.most
FROM academic_teaching_loads(%(institution)s, %(term)s, %(weeks)s, %(lecturers)s) load
JOIN users_user person ON person.id = load.account
ORDER BY person.name"""


class Load(NamedTuple):
    """The hours of one lecturer in a term, their share of a full post, and the most hours of that."""

    account: UUID
    name: str
    hours: Decimal
    fte: Decimal | None
    most: Decimal | None


@contextmanager
def within_most_hours(institution: UUID, section: UUID, term: Term, field: str | None = None) -> Iterator[None]:
    """What is done inside gives nobody who attends the section more hours in the term than the norm has at most.

    Whoever has too many already, and gets none, stays as they are. `term` is that of the section.
    """
    if not TeachingNorm.objects.filter(institution=institution, most_hours__isnull=False).exists():
        yield
        return
    whole = term.whole
    before = {load.account: load.hours for load in loads_of(institution, section, whole)}
    yield
    for load in loads_of(institution, section, whole):
        if load.most is not None and load.hours > max(load.most, before.get(load.account, load.most)):
            allowed = f"with {load.fte:.2f} of a full post it is at most {load.most:.2f}"
            raise RuleBroken(
                "too_many_hours",
                f"{load.name} would teach {load.hours:.2f} hours in {whole.code}, and {allowed}."
                " Give hours to somebody else, or have it waived for a meeting (load).",
                field=field,
            )


def loads_of(institution: UUID, section: UUID, term: Term) -> list[Load]:
    """The loads in a term of all who attend a section, if the limit is not waived there."""
    with connection.cursor() as cursor:
        cursor.execute(ATTENDING, {"institution": institution, "section": section})
        (lecturers,) = cursor.fetchone()
        values: dict[str, Any] = {"institution": institution, "term": term.pk, "weeks": teaching_weeks(term)}
        cursor.execute(LOADS, {**values, "lecturers": lecturers or []})
        return [Load(*row) for row in cursor.fetchall()]


def teaching_weeks(term: Term) -> int:
    return sum(week.number is not None for week in weeks_of(term))
