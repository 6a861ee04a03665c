"""This file holds what is done about offers on a schedule: those that expired pass on, and who has one is told.

Nothing is wrong before it is done: the verdict of a registration ends what is due before it judges, and a seat that is
freed is offered in the transaction that frees it (academic/sections/seats.sql).
"""

from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from academic.reservations.models import SeatReservation
from academic.sections.seats import hold_sections
from academic.waitlists.events import SeatOffered
from academic.waitlists.models import WaitlistEntry
from core.actor import Actor
from core.audit.record import record
from core.outbox.events import announce
from core.tenancy.scope import reaching, reading

KEEPS = "academic.change_waitlist"
KEEPER = Actor.system("academic.waitlists", KEEPS)
OFFERED = Q(status=WaitlistEntry.Status.OFFERED)


def pass_on() -> int:
    """End what is due in every institution, and tell those who were offered a seat since; how many."""
    with reading(KEEPER, KEEPS):
        places = {institution for rows in to_do() for institution in rows.values_list("institution", flat=True)}
    return sum(pass_on_at(place) for place in sorted(places))


def pass_on_at(institution: UUID) -> int:
    with reaching(institution):
        waiting = [rows.filter(institution=institution).values_list("section", flat=True) for rows in to_do()]
        sections = set().union(*waiting)
        hold_sections(institution, *sections)
        untold = WaitlistEntry.objects.filter(OFFERED, institution=institution, section__in=sections, told_at=None)
        return sum(tell(entry) for entry in untold.order_by("pk"))


def to_do() -> list:
    """What expired or was not told, and reservations whose time is over."""
    now = timezone.now()
    entries = WaitlistEntry.objects.filter(OFFERED, Q(expires_at__lte=now) | Q(told_at=None))
    reservations = SeatReservation.objects.filter(ended_at=None, until__lte=now)
    return [entries.order_by().distinct(), reservations.order_by().distinct()]


def tell(entry: WaitlistEntry) -> int:
    """Announce an offer, once."""
    entry.change(told_at=timezone.now())
    changes = {"status": ["waiting", "offered"], "expires_at": [None, str(entry.expires_at)]}
    record(KEEPER, "academic.waitlist.offered", entry, changes=changes)
    announce(SeatOffered(entry.institution_id, entry.pk))
    return 1
