"""This file holds what may happen to pledges of work and to hours that were worked."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.students.models import Student
from students.students.rules import refuse_deceased, refuse_erased
from students.work.models import WorkEntry, WorkPledge
from users.models import User

ENTER, APPROVE = "students.enter_work", "students.approve_work"
Status = WorkPledge.Status


# --- Pledges ---
@rule("students.work_pledge.made", needs="students.add_work_pledge")
def make_pledge(actor: Actor, *, student: Student, **fields: Any) -> WorkPledge:
    """Take down what a student pledges to work."""
    refuse_erased(student)
    refuse_deceased(student)
    return WorkPledge(institution_id=student.institution_id, student=student, **fields).save_checked()


@rule("students.work_pledge.changed", needs="students.change_work_pledge")
def change_pledge(actor: Actor, pledge: WorkPledge, **fields: Any) -> WorkPledge:
    """Change an open pledge: not below what was worked, nor to days that leave some of it out."""
    refuse_shut(pledge)
    first, last = fields.get("starts_on", pledge.starts_on), fields.get("ends_on", pledge.ends_on)
    outside = pledge.entries.exclude(worked_on__range=(first, last))
    if last >= first and outside.exists():
        raise RuleBroken("worked_outside", "Hours are entered on days that this would leave out.", field="ends_on")
    pledge.change(**fields)
    pledge.entries.update(starts_on=pledge.starts_on, ends_on=pledge.ends_on)
    return pledge


@rule("students.work_pledge.fulfilled", needs="students.change_work_pledge")
def fulfill_pledge(actor: Actor, pledge: WorkPledge) -> WorkPledge:
    """Say that a pledge is fulfilled: all of its hours are worked and approved."""
    refuse_shut(pledge)
    if left := hours_left(pledge):
        raise RuleBroken("hours_left", f"{left} hours of this pledge are not worked yet.")
    return pledge.change(status=Status.FULFILLED)


@rule("students.work_pledge.ended", needs="students.change_work_pledge")
def end_pledge(actor: Actor, pledge: WorkPledge) -> WorkPledge:
    """End a pledge that is not going to be fulfilled. What was worked counts."""
    refuse_shut(pledge)
    return pledge.change(status=Status.ENDED)


# --- Hours worked ---
@rule("students.work_entry.entered", needs=ENTER)
def enter_work(actor: Actor, *, pledge: WorkPledge, worked_on: date, **fields: Any) -> WorkEntry:
    """Enter the hours that were worked on a day, once for each."""
    pledge = open_pledge(pledge.pk)
    refuse_to_come(pledge, worked_on)
    return WorkEntry(
        institution_id=pledge.institution_id, pledge=pledge, starts_on=pledge.starts_on, ends_on=pledge.ends_on,
        worked_on=worked_on, **fields,
    ).save_checked()  # fmt: skip


@rule("students.work_entry.changed", needs=ENTER)
def change_entry(actor: Actor, entry: WorkEntry, **fields: Any) -> WorkEntry:
    """Change hours that nobody approved yet."""
    refuse_unless(entry, WorkEntry.Status.ENTERED)
    refuse_to_come(entry, fields.get("worked_on", entry.worked_on))
    return entry.change(**fields)


@rule("students.work_entry.removed", needs=ENTER)
def remove_entry(actor: Actor, entry: WorkEntry) -> None:
    """Take back hours that nobody approved yet."""
    refuse_unless(entry, WorkEntry.Status.ENTERED)
    entry.delete()


@rule("students.work_entry.approved", needs=APPROVE)
def approve_entry(actor: Actor, entry: WorkEntry) -> WorkEntry:
    """Say that hours were worked: they count from now on. Nobody approves the own ones, nor more than was pledged."""
    refuse_unless(entry, WorkEntry.Status.ENTERED)
    pledge = open_pledge(entry.pledge_id)
    refuse_own(actor, pledge)
    if entry.hours > (left := hours_left(pledge)):
        raise RuleBroken("more_than_pledged", f"Only {left} hours of this pledge are left to be worked.")
    count_hours(pledge, entry.hours)
    account = User.objects.acting(actor)
    return entry.change(status=WorkEntry.Status.APPROVED, approved_by=account, approved_at=timezone.now())


@rule("students.work_entry.reversed", needs=APPROVE)
def reverse_entry(actor: Actor, entry: WorkEntry) -> WorkEntry:
    """Say that approved hours do not count after all. The entry stays, and the day is free for a right one."""
    refuse_unless(entry, WorkEntry.Status.APPROVED)
    pledge = open_pledge(entry.pledge_id)
    refuse_own(actor, pledge)
    count_hours(pledge, -entry.hours)
    account = User.objects.acting(actor)
    return entry.change(status=WorkEntry.Status.REVERSED, reversed_by=account, reversed_at=timezone.now())


# --- What is refused, and what is counted ---
def open_pledge(key: Any) -> WorkPledge:
    """The pledge under its lock, so that two entries at once are counted one after the other."""
    pledge = WorkPledge.objects.select_for_update(of=("self",)).get(pk=key)
    refuse_shut(pledge)
    return pledge


def count_hours(pledge: WorkPledge, hours: Decimal) -> None:
    pledge.change(hours_worked=pledge.hours_worked + hours)


def hours_left(pledge: WorkPledge) -> Decimal:
    return pledge.hours_pledged - pledge.hours_worked


def refuse_shut(pledge: WorkPledge) -> None:
    if pledge.status != Status.OPEN:
        raise RuleBroken("pledge_shut", f"This pledge is {Status(pledge.status).label.lower()}: it stays as it is.")


def refuse_unless(entry: WorkEntry, status: WorkEntry.Status) -> None:
    if entry.status != status:
        raise RuleBroken("wrong_status", f"This is for hours that are {status}; these are {entry.status}.")


def refuse_to_come(row: WorkPledge | WorkEntry, worked_on: date) -> None:
    if worked_on > today_at(row.institution_id):
        raise RuleBroken("not_yet", "Hours are entered once they were worked.", field="worked_on")


def refuse_own(actor: Actor, pledge: WorkPledge) -> None:
    if actor.id and actor.id == pledge.student.account_id:
        raise RuleBroken("own_work", "Somebody else decides on these hours: they are yours.")
