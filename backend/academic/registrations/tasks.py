"""This file holds what a worker does about registrations."""

from academic.enrollments.events import EnrollmentEnded
from academic.registrations import ending
from academic.registrations.events import RequisitesNotMet
from academic.registrations.models import Registration
from core.mail.posting import post
from core.outbox.events import hears


@hears(EnrollmentEnded)
def leave_all(event: EnrollmentEnded) -> None:
    """Give back the seats of who is enrolled no more."""
    ending.leave_all(event)


@hears(RequisitesNotMet)
def tell(event: RequisitesNotMet) -> None:
    """Write to the student, who may still choose another course; nothing where it was settled in the meantime."""
    registration = (
        Registration.objects.select_related("student__account", "section__course")
        .filter(pk=event.registration_id, status="registered", requisites=Registration.Requisites.NOT_MET)
        .first()
    )
    if registration is None:
        return
    account, course = registration.student.account, registration.section.course
    if account is not None and account.is_active:
        post("requisites-not-met", account.email, name=account.name, course=f"{course.code} {course.title}")
