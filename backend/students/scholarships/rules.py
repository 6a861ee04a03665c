"""This file holds what may happen to a scholarship, to an award of it, and to the tranches in which that is paid."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.scholarships.models import Award, Scholarship, Sponsor, Tranche
from students.students.models import Student
from students.students.rules import refuse_deceased, refuse_erased

Status = Award.Status
OPEN = {Status.OFFERED, Status.ACTIVE, Status.SUSPENDED}
PAYABLE = {Status.ACTIVE, Status.ENDED}


# --- What is offered ---
@rule("students.sponsor.added", needs="students.add_scholarship")
def add_sponsor(actor: Actor, **fields: Any) -> Sponsor:
    """Add a sponsor. Capitals and accents do not make another one."""
    return Sponsor(institution_id=actor.at_home(), **fields).save_checked()


@rule("students.sponsor.renamed", needs="students.change_scholarship")
def rename_sponsor(actor: Actor, sponsor: Sponsor, **fields: Any) -> Sponsor:
    """Call a sponsor by another name."""
    return sponsor.change(**fields)


@rule("students.scholarship.added", needs="students.add_scholarship")
def add_scholarship(actor: Actor, *, sponsor: Sponsor, **fields: Any) -> Scholarship:
    """Add what a sponsor offers."""
    return Scholarship(institution_id=sponsor.institution_id, sponsor=sponsor, **fields).save_checked()


@rule("students.scholarship.changed", needs="students.change_scholarship")
def change_scholarship(actor: Actor, scholarship: Scholarship, **fields: Any) -> Scholarship:
    """Change a scholarship. Its seats never fall below those taken, and what was awarded keeps its currency."""
    if fields.get("currency", scholarship.currency) != scholarship.currency and scholarship.awards.exists():
        raise RuleBroken("currency_settled", f"Awards of it are in {scholarship.currency}.", field="currency")
    seats, taken = fields.get("seats"), seats_taken(scholarship)
    if seats is not None and seats < taken:
        raise RuleBroken("seats_taken", f"{taken} seats of this scholarship are taken.", field="seats")
    return scholarship.change(**fields)


# --- Who has it ---
@rule("students.award.offered", needs="students.add_award")
def offer_award(actor: Actor, *, student: Student, scholarship: Scholarship, **fields: Any) -> Award:
    """Offer a scholarship to a student. It takes a seat until it ends."""
    refuse_erased(student)
    refuse_deceased(student)
    scholarship = Scholarship.objects.select_for_update().get(pk=scholarship.pk)
    if scholarship.seats is not None and seats_taken(scholarship) >= scholarship.seats:
        raise RuleBroken("full", f"All {scholarship.seats} seats of this scholarship are taken.", field="scholarship")
    return Award(
        institution_id=student.institution_id,
        student=student,
        scholarship=scholarship,
        currency=scholarship.currency,
        **fields,
    ).save_checked()


@rule("students.award.changed", needs="students.change_award")
def change_award(actor: Actor, award: Award, **fields: Any) -> Award:
    """Change the days or the amount of an award that has not ended. Its tranches stay within the amount."""
    if award.status == Status.ENDED:
        raise RuleBroken("award_ended", f"This award ended on {award.ended_on}: it stays as it is.")
    if (amount := fields.get("amount")) is not None and amount < (planned := total(award)):
        raise RuleBroken("below_tranches", f"Its tranches come to {planned} {award.currency}.", field="amount")
    return award.change(**fields)


@rule("students.award.accepted", needs="students.accept_award")
def accept_award(actor: Actor, award: Award) -> Award:
    """Take up what is offered."""
    refuse_move(award, Status.ACTIVE, {Status.OFFERED})
    return award.change(status=Status.ACTIVE)


@rule("students.award.suspended", needs="students.change_award")
def suspend_award(actor: Actor, award: Award, *, reason: str) -> Award:
    """Pay nothing for the time being, for a reason."""
    refuse_move(award, Status.SUSPENDED, {Status.ACTIVE})
    return award.change(status=Status.SUSPENDED, reason=reason)


@rule("students.award.resumed", needs="students.change_award")
def resume_award(actor: Actor, award: Award) -> Award:
    """Pay again."""
    refuse_move(award, Status.ACTIVE, {Status.SUSPENDED})
    return award.change(status=Status.ACTIVE, reason="")


@rule("students.award.ended", needs="students.change_award")
def end_award(actor: Actor, award: Award, *, ended_on: date, reason: str = "") -> Award:
    """End an award on a day; before its last one, for a reason. Its seat is free then."""
    refuse_move(award, Status.ENDED, OPEN)
    refuse_later(award, "ended_on", ended_on)
    if ended_on < award.ends_on and not reason:
        raise RuleBroken("reason_needed", f"It was given until {award.ends_on}: say why it ends.", field="reason")
    return award.change(status=Status.ENDED, ended_on=ended_on, reason=reason)


# --- How it is paid ---
@rule("students.tranche.planned", needs="students.change_award")
def plan_tranche(actor: Actor, *, award: Award, amount: Decimal, **fields: Any) -> Tranche:
    """Plan a payment. All of an award never come to more than its amount."""
    award = locked(award)
    if award.status == Status.ENDED:
        raise RuleBroken("award_ended", f"This award ended on {award.ended_on}.", field="award")
    refuse_too_much(award, amount)
    return Tranche(institution_id=award.institution_id, award=award, amount=amount, **fields).save_checked()


@rule("students.tranche.changed", needs="students.change_award")
def change_tranche(actor: Actor, tranche: Tranche, **fields: Any) -> Tranche:
    """Change a payment that was not made yet."""
    award = locked(tranche.award)
    refuse_paid(tranche)
    refuse_too_much(award, fields.get("amount", tranche.amount) - tranche.amount)
    return tranche.change(**fields)


@rule("students.tranche.dropped", needs="students.change_award")
def drop_tranche(actor: Actor, tranche: Tranche) -> None:
    """Take a payment back that was only planned."""
    refuse_paid(tranche)
    tranche.delete()


@rule("students.tranche.paid", needs="students.pay_award")
def pay_tranche(actor: Actor, tranche: Tranche, *, paid_on: date) -> Tranche:
    """Say on which day a tranche was paid. Of an award that ended, what was due until then is."""
    award = locked(tranche.award)
    refuse_paid(tranche)
    refuse_later(tranche, "paid_on", paid_on)
    if award.status not in PAYABLE:
        raise RuleBroken("award_not_active", f"This award is {award.status}: nothing of it is paid.")
    if award.ended_on and tranche.due_on > award.ended_on:
        raise RuleBroken("award_ended", f"This award ended on {award.ended_on}, before this tranche was due.")
    return tranche.change(paid_on=paid_on)


@rule("students.tranche.reversed", needs="students.pay_award")
def reverse_tranche(actor: Actor, tranche: Tranche, *, paid_on: date, reason: str) -> Tranche:
    """Take back what was paid, by a tranche of the opposite amount; what was written stays."""
    refuse_later(tranche, "paid_on", paid_on)
    if tranche.paid_on is None:
        raise RuleBroken("not_paid", "This tranche was not paid: drop it, or change it.")
    if tranche.reverses_id:
        raise RuleBroken("is_reversal", "This tranche reverses another one: plan a new one instead.")
    if tranche.reversals.exists():
        raise RuleBroken("reversed_already", "This tranche was reversed.")
    if paid_on < tranche.paid_on:
        raise RuleBroken("before_it_was_paid", f"It was paid on {tranche.paid_on}.", field="paid_on")
    return Tranche(
        institution_id=tranche.institution_id,
        award_id=tranche.award_id,
        due_on=paid_on,
        paid_on=paid_on,
        amount=-tranche.amount,
        reverses=tranche,
        reason=reason,
    ).save_checked()


# --- What is counted, and what is refused ---
def seats_taken(scholarship: Scholarship) -> int:
    return scholarship.awards.exclude(status=Status.ENDED).count()


def total(award: Award) -> Decimal:
    """What the tranches of an award come to, less what was reversed."""
    return award.tranches.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def locked(award: Award) -> Award:
    """The award under its lock, so that its tranches are added up one change at a time."""
    return Award.objects.select_for_update(of=("self",)).get(pk=award.pk)


def refuse_too_much(award: Award, more: Decimal) -> None:
    left = award.amount - total(award)
    if more > left:
        raise RuleBroken("above_award", f"{left} {award.currency} of this award are left.", field="amount")


def refuse_paid(tranche: Tranche) -> None:
    if tranche.paid_on:
        raise RuleBroken("already_paid", f"This tranche was paid on {tranche.paid_on}: reverse it instead.")


def refuse_move(award: Award, status: Status, allowed: set[Status]) -> None:
    if award.status not in allowed:
        known = " or ".join(sorted(allowed))
        raise RuleBroken("move_not_allowed", f"This award is {award.status}: only one that is {known} is {status}.")


def refuse_later(row: Award | Tranche, field: str, day: date) -> None:
    if day > today_at(row.institution_id):
        raise RuleBroken("not_yet", "This day is still to come.", field=field)
