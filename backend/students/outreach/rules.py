"""This file holds what may happen to outreach programs, and to those who take part."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from faculties.models import Department
from students.outreach.models import OutreachParticipation, OutreachProgram
from students.students.models import Student
from students.students.rules import refuse_deceased, refuse_erased

CHANGE = "students.change_outreach"
Status = OutreachParticipation.Status


@rule("students.outreach.offered", needs="students.add_outreach")
def offer_program(actor: Actor, *, department: Department | None = None, **fields: Any) -> OutreachProgram:
    """Offer a short course: of a department, or of the institution."""
    place = department.institution_id if department else actor.at_home()
    return OutreachProgram(institution_id=place, department=department, **fields).save_checked()


@rule("students.outreach.changed", needs=CHANGE)
def change_program(actor: Actor, program: OutreachProgram, **fields: Any) -> OutreachProgram:
    """Change what an outreach program is, where and when. It keeps a seat for everybody who is in."""
    refuse_canceled(program)
    seats = fields.get("seats", program.seats)
    if seats < program.seats_taken:
        raise RuleBroken("seats_taken", f"{program.seats_taken} seats are taken: keep as many.", field="seats")
    return program.change(**fields)


@rule("students.outreach.canceled", needs=CHANGE)
def cancel_program(actor: Actor, program: OutreachProgram) -> OutreachProgram:
    """Cancel a program that is not over and to which nobody came yet. Whoever is registered is withdrawn."""
    refuse_canceled(program)
    refuse_over(program)
    inside = program.participations.exclude(status=Status.WITHDRAWN).order_by("pk")
    if inside.exclude(status=Status.REGISTERED).exists():
        raise RuleBroken("was_held", "Somebody came to this program already: change the day on which it ends.")
    for participation in inside:
        participation.change(status=Status.WITHDRAWN)
    return program.change(status=OutreachProgram.Status.CANCELED, seats_taken=0)


@rule("students.outreach_participation.begun", needs=CHANGE)
def take_part(actor: Actor, *, program: OutreachProgram, student: Student) -> OutreachParticipation:
    """Let somebody take part in a program that is not over. A full one takes nobody, whatever the concurrency."""
    refuse_erased(student)
    refuse_deceased(student)
    refuse_over(program)
    program = locked(program.pk)
    refuse_canceled(program)
    if program.seats_taken >= program.seats:
        raise RuleBroken("full", f"All {program.seats} seats of this program are taken.", field="program")
    program.change(seats_taken=program.seats_taken + 1)
    return OutreachParticipation(institution_id=program.institution_id, program=program, student=student).save_checked()


@rule("students.outreach_participation.attended", needs=CHANGE)
def note_attendance(actor: Actor, participation: OutreachParticipation) -> OutreachParticipation:
    """Say that somebody came."""
    refuse_unless(participation, Status.REGISTERED)
    return participation.change(status=Status.ATTENDED)


@rule("students.outreach_participation.completed", needs=CHANGE)
def complete_participation(actor: Actor, participation: OutreachParticipation) -> OutreachParticipation:
    """Say that somebody who came completed the program."""
    refuse_unless(participation, Status.ATTENDED)
    return participation.change(status=Status.COMPLETED)


@rule("students.outreach_participation.withdrawn", needs=CHANGE)
def withdraw_participation(actor: Actor, participation: OutreachParticipation) -> OutreachParticipation:
    """Withdraw somebody who has not completed the program; the seat is free."""
    refuse_unless(participation, Status.REGISTERED, Status.ATTENDED)
    program = locked(participation.program_id)
    program.change(seats_taken=program.seats_taken - 1)
    return participation.change(status=Status.WITHDRAWN)


@rule("students.outreach_participation.certified", needs=CHANGE)
def give_certificate(
    actor: Actor, participation: OutreachParticipation, *, certificate_on: date
) -> OutreachParticipation:
    """Say on which day the certificate of a completed program was given, once."""
    refuse_unless(participation, Status.COMPLETED)
    if participation.certificate_on:
        raise RuleBroken("already_given", f"The certificate was given on {participation.certificate_on}.")
    if not participation.program.starts_on <= certificate_on <= today_at(participation.institution_id):
        message = "A certificate is given after the program began, and not on a day to come."
        raise RuleBroken("not_then", message, field="certificate_on")
    return participation.change(certificate_on=certificate_on)


def locked(key: Any) -> OutreachProgram:
    """The program under its lock, so that two at once don't take the same seat."""
    return OutreachProgram.objects.select_for_update(of=("self",)).get(pk=key)


def refuse_canceled(program: OutreachProgram) -> None:
    if program.status == OutreachProgram.Status.CANCELED:
        raise RuleBroken("program_canceled", "This program was canceled: offer another.", field="program")


def refuse_over(program: OutreachProgram) -> None:
    if program.ends_on < today_at(program.institution_id):
        raise RuleBroken("program_over", f"This program ended on {program.ends_on}.", field="program")


def refuse_unless(participation: OutreachParticipation, *allowed: str) -> None:
    if participation.status not in allowed:
        message = f"This is for somebody who is {' or '.join(allowed)}; this one is {participation.status}."
        raise RuleBroken("wrong_status", message)
