"""This file holds support and wellbeing cases of students: what is confided to a few, and seen by nobody else."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Record, RecordQuerySet
from core.secrets.digests import digest_of
from core.secrets.fields import Encrypted
from core.tenancy.fields import TenantForeignKey
from faculties.institutions.days import DayThere

CONFIDED = "It was confided to those who look after the case, and is about somebody else or not for the record."
KEPT = Kept("That somebody was looked after, and by whom, is kept; what was written goes with the student's key.")


class OwnCases(RecordQuerySet):
    """Rows of cases. What a permission reaches is narrowed to cases that the actor owns or is a member of: no place, no
    rank and no loan opens others.
    """

    def visible_to(self, actor: Actor, permission: str) -> Self:
        key = "pk" if self.model is Case else "case"
        return super().visible_to(actor, permission).filter(**{f"{key}__in": cases_of(actor)})


def cases_of(actor: Actor) -> Any:
    if actor.id is None:
        return Case._base_manager.none()
    joined = CaseMember._base_manager.filter(account=actor.id).values("case")
    return Case._base_manager.filter(Q(owner=actor.id) | Q(pk__in=joined)).values("pk")


class Case(Record):
    """Something that troubles one student, in the hands of one owner and of those whom the owner lets in.

    The audit log says that a case was opened or changed and by whom. The student, the kind and whom the owner let in
    are digests there.
    """

    is_confided = True
    personal = Personal(
        means="A case of support or wellbeing: one that you look after, or one about you.",
        about=("owner",),
        named=("student",),
        withheld={"student": CONFIDED, "kind": CONFIDED, "summary": CONFIDED},
        kept=KEPT,
    )
    sensitive_fields = ("student", "kind")

    class Kind(models.TextChoices):
        ACADEMIC = "academic"
        FINANCIAL = "financial"
        HEALTH = "health"
        WELLBEING = "wellbeing"
        DISCIPLINARY = "disciplinary"
        OTHER = "other"

    class Status(models.TextChoices):
        OPEN = "open"
        WAITING = "waiting"
        CLOSED = "closed"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="cases")
    kind = models.CharField(max_length=15, choices=Kind)
    opened_on = DayThere()
    closed_on = models.DateField(null=True, blank=True, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    summary = Encrypted(models.CharField(max_length=4000), person="student_id", null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects: ClassVar[Any] = OwnCases.as_manager()

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(status="closed", closed_on__isnull=False)
                | (~Q(status="closed") & Q(closed_on__isnull=True)),
                name="case_closed_on_a_day",
                violation_error_code="closed_when",
                violation_error_message="A case that is closed has the day of that, and no other has one.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="case_closed_after_it_opened",
                violation_error_code="closed_before_it_opened",
                violation_error_message="A case is closed on or after the day it was opened.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="case_by_student"),
            models.Index(fields=["institution", "owner", "id"], name="case_by_owner"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    def audited_besides(self) -> dict[str, Any]:
        """Who was let in, as digests: the student may be one of them."""
        account = CaseMember._meta.get_field("account")
        return {
            "members": sorted(digest_of(account, key) for key in self.memberships.values_list("account", flat=True))
        }


class CaseMember(Record):
    """Somebody besides the owner who sees a case."""

    is_confided = True
    personal = Personal(means="A case that you were let into.", about=("account",), removed=True)

    unit_paths = ("case__student__department",)

    case = TenantForeignKey(Case, related_name="memberships")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects: ClassVar[Any] = OwnCases.as_manager()

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "case", "account"],
                name="case_member_once",
                violation_error_code="already_member",
                violation_error_message="This person sees the case already.",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="case_member_by_account")]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.case_id}"


class CaseNote(Record):
    """What somebody wrote in a case, and when. The database lets nobody change or remove it.

    `person_id` is the student, whose key seals the text: erasing the student makes it unreadable.
    """

    is_confided = True
    personal = Personal(
        means="A note that you wrote in a case.",
        about=("author",),
        withheld={"text": CONFIDED, "person_id": CONFIDED},
        kept=KEPT,
    )
    sensitive_fields = ("person_id",)
    database_privileges = "SELECT, INSERT"

    unit_paths = ("case__student__department",)

    case = TenantForeignKey(Case, related_name="notes")
    person_id = models.UUIDField(editable=False)
    text = Encrypted(models.CharField(max_length=10_000), person="person_id")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")

    objects: ClassVar[Any] = OwnCases.as_manager()

    class Meta(Record.Meta):
        indexes = [models.Index(fields=["institution", "case", "id"], name="case_note_by_case")]

    def __str__(self) -> str:
        return f"note in {self.case_id}"
