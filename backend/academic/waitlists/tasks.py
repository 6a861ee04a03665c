"""This file holds what a worker does about waitlists."""

from zoneinfo import ZoneInfo

from celery import shared_task

from academic.waitlists import offers
from academic.waitlists.events import SeatOffered
from academic.waitlists.models import WaitlistEntry
from academic.waitlists.queries import others_of_course
from core.mail.posting import post
from core.outbox.events import hears


@shared_task
def pass_on() -> int:
    """Pass on what was not accepted in time, and tell who is offered a seat; how many."""
    return offers.pass_on()


@hears(SeatOffered)
def tell(event: SeatOffered) -> None:
    """Write to the student; nothing where the offer was answered in the meantime."""
    entry = (
        WaitlistEntry.objects.select_related("student__account", "section__course", "institution")
        .filter(pk=event.entry_id, status=WaitlistEntry.Status.OFFERED)
        .first()
    )
    if entry is None:
        return
    account, course, until = entry.student.account, entry.section.course, entry.expires_at
    if account is not None and account.is_active and until is not None:
        there = until.astimezone(ZoneInfo(entry.institution.time_zone))
        post(
            "seat-offered",
            account.email,
            name=account.name,
            course=f"{course.code} {course.title}",
            until=f"{there:%Y-%m-%d %H:%M}",
            taken=", ".join(one.section.code for one in others_of_course(entry).select_related("section")),
        )
