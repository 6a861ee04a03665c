"""This file holds what may happen to a placement, its visits and its logbook."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.employers.models import Employer
from students.placements.models import LogbookEntry, Placement, PlacementVisit
from students.statuses.rules import follow
from students.students.models import Student
from students.students.rules import refuse_deceased, refuse_erased
from users.models import User

Status = Placement.Status
OPEN = {Status.PLANNED, Status.RUNNING}
WEEK = timedelta(days=6)  # from its first day to its last


# --- The placement ---
@rule("students.placement.opened", needs="students.add_placement")
def open_placement(actor: Actor, *, student: Student, employer: Employer, **fields: Any) -> Placement:
    """Plan a placement. A student is at one place at a time."""
    refuse_erased(student)
    refuse_deceased(student)
    refuse_own_supervisor(student, fields.get("academic_supervisor"))
    return Placement(institution_id=student.institution_id, student=student, employer=employer, **fields).save_checked()


@rule("students.placement.changed", needs="students.change_placement")
def change_placement(actor: Actor, placement: Placement, **fields: Any) -> Placement:
    """Change a placement that is planned or running. Its visits and the weeks of its logbook stay within its days."""
    if placement.status not in OPEN:
        raise RuleBroken("placement_closed", f"This placement is {placement.get_status_display().lower()}: it stays.")
    refuse_own_supervisor(placement.student, fields.get("academic_supervisor"))
    placement.starts_on = fields.get("starts_on", placement.starts_on)
    placement.ends_on = fields.get("ends_on", placement.ends_on)
    if placement.status == Status.RUNNING:
        refuse_later(placement, "starts_on", placement.starts_on, "A placement that is running has started.")
    refuse_left_outside(placement)
    return placement.change(**fields)


@rule("students.placement.started", needs="students.change_placement")
def start_placement(actor: Actor, placement: Placement) -> Placement:
    """Say that the student is there: from the first day on. An attachment makes an active student one on attachment."""
    refuse_move(placement, Status.RUNNING, {Status.PLANNED})
    refuse_later(placement, None, placement.starts_on, f"This placement starts on {placement.starts_on}.")
    if placement.kind == Placement.Kind.ATTACHMENT:
        states = Student.Status
        follow(placement.student, after=states.ACTIVE, status=states.ON_ATTACHMENT, starts_on=placement.starts_on)
    return placement.change(status=Status.RUNNING)


@rule("students.placement.completed", needs="students.change_placement")
def complete_placement(actor: Actor, placement: Placement) -> Placement:
    """Say that the student stayed to the end: from the last day on. Who left before breaks off."""
    refuse_move(placement, Status.COMPLETED, {Status.RUNNING})
    message = f"This placement ends on {placement.ends_on}: change that day, or break off."
    refuse_later(placement, None, placement.ends_on, message)
    come_back(placement)
    return placement.change(status=Status.COMPLETED)


@rule("students.placement.broken_off", needs="students.change_placement")
def break_off_placement(actor: Actor, placement: Placement, *, broken_off_on: date, reason: str) -> Placement:
    """Say that the student left early, or never came: on which day, and why."""
    refuse_move(placement, Status.BROKEN_OFF, OPEN)
    refuse_later(placement, "broken_off_on", broken_off_on, "A day to come can't be known: say the last day that was.")
    if placement.status == Status.RUNNING and broken_off_on < placement.starts_on:
        raise RuleBroken("before_it_started", "This placement had not started on that day.", field="broken_off_on")
    placement.broken_off_on = broken_off_on
    refuse_left_outside(placement)
    if placement.status == Status.RUNNING:
        come_back(placement)
    return placement.change(status=Status.BROKEN_OFF, broken_off_on=broken_off_on, reason=reason)


def come_back(placement: Placement) -> None:
    """Whoever was on attachment is active from the next day, unless another attachment runs."""
    others = Placement.objects.filter(institution=placement.institution_id, student=placement.student_id)
    running = others.filter(kind=Placement.Kind.ATTACHMENT, status=Status.RUNNING).exclude(pk=placement.pk)
    if placement.kind == Placement.Kind.ATTACHMENT and not running.exists():
        states, next_day = Student.Status, placement.last_day + timedelta(days=1)
        day = min(next_day, today_at(placement.institution_id))
        follow(placement.student, after=states.ON_ATTACHMENT, status=states.ACTIVE, starts_on=day)


# --- Visits ---
@rule("students.visit.recorded", needs="students.visit_placement")
def record_visit(actor: Actor, *, placement: Placement, visitor: User | None = None, **fields: Any) -> PlacementVisit:
    """Record a visit that was, by the actor unless somebody else is named."""
    placement = at_work(placement)
    visitor = visitor or User.objects.acting(actor)
    refuse_outside(placement, "visited_on", fields["visited_on"])
    refuse_later(placement, "visited_on", fields["visited_on"], "A visit is recorded once it was.")
    return PlacementVisit(
        institution_id=placement.institution_id, placement=placement, visitor=visitor, **fields
    ).save_checked()


@rule("students.visit.corrected", needs="students.visit_placement")
def correct_visit(actor: Actor, visit: PlacementVisit, **fields: Any) -> PlacementVisit:
    """Correct what was found on a visit."""
    return visit.change(**fields)


# --- The logbook ---
@rule("students.logbook_entry.written", needs="students.write_logbook")
def write_entry(actor: Actor, *, placement: Placement, week_starts_on: date, **fields: Any) -> LogbookEntry:
    """Write what was done in a week at work, once for each week."""
    placement = at_work(placement)
    refuse_outside(placement, "week_starts_on", week_starts_on, week_starts_on + WEEK)
    refuse_later(placement, "week_starts_on", week_starts_on, "A week is written once it has begun.")
    return LogbookEntry(
        institution_id=placement.institution_id, placement=placement, week_starts_on=week_starts_on, **fields
    ).save_checked()


@rule("students.logbook_entry.changed", needs="students.write_logbook")
def change_entry(actor: Actor, entry: LogbookEntry, **fields: Any) -> LogbookEntry:
    """Change an entry that nobody signed yet."""
    refuse_signed(entry)
    return entry.change(**fields)


@rule("students.logbook_entry.signed", needs="students.sign_logbook")
def sign_entry(actor: Actor, entry: LogbookEntry) -> LogbookEntry:
    """Say that an entry is true, once. Nobody signs the own one."""
    refuse_signed(entry)
    if actor.id and actor.id == entry.placement.student.account_id:
        raise RuleBroken("own_entry", "Somebody else signs this entry: it is yours.")
    return entry.change(signed_by=User.objects.acting(actor), signed_at=timezone.now())


# --- What is refused ---
def refuse_own_supervisor(student: Student, supervisor: User | None) -> None:
    if supervisor and supervisor.pk == student.account_id:
        raise RuleBroken("own_supervisor", "Nobody supervises the own placement.", field="academic_supervisor")


def refuse_move(placement: Placement, status: Status, allowed: set[Status]) -> None:
    if placement.status not in allowed:
        known = " or ".join(sorted(one.label.lower() for one in allowed))
        stands = placement.get_status_display().lower()
        message = f"This placement is {stands}: only one that is {known} is {status.label.lower()}."
        raise RuleBroken("move_not_allowed", message)


def refuse_later(placement: Placement, field: str | None, day: date, message: str) -> None:
    if day > today_at(placement.institution_id):
        raise RuleBroken("not_yet", message, field=field)


def refuse_outside(placement: Placement, field: str, first: date, last: date | None = None) -> None:
    if first > placement.last_day or (last or first) < placement.starts_on:
        days = f"{placement.starts_on} to {placement.last_day}"
        raise RuleBroken("outside_placement", f"This placement is from {days}.", field=field)


def refuse_left_outside(placement: Placement) -> None:
    """The visits and weeks that are known lie within the days, as they would be."""
    first, last = placement.starts_on, placement.last_day
    visits, weeks = placement.visits.all(), placement.logbook.all()
    outside = visits.filter(visited_on__lt=first) | visits.filter(visited_on__gt=last)
    written = weeks.filter(week_starts_on__lt=first - WEEK) | weeks.filter(week_starts_on__gt=last)
    if outside.exists() or written.exists():
        raise RuleBroken(
            "would_lie_outside", "Visits or weeks of the logbook would lie outside of the placement. Keep their days."
        )


def refuse_signed(entry: LogbookEntry) -> None:
    if entry.signed_at:
        raise RuleBroken("already_signed", "This entry was signed: it stays as it is.")


def at_work(placement: Placement) -> Placement:
    """The placement under its lock, so that its days stay; one that has started."""
    placement = Placement.objects.select_for_update(of=("self",)).get(pk=placement.pk)
    if placement.status == Status.PLANNED:
        raise RuleBroken("not_started", "This placement is planned: start it first.", field="placement")
    return placement
