"""This file holds what is done about waitlists on a schedule: offers that expired pass on, seats that were free before
registering began are offered, waiting ends with registering, and whom it concerns is told.

Nothing is wrong before it is done: the verdict of a registration ends what is due before it judges, and a seat that is
freed is offered in the transaction that frees it (academic/sections/seats.sql).
"""

from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from academic.sections.seats import hold_sections
from academic.waitlists.events import SeatOffered, WaitingEnded
from academic.waitlists.models import WaitlistEntry
from core.actor import Actor
from core.audit.record import record
from core.outbox.events import announce
from core.tenancy.scope import reaching, reading

KEEPS = "academic.change_waitlist"
KEEPER = Actor.system("academic.waitlists", KEEPS)
Status = WaitlistEntry.Status
UNTOLD = Q(status__in=[Status.OFFERED, Status.CANCELED, Status.CLOSED], told_at=None)
# Sections where an offer expired, somebody is to be told, or the time of a reservation is over; and those where who
# waits may register no more, or may by now, with seats that could not be offered before; whether that holds for those
# who continue or for those who are new is looked at then. And those of which parts are held for nobody.
TO_DO = """
SELECT institution_id, section_id FROM academic_waitlistentry
WHERE status = 'offered' AND expires_at <= now()
  OR status IN ('offered', 'canceled', 'closed') AND told_at IS NULL
UNION
SELECT institution_id, section_id FROM academic_seatreservation WHERE ended_at IS NULL AND until <= now()
UNION
SELECT waiting.institution_id, waiting.section_id
FROM (
  SELECT DISTINCT entry.institution_id, entry.section_id, version.program_id
  FROM academic_waitlistentry entry
  JOIN academic_enrollment enrollment
    ON enrollment.institution_id = entry.institution_id AND enrollment.id = entry.enrollment_id
  JOIN academic_programversion version
    ON version.institution_id = entry.institution_id AND version.id = enrollment.program_version_id
  WHERE entry.status = 'waiting'
) waiting
JOIN academic_section section
  ON section.institution_id = waiting.institution_id AND section.id = waiting.section_id
CROSS JOIN LATERAL academic_registering(waiting.institution_id, waiting.section_id, waiting.program_id) registering
WHERE registering.is_over
  OR registering.until IS NOT NULL AND academic_free_of(section.institution_id, section.id) > 0 IS NOT FALSE
UNION
SELECT part.institution_id, whole.section_id
FROM academic_waitlistentry part
JOIN academic_waitlistentry whole ON whole.institution_id = part.institution_id AND whole.id = part.offered_with_id
WHERE part.status = 'offered' AND whole.status <> 'offered'"""
LET_GO = "SELECT academic_let_go(%s, %s)"
END_WAITING = "SELECT academic_end_waiting(%s, %s)"
OFFER = """
SELECT academic_offer(%s, together) FROM (
  SELECT DISTINCT meets_as FROM academic_section WHERE institution_id = %s AND id = ANY (%s)
) AS sections (together)"""


def pass_on() -> int:
    """Do what is due in every institution; how many were told of it."""
    with reading(KEEPER, KEEPS):
        places = {place for place, _ in to_do()}
    return sum(pass_on_at(place) for place in sorted(places))


def pass_on_at(institution: UUID) -> int:
    with reaching(institution):
        sections = [section for place, section in to_do() if place == institution]
        hold_sections(institution, *sections)
        with connection.cursor() as cursor:
            cursor.execute(END_WAITING, [institution, sections])
            cursor.execute(LET_GO, [institution, sections])
            cursor.execute(OFFER, [institution, institution, sections])
        untold = WaitlistEntry.objects.filter(UNTOLD, institution=institution, section__in=sections)
        return sum(tell(entry) for entry in untold.order_by("pk"))


def to_do() -> list[tuple[UUID, UUID]]:
    """Where there is something to do: institutions and sections."""
    with connection.cursor() as cursor:
        cursor.execute(TO_DO)
        return cursor.fetchall()


def tell(entry: WaitlistEntry) -> int:
    """Announce an offer, or the end of waiting, once."""
    is_offer = entry.status == Status.OFFERED
    entry.change(told_at=timezone.now())
    changes: dict[str, list] = {"status": [Status.WAITING.value, entry.status]}
    if is_offer:
        changes["expires_at"] = [None, str(entry.expires_at)]
    record(KEEPER, f"academic.waitlist.{'offered' if is_offer else 'ended'}", entry, changes=changes)
    announce((SeatOffered if is_offer else WaitingEnded)(entry.institution_id, entry.pk))
    return 1
