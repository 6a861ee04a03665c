"""This file holds what a worker does about waitlists."""

from typing import Any
from zoneinfo import ZoneInfo

from celery import shared_task

from academic.waitlists import offers
from academic.waitlists.events import SeatOffered, WaitingEnded
from academic.waitlists.models import WaitlistEntry
from academic.waitlists.queries import held_for, others_of_course
from core.mail.posting import post
from core.outbox.events import hears


@shared_task
def pass_on() -> int:
    """Pass on what was not accepted in time, and tell who is offered a seat; how many."""
    return offers.pass_on()


@hears(SeatOffered)
def tell(event: SeatOffered) -> None:
    """Write to the student; nothing where the offer was answered in the meantime."""
    entry = found(event, WaitlistEntry.Status.OFFERED)
    if entry is None or entry.expires_at is None:
        return
    there = entry.expires_at.astimezone(ZoneInfo(entry.institution.time_zone))
    taken = ", ".join(one.section.code for one in others_of_course(entry).select_related("section"))
    parts = ", ".join(part.code for part in held_for(entry.enrollment, entry.section))
    write(entry, "seat-offered", until=f"{there:%Y-%m-%d %H:%M}", taken=taken, parts=parts)


@hears(WaitingEnded)
def tell_the_end(event: WaitingEnded) -> None:
    """Write to the student that there is nothing to wait for any more."""
    entry = found(event, WaitlistEntry.Status.CANCELED, WaitlistEntry.Status.CLOSED)
    if entry is not None:
        write(entry, "waiting-ended", is_canceled=entry.status == WaitlistEntry.Status.CANCELED)


def found(event: SeatOffered | WaitingEnded, *statuses: str) -> WaitlistEntry | None:
    rows = WaitlistEntry.objects.select_related("student__account", "enrollment", "section__course", "institution")
    return rows.filter(pk=event.entry_id, status__in=statuses).first()


def write(entry: WaitlistEntry, letter: str, **told: Any) -> None:
    account, course = entry.student.account, entry.section.course
    if account is not None and account.is_active:
        post(letter, account.email, name=account.name, course=f"{course.code} {course.title}", **told)
