"""This file holds what a worker does about registrations."""

from academic.enrollments.events import EnrollmentEnded
from academic.registrations import canceling, ending
from academic.registrations.events import RequisitesNotMet, SectionTakesPlace
from academic.registrations.models import Registration
from academic.sections.events import SectionCanceled, SectionReopened
from core.mail.posting import post
from core.outbox.events import hears


@hears(EnrollmentEnded)
def leave_all(event: EnrollmentEnded) -> None:
    """Give back the seats of who is enrolled no more."""
    ending.leave_all(event)


@hears(RequisitesNotMet)
def tell(event: RequisitesNotMet) -> None:
    """Write to the student, who may still choose another course; nothing where it was settled in the meantime."""
    write(event, "requisites-not-met", status="registered", requisites=Registration.Requisites.NOT_MET)


@hears(SectionCanceled)
def recheck(event: SectionCanceled) -> None:
    """Judge anew what rests on a section that is canceled."""
    canceling.recheck_those_in(event)


@hears(SectionReopened)
def take_back(event: SectionReopened) -> None:
    """Have those in a section again that takes place after all."""
    canceling.take_back_those_in(event)


@hears(SectionTakesPlace)
def tell_who_comes_back(event: SectionTakesPlace) -> None:
    """Write to the student, who is in the section again or took something else; nothing where that changed since."""
    status = Registration.Status.WITHDRAWN if event.why else Registration.Status.REGISTERED
    write(event, "section-takes-place", {"why": event.why}, status=status)


def write(
    event: RequisitesNotMet | SectionTakesPlace, letter: str, told: dict[str, str] | None = None, **standing: str
) -> None:
    """Write to the student of a registration, where it stands so."""
    rows = Registration.objects.select_related("student__account", "section__course")
    registration = rows.filter(pk=event.registration_id, **standing).first()
    if registration is None:
        return
    account, section = registration.student.account, registration.section
    if account is not None and account.is_active:
        course = f"{section.course.code} {section.course.title}"
        post(letter, account.email, name=account.name, course=course, section=section.code, **(told or {}))
