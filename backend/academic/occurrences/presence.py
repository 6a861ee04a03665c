"""This file holds whether lecturers can come: by what they said of their time, and by their absences from work.

It is a rule and no constraint: hours that were agreed stay agreed when somebody falls ill, and whoever plans is told of
the next change only. What lecturers say against hours that they have is refused where they say it.
"""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from calendar import day_name
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from academic.occurrences.clashes import TEACHERS, TOLD, hours, place_of, title_of
from academic.occurrences.models import Occurrence
from core.errors import Conflict
from users.models import User

NOT_AVAILABLE = "not_available"
# Hours that somebody had before are not asked of again. An absence has days, by the clocks of the institution.
FIRST_MISSING = f"""
SELECT mine.id, teaching.account_id, missing.* FROM academic_occurrence mine
JOIN faculties_institution place ON place.id = mine.institution_id {TEACHERS}
CROSS JOIN LATERAL (
  SELECT false AS is_away, word.weekday, word.starts_on, word.ends_on, word.starts_at, word.ends_at
  FROM academic_words_on(mine.institution_id, teaching.account_id, mine.starts_at, mine.ends_at) word
  WHERE word.kind = 'unavailable'
  UNION ALL
  SELECT true, NULL, absence.starts_on, absence.ends_on, NULL, NULL FROM staff_member member
  JOIN staff_absence absence ON absence.institution_id = member.institution_id AND absence.member_id = member.id
  WHERE member.institution_id = mine.institution_id AND member.account_id = teaching.account_id
    AND (mine.ends_at AT TIME ZONE place.time_zone) > absence.starts_on
    AND (absence.ends_on IS NULL OR (mine.starts_at AT TIME ZONE place.time_zone) < absence.ends_on + 1)
) missing
WHERE mine.institution_id = %(institution)s AND mine.id = ANY (%(occurrences)s) AND mine.status = 'scheduled'
  AND NOT EXISTS (
    SELECT FROM unnest(%(agreed_by)s::uuid[], %(agreed_from)s::timestamptz[], %(agreed_to)s::timestamptz[])
      AS agreed (account, starts_at, ends_at)
    WHERE (agreed.account, agreed.starts_at, agreed.ends_at) = (teaching.account_id, mine.starts_at, mine.ends_at))
  AND NOT EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = mine.institution_id
    AND waiver.meeting_id = mine.meeting_id AND waiver.waives = 'availability')
ORDER BY mine.starts_at, teaching.account_id, missing.is_away LIMIT 1"""


class Missing(NamedTuple):
    """An hour at which somebody can't be there, and when that is so: some weekdays, days or hours."""

    occurrence: UUID
    account: UUID
    is_away: bool
    weekday: int | None
    starts_on: date | None
    ends_on: date | None
    starts_at: time | None
    ends_at: time | None

    @property
    def told(self) -> str:
        """When it is so, in words: "on Mondays from 08:00 to 12:00"."""
        parts = [f"on {day_name[self.weekday - 1]}s"] if self.weekday else []
        last = f"{self.ends_on:%-d %B %Y}" if self.ends_on else ""
        if self.starts_on:
            parts.append(f"from {self.starts_on:%-d %B %Y} " + (f"to {last}" if last else "on"))
        elif last:
            parts.append(f"until {last}")
        parts += [f"from {self.starts_at:%H:%M} to {self.ends_at:%H:%M}"] if self.starts_at and self.ends_at else []
        return " ".join(parts)


def refuse_unavailable(values: dict[str, Any]) -> None:
    """Who teaches can come to each of the occurrences of `values` that is new to them, or that is waived."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_MISSING, values)
        found = cursor.fetchone()
    if found is None:
        return
    missing = Missing(*found)
    own = Occurrence.objects.select_related(*TOLD).get(pk=missing.occurrence)
    lecturer, zone = User.objects.get(pk=missing.account), ZoneInfo(own.institution.time_zone)
    state = "away" if missing.is_away else "not available"
    raise Conflict(
        NOT_AVAILABLE,
        f"{lecturer.name} is {state} {missing.told};"
        f" {title_of(own)}{place_of(own)} would be {hours(own.starts_at, own.ends_at, zone)}."
        " Choose another hour or lecturer, or have it waived (availability).",
    )
