"""This file holds what may happen to an appointment."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.periods import overlapping
from core.rules import rule
from faculties.models import Department, Faculty
from staff.appointments.models import Appointment, Post
from staff.members.models import Member
from staff.members.rules import employed


@rule("staff.appointment.made", needs="staff.add_appointment")
def appoint(
    actor: Actor, *, member: Member, starts_on: date, ends_on: date | None = None, **fields: Any
) -> Appointment:
    """Appoint a member to a post of a unit that is open. A faculty has one dean at a time, a department one head.
    It does not last beyond the day on which the member leaves, and who was erased is appointed to nothing.
    """
    locked = employed(member, ends_on)
    appointment = Appointment(
        institution_id=member.institution_id, member=locked, starts_on=starts_on, ends_on=ends_on, **fields
    )
    for field in ("faculty", "department"):
        refuse_closed(getattr(appointment, field), starts_on, field)
    refuse_taken(appointment)
    return appointment.save_checked()


@rule("staff.appointment.ended", needs="staff.change_appointment")
def end_appointment(actor: Actor, appointment: Appointment, *, ends_on: date) -> Appointment:
    """End an appointment on a day, its last. One that ends sooner is not made longer by that."""
    if appointment.ends_on and appointment.ends_on < ends_on:
        raise RuleBroken("ends_sooner", f"This appointment ends on {appointment.ends_on}.", field="ends_on")
    return appointment.change(ends_on=ends_on)


def refuse_closed(unit: Faculty | Department | None, starts_on: date, field: str) -> None:
    if unit and unit.closed_on and unit.closed_on <= starts_on:
        raise RuleBroken("unit_closed", f"{unit.name} closed on {unit.closed_on}.", field=field)


def refuse_taken(appointment: Appointment) -> None:
    """Say who holds the post of a dean or head, and when. Constraints say it again."""
    if appointment.post not in (Post.DEAN, Post.HEAD):
        return
    unit = appointment.faculty or appointment.department
    same = Appointment.objects.filter(
        overlapping(appointment.starts_on, appointment.ends_on),
        post=appointment.post,
        faculty=appointment.faculty,
        department=appointment.department,
    )
    if unit and (holder := same.select_related("member").order_by("starts_on").first()):
        name = f"{holder.member.given_names} {holder.member.family_name}".strip()
        message = f"{name} is {appointment.post} of {unit.name} {holder.told}: end that appointment first."
        raise RuleBroken("post_taken", message, field="starts_on")
