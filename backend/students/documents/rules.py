"""This file holds what may happen to a student's document."""

from typing import Any

from django.utils import timezone

from core.actor import Actor
from core.errors import NotAllowed, RuleBroken
from core.files.keeping import keep, let_go
from core.files.kinds import MIB, PAPERS, FileKind
from core.files.taking import TakenFile
from core.rules import rule
from students.documents.models import StudentDocument
from students.students.models import Student
from students.students.rules import refuse_erased
from users.models import User

PAPER = FileKind("student-document", PAPERS, 10 * MIB)
IDENTITY = "students.view_student_identity"


@rule("students.document.added", needs="students.add_document")
def add_document(actor: Actor, *, student: Student, file: TakenFile, **fields: Any) -> StudentDocument:
    """Keep a paper of a student. A medical one is for those who may see what identifies. Of one who was erased nothing
    is kept.
    """
    refuse_erased(student)
    if fields["kind"] == StudentDocument.Kind.MEDICAL and not actor.may(IDENTITY):
        raise NotAllowed(IDENTITY)
    kept, sender = keep(student.institution_id, PAPER, file, person=student.pk), User.objects.acting(actor)
    return StudentDocument(
        institution_id=student.institution_id, student=student, file=kept, uploaded_by=sender, **fields
    ).save_checked()


@rule("students.document.changed", needs="students.change_document")
def change_document(actor: Actor, document: StudentDocument, **fields: Any) -> StudentDocument:
    """Correct the title or date of a document that nobody verified yet."""
    refuse_verified(document)
    return document.change(**fields)


@rule("students.document.verified", needs="students.verify_document")
def verify_document(actor: Actor, document: StudentDocument) -> StudentDocument:
    """Say that one saw the original, once. Not of a paper that one uploaded oneself, nor of one's own."""
    refuse_verified(document)
    if actor.id and actor.id in (document.uploaded_by_id, document.student.account_id):
        raise RuleBroken("own_document", "Somebody else verifies this document: you sent it, or it is yours.")
    return document.change(verified_by=User.objects.acting(actor), verified_at=timezone.now())


@rule("students.document.removed", needs="students.remove_document")
def remove_document(actor: Actor, document: StudentDocument) -> None:
    """Remove a document, and what was in it."""
    file = document.file
    document.delete()
    let_go(file)


def refuse_verified(document: StudentDocument) -> None:
    if document.verified_at:
        raise RuleBroken("already_verified", "This document was verified: it stays as it is.")
