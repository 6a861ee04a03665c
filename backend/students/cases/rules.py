"""This file holds what may happen to a case. Only its owner and members come as far as these rules."""

from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at
from students.cases.models import Case, CaseMember, CaseNote
from students.students.models import Student
from students.students.rules import refuse_erased
from users.models import User
from users.roles.actors import actor_of

Status = Case.Status
VIEW, CHANGE = "students.view_case", "students.change_case"


@rule("students.case.opened", needs="students.add_case")
def open_case(actor: Actor, *, student: Student, **fields: Any) -> Case:
    """Open a case of a student at one's place. Whoever opens it owns it."""
    refuse_erased(student)
    if actor.id is None:
        raise RuleBroken("account_needed", "A case is opened by a person, who owns it.")
    return Case(institution_id=student.institution_id, student=student, owner_id=actor.id, **fields).save_checked()


@rule("students.case.changed", needs=CHANGE)
def change_case(actor: Actor, case: Case, **fields: Any) -> Case:
    """Change the kind or the summary of a case that is not closed."""
    refuse_closed(case)
    return case.change(**fields)


@rule("students.case.noted", needs=CHANGE)
def note_in_case(actor: Actor, case: Case, *, text: str) -> CaseNote:
    """Write something down in a case. It stays as it was written."""
    refuse_closed(case)
    author: Any = actor.id  # without an account one has no case
    return CaseNote(
        institution_id=case.institution_id, case=case, person_id=case.student_id, text=text, author_id=author
    ).save_checked()


@rule("students.case.paused", needs=CHANGE)
def await_others(actor: Actor, case: Case) -> Case:
    """Say that an open case waits for somebody."""
    refuse_unless(case, Status.OPEN)
    return case.change(status=Status.WAITING)


@rule("students.case.resumed", needs=CHANGE)
def resume_case(actor: Actor, case: Case) -> Case:
    """Go on with a case that waited."""
    refuse_unless(case, Status.WAITING)
    return case.change(status=Status.OPEN)


@rule("students.case.closed", needs=CHANGE)
def close_case(actor: Actor, case: Case) -> Case:
    """Close a case as of today."""
    refuse_closed(case)
    return case.change(status=Status.CLOSED, closed_on=today_at(case.institution_id))


@rule("students.case.reopened", needs=CHANGE)
def reopen_case(actor: Actor, case: Case) -> Case:
    """Open a case again that was closed."""
    refuse_unless(case, Status.CLOSED)
    return case.change(status=Status.OPEN, closed_on=None)


@rule("students.case.handed_over", needs=CHANGE)
def hand_over(actor: Actor, case: Case, *, owner: User) -> Case:
    """Give a case to another owner. Whoever gave it sees it no more, unless they are let in as a member."""
    refuse_others(actor, case)
    if owner.pk == case.owner_id:
        raise RuleBroken("already_owner", "This person owns the case.", field="owner")
    if owner.pk == case.student.account_id:
        raise RuleBroken("own_case", "Nobody owns a case about themselves.", field="owner")
    case.memberships.filter(account=owner).delete()
    case.change(owner=owner)
    refuse_blind(case, owner, field="owner")
    return case


@rule("students.case.member_added", needs=CHANGE)
def add_member(actor: Actor, case: Case, *, account: User) -> Case:
    """Let somebody else see a case: a colleague, or the student."""
    refuse_others(actor, case)
    if account.pk == case.owner_id:
        raise RuleBroken("already_owner", "This person owns the case.", field="account")
    CaseMember(institution_id=case.institution_id, case=case, account=account).save_checked()
    refuse_blind(case, account, field="account")
    return case.change()


@rule("students.case.member_removed", needs=CHANGE)
def remove_member(actor: Actor, case: Case, *, account: User) -> Case:
    """Let a member see a case no more. Members leave by themselves, too."""
    if account.pk != actor.id:
        refuse_others(actor, case)
    removed, _ = case.memberships.filter(account=account).delete()
    if not removed:
        raise RuleBroken("no_member", "This person is no member of the case.", field="account")
    return case.change()


def refuse_closed(case: Case) -> None:
    refuse_unless(case, Status.OPEN, Status.WAITING)


def refuse_unless(case: Case, *allowed: str) -> None:
    if case.status not in allowed:
        names, now = " or ".join(Status(one).label.lower() for one in allowed), Status(case.status).label.lower()
        raise RuleBroken("wrong_status", f"This is for a case that is {names}; this one is {now}.")


def refuse_others(actor: Actor, case: Case) -> None:
    if actor.id != case.owner_id:
        raise RuleBroken("not_the_owner", "Only the owner of a case does this.")


def refuse_blind(case: Case, account: User, *, field: str) -> None:
    """Refuse somebody who would not see the case all the same; what made them owner or member is rolled back."""
    if not account.is_active or not Case.objects.visible_to(actor_of(account), VIEW).filter(pk=case.pk).exists():
        message = "This person has no right to see a case at this place: give them a role that holds it first."
        raise RuleBroken("sees_no_case", message, field=field)
