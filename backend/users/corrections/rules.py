"""This file holds what may happen to a correction."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from core.actor import Actor
from core.audit.models import AuditEntry
from core.errors import Invalid, Problem, RuleBroken
from core.outbox.events import announce
from core.personal.oneself import OWN
from core.personal.walk import own_row
from core.rules import rule
from users.accounts.models import User
from users.corrections.events import CorrectionDecided
from users.corrections.models import Correction


@rule("users.correction.asked", needs=OWN)
def ask_for_correction(
    actor: Actor, *, place: UUID | None, subject: str, subject_id: UUID, **fields: Any
) -> Correction:
    """Say what is wrong in a row about oneself, and what it should be. The row and the field are ones that an export
    shows. A row that lies in no institution is corrected where one acts. The same is asked once at a time.
    """
    account = User.objects.get(pk=str(actor.id))
    row = own_row(account, subject, subject_id, fields["field"])
    if row is None:
        message = "There is no such row about you, or it has no such field that you can see."
        raise Invalid([Problem("does_not_exist", message, "subject_id")])
    institution = getattr(row, "institution_id", None) or place
    if institution is None or institution not in actor.institutions:
        raise RuleBroken("institution_needed", "Say in which institution: act in one of those you reach.")
    return Correction(
        institution_id=institution, account=account, subject=subject, subject_id=subject_id, **fields
    ).save_checked()


@rule("users.correction.accepted", needs="users.change_correction")
def accept_correction(actor: Actor, correction: Correction, *, answer: str = "") -> Correction:
    """Say that it was wrong and is right now. The row was changed by its own rule since the person asked; that entry of
    the audit log is the proof. It must be open, and is not one's own.
    """
    refuse_decided(actor, correction)
    change = change_that_mends(correction)
    if change is None:
        raise RuleBroken("not_changed_yet", "Change the record first, as usual; then accept.")
    return decided(actor, correction, status=Correction.Status.ACCEPTED, answer=answer, change_id=change.pk)


@rule("users.correction.refused", needs="users.change_correction")
def refuse_correction(actor: Actor, correction: Correction, *, answer: str) -> Correction:
    """Say why it stays as it is. It must be open, and is not one's own."""
    refuse_decided(actor, correction)
    return decided(actor, correction, status=Correction.Status.REFUSED, answer=answer)


def refuse_decided(actor: Actor, correction: Correction) -> None:
    if correction.status != Correction.Status.OPEN:
        raise RuleBroken("already_decided", "This was decided before.")
    if correction.account_id == actor.id:
        raise RuleBroken("own_request", "Nobody decides their own correction.")


def change_that_mends(correction: Correction) -> AuditEntry | None:
    """The last change of this field of this row since the person asked."""
    return (
        AuditEntry.objects.filter(
            subject=correction.subject,
            subject_id=str(correction.subject_id),
            decision=AuditEntry.Decision.DONE,
            at__gte=correction.created_at,
            changes__has_key=correction.field,
        )
        .order_by("pk")
        .last()
    )


def decided(actor: Actor, correction: Correction, **fields: Any) -> Correction:
    by = User.objects.filter(pk=actor.id).first() if actor.id else None
    correction.change(decided_by=by, decided_at=timezone.now(), **fields)
    announce(CorrectionDecided(correction.institution_id, correction.pk, correction.account_id, str(correction.status)))
    return correction
