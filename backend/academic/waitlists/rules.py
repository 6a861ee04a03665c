"""This file holds what may happen to an entry of a waitlist, besides joining and accepting, and to the policy."""

from collections.abc import Sequence
from typing import Any

from academic.accounts import account_of
from academic.reservations.seats import give_back
from academic.sections.seats import hold_section_of, hold_whole_of, let_go
from academic.waitlists.models import WaitlistEntry, WaitlistPolicy
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.errors import RuleBroken
from core.rules import rule

JOIN, CHANGE = "academic.join_waitlist", "academic.change_waitlist"
Status = WaitlistEntry.Status


@rule("academic.waitlist.left", needs=JOIN, first=hold_whole_of)
def leave_waitlist(actor: Actor, entry: WaitlistEntry) -> WaitlistEntry:
    """Wait no more, or say no to an offer: its seats go to the next."""
    refuse_closed(entry)
    return given_up(entry)


def given_up(entry: WaitlistEntry) -> WaitlistEntry:
    if entry.status == Status.WAITING:
        return entry.change(status=Status.LEFT)
    entry.change(status=Status.REFUSED)
    give_back(entry, "seats_offered")
    let_go(entry.section)
    return entry


def give_up_parts(actor: Actor, entries: Sequence[WaitlistEntry]) -> None:
    """Have somebody who leaves a section wait no more for other parts of it. Whoever calls has locked these."""
    for entry in entries:
        before = snapshot(entry)
        record(actor, leave_waitlist.name, entry, changes=differences(before, snapshot(given_up(entry))))


@rule("academic.waitlist.priority_set", needs=CHANGE, first=hold_section_of)
def set_priority(actor: Actor, entry: WaitlistEntry, *, priority: int, reason: str) -> WaitlistEntry:
    """Let somebody who waits wait further ahead or behind. Among those of one priority, who joined first goes first."""
    refuse_closed(entry)
    if entry.status != Status.WAITING:
        raise RuleBroken("offered_already", "A seat is offered to this student: nobody is ahead of them any more.")
    return entry.change(priority=priority, priority_reason=reason, priority_set_by_id=account_of(actor))


def refuse_closed(entry: WaitlistEntry) -> None:
    if entry.status not in WaitlistEntry.OPEN:
        raise RuleBroken("not_waiting", f"This entry is {entry.status}: nothing is waited for. Join again to wait.")


# --- The policy ---
@rule("academic.waitlist_policy.set", needs=CHANGE)
def set_waitlist_policy(actor: Actor, **fields: Any) -> WaitlistPolicy:
    """Say how long offers last and how many may wait for one section."""
    return WaitlistPolicy(institution_id=actor.at_home(), **fields).save_checked()


@rule("academic.waitlist_policy.changed", needs=CHANGE)
def change_waitlist_policy(actor: Actor, policy: WaitlistPolicy, **fields: Any) -> WaitlistPolicy:
    """Change that for offers and entries to come; those that are there stay as they are."""
    return policy.change(**fields)
