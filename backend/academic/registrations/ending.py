"""This file holds what becomes of the seats of who is enrolled no more: others can have them."""

from django.db import transaction

from academic.enrollments.events import EnrollmentEnded
from academic.enrollments.models import Enrollment
from academic.registrations.models import Registration
from academic.registrations.rules import CHANGE, drop, parts_of, withdraw
from academic.sections.seats import hold
from academic.waitlists.models import WaitlistEntry
from academic.waitlists.rules import JOIN, leave_waitlist
from core.actor import Actor
from core.errors import RuleBroken
from faculties.institutions.days import today_at

KEEPER = Actor.system("academic.registrations", CHANGE, JOIN)


def leave_all(event: EnrollmentEnded) -> None:
    """Take who ended an enrollment out of whatever section goes on without them: dropped while that is possible, else
    withdrawn as of that day. What was over by then keeps waiting for its result. They wait for no seat either.
    """
    enrollment = Enrollment.objects.get(institution=event.institution_id, pk=event.enrollment_id)
    ended_on = enrollment.ended_on or today_at(enrollment.institution_id)
    taken = Registration.objects.filter(
        institution=enrollment.institution_id,
        enrollment=enrollment,
        status=Registration.Status.REGISTERED,
        result=Registration.Result.PENDING,
        section__ends_on__gte=ended_on,
    )
    waited_for = WaitlistEntry.objects.filter(
        institution=enrollment.institution_id, enrollment=enrollment, status__in=WaitlistEntry.OPEN
    )
    sections = {*taken.values_list("section", flat=True), *waited_for.values_list("section", flat=True)}
    hold(enrollment.institution_id, enrollment.student_id, *sections)
    for registration in taken.filter(section__whole__isnull=True).order_by("pk"):  # parts go with their wholes
        try:
            with transaction.atomic():
                drop(KEEPER, registration)
        except RuleBroken:
            since = [one.registered_on for one in (registration, *parts_of(registration, registration.status))]
            withdraw(KEEPER, registration, withdrawn_on=max([ended_on, *filter(None, since)]))
    for entry in waited_for.order_by("pk"):
        leave_waitlist(KEEPER, entry)
