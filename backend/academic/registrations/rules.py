"""This file holds what may happen to a registration."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F

from academic.enrollments.models import Enrollment
from academic.registrations.ages import age_band
from academic.registrations.models import Registration
from academic.sections.models import Section
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule

OPEN_TO_STUDENTS = {Section.Status.PLANNED, Section.Status.OPEN}


@rule("academic.registration.made", needs="academic.add_registration")
def register(actor: Actor, *, enrollment: Enrollment, section: Section, **fields: Any) -> Registration:
    """Register a student in a section. A full section takes nobody, whatever the concurrency; nobody is in twice."""
    if enrollment.ended_on is not None:
        raise RuleBroken("enrollment_ended", "This enrollment has ended.", field="enrollment")
    if section.status not in OPEN_TO_STUDENTS:
        raise RuleBroken("section_shut", f"This section is {section.status}.", field="section")
    section = take_seat(section)
    student = enrollment.student
    return Registration(
        institution_id=enrollment.institution_id,
        enrollment=enrollment,
        student=student,
        section=section,
        age_band=age_band(student.birth_year, section.starts_on),
        **fields,
    ).save_checked()


@rule("academic.registration.withdrawn", needs="academic.change_registration")
def withdraw(actor: Actor, registration: Registration, *, withdrawn_on: date) -> Registration:
    """Withdraw a student from a section; the row stays, the seat is free."""
    if registration.result != Registration.Result.PENDING:
        raise RuleBroken("result_stands", f"This registration has the result {registration.result}.")
    return take_out(registration, withdrawn_on)


def take_out(registration: Registration, withdrawn_on: date) -> Registration:
    """Take a student out of a section whose result is pending, and free the seat."""
    Section.objects.filter(pk=registration.section_id).update(seats_taken=F("seats_taken") - 1)
    withdrawn = Registration.Status.WITHDRAWN
    return registration.change(status=withdrawn, result=Registration.Result.WITHDRAWN, withdrawn_on=withdrawn_on)


@rule("academic.result.recorded", needs="academic.change_result")
def record_result(
    actor: Actor, registration: Registration, *, result: str, result_mark: Decimal | None = None
) -> Registration:
    """Record what came of a registration. Withdrawing is not a result to record: it has a date and frees a seat."""
    if registration.status == Registration.Status.WITHDRAWN:
        raise RuleBroken("withdrawn", "This student withdrew.")
    if result == Registration.Result.WITHDRAWN:
        raise RuleBroken("withdraw_instead", "Withdraw the registration instead.", field="result")
    return registration.change(result=result, result_mark=result_mark)


def take_seat(section: Section) -> Section:
    """Count one seat as taken, under the lock of the section's row; the database refuses one too many as well."""
    section = Section.objects.select_for_update().get(pk=section.pk)
    if section.capacity is not None and section.seats_taken >= section.capacity:
        raise RuleBroken("full", f"All {section.capacity} seats of this section are taken.", field="section")
    Section.objects.filter(pk=section.pk).update(seats_taken=F("seats_taken") + 1)
    return section
