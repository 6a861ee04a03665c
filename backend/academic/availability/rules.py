"""This file holds what may happen to what a lecturer says of their time."""

from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from academic.availability.models import LecturerAvailability
from academic.calendar.holding import hold_timetable, hold_timetable_of
from academic.occurrences.clashes import TOLD, hours, place_of, title_of
from academic.occurrences.models import Occurrence
from core.actor import Actor
from core.errors import Conflict, RuleBroken
from core.rules import rule
from users.models import User

TEXT = Path(__file__).with_name("words.sql")
CHANGE = "academic.change_availability"
Kind = LecturerAvailability.Kind
# The first hour to come that a lecturer has against their own word, and for which nobody waived that.
FIRST_AGAINST = """
SELECT claim.occurrence_id FROM academic_occurrencelecturer claim
JOIN academic_occurrence occurrence
  ON occurrence.institution_id = claim.institution_id AND occurrence.id = claim.occurrence_id
WHERE claim.institution_id = %(institution)s AND claim.account_id = %(account)s AND claim.starts_at > now()
  AND EXISTS (SELECT FROM academic_words_on(claim.institution_id, claim.account_id, claim.starts_at, claim.ends_at) word
    WHERE word.id = %(word)s)
  AND NOT EXISTS (SELECT FROM academic_meetingwaiver waiver WHERE waiver.institution_id = claim.institution_id
    AND waiver.meeting_id = occurrence.meeting_id AND waiver.waives = 'availability')
ORDER BY claim.starts_at LIMIT 1"""


@rule("academic.availability.said", needs=CHANGE)
def say_availability(actor: Actor, *, account: User | None = None, **fields: Any) -> LecturerAvailability:
    """Say when a lecturer can teach, and when not; of oneself if nobody is named."""
    whose = account.pk if account else actor.id
    if whose is None:
        raise RuleBroken("account_needed", "Say whose time this is.", field="account")
    hold_timetable(actor.at_home())
    return settled(LecturerAvailability(institution_id=actor.at_home(), account_id=whose, **fields))


@rule("academic.availability.changed", needs=CHANGE, first=hold_timetable_of)
def change_availability(actor: Actor, word: LecturerAvailability, **fields: Any) -> LecturerAvailability:
    """Say something else of one's time, not of another's."""
    for name, value in fields.items():
        setattr(word, name, value)
    return settled(word)


@rule("academic.availability.taken_back", needs=CHANGE)
def take_back_availability(actor: Actor, word: LecturerAvailability) -> None:
    """Take back what was said."""
    word.delete()


def settled(word: LecturerAvailability) -> LecturerAvailability:
    """What was said, saved, unless hours that the lecturer has are in the way."""
    word.save_checked()
    if word.kind == Kind.UNAVAILABLE:
        refuse_hours_against(word)
    return word


def refuse_hours_against(word: LecturerAvailability) -> None:
    """Nobody can't come to what they are to teach: that is moved, given to somebody else, or waived first."""
    with connection.cursor() as cursor:
        values = {"institution": word.institution_id, "account": word.account_id, "word": word.pk}
        cursor.execute(FIRST_AGAINST, values)
        found: tuple[UUID] | None = cursor.fetchone()
    if found is None:
        return
    own = Occurrence.objects.select_related(*TOLD).get(pk=found[0])
    when = hours(own.starts_at, own.ends_at, ZoneInfo(own.institution.time_zone))
    raise Conflict(
        "teaches_then",
        f"{word.account.name} teaches {title_of(own)}{place_of(own)} {when}. That is moved or given to somebody else"
        " first, or it is waived for it (availability).",
        field="weekday" if word.weekday else "starts_on",
    )
