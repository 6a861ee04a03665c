"""This file holds transfers of students between two institutions, and the credits that come with them."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.constraints import Mirrored
from core.tenancy.fields import TenantForeignKey

KEPT = Kept("The register of who studied where is kept by law; without your name it tells who by number alone.")


class Transfer(Record):
    """One side of a person's move from one institution to another; the other institution has the other side.

    Both sides share `shared_id` and always say the same status: the database sees to it. The origin's side is about its
    student from the beginning; the destination's is about its own once the person is accepted, and until then knows
    the name and the number at the origin, which it forgets when nothing comes of the transfer.
    """

    personal = Personal(
        means="Your move from one institution to another, as one of the two keeps it.",
        about=("student",),
        ids=("person_id",),
        withheld={"person_id": "It is how the other institution finds you."},
        erased={"given_names": "", "family_name": "", "number": "", "reason": "", "answer": ""},
        kept=KEPT,
    )

    class Side(models.TextChoices):
        ORIGIN = "origin"
        DESTINATION = "destination"

    class Status(models.TextChoices):
        REQUESTED = "requested"
        RELEASED = "released"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    OPEN = (Status.REQUESTED, Status.RELEASED)

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    shared_id = models.UUIDField(default=uuid7, editable=False)
    side = models.CharField(max_length=11, choices=Side, editable=False)
    other_institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, related_name="+", editable=False)
    student = TenantForeignKey("students.Student", null=True, editable=False, related_name="transfers")
    person_id = models.UUIDField(editable=False)
    number = models.CharField(max_length=30, blank=True, help_text="The student number at the origin.")
    given_names = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED, editable=False)
    asked_by = models.CharField(max_length=11, choices=Side, editable=False, help_text="The side that asked for it.")
    reason = models.CharField(max_length=300, help_text="Why the person moves.", blank=True)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was refused or withdrawn.")
    released_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            Mirrored(other="other_institution", fields=("shared_id", "status", "asked_by"), name="transfer_two_sides"),
            models.UniqueConstraint(fields=["shared_id", "side"], name="transfer_one_row_each_side"),
            models.UniqueConstraint(
                fields=["institution", "student"],
                condition=Q(side="origin", status__in=["requested", "released"]),
                name="transfer_open_once",
                violation_error_code="already_requested",
                violation_error_message="A transfer of this student is under way.",
            ),
            models.CheckConstraint(
                condition=~Q(institution=F("other_institution")),
                name="transfer_between_two",
                violation_error_code="same_institution",
                violation_error_message="A transfer is to another institution.",
            ),
            models.CheckConstraint(
                condition=Q(side="destination") | Q(student__isnull=False), name="transfer_origin_has_the_student"
            ),
            models.CheckConstraint(
                condition=Q(side="origin") | Q(status="accepted", student__isnull=False)
                | (~Q(status="accepted") & Q(student__isnull=True)),
                name="transfer_destination_has_whom_it_accepted",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "released"], ended_at__isnull=True)
                | (~Q(status__in=["requested", "released"]) & Q(ended_at__isnull=False)),
                name="transfer_ended_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["released", "accepted"]) | Q(released_at__isnull=False),
                name="transfer_released_before_accepted",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["institution", "status", "id"], name="transfer_by_status"),
            models.Index(fields=["institution", "student", "id"], name="transfer_by_student"),
        ]

    def __str__(self) -> str:
        return f"{self.side} of {self.shared_id}"


class TransferredCredit(Record):
    """One course that a student passed elsewhere, as the institution of origin told it on the day of the transfer.

    It is a copy: the course stays the origin's, and what it counts for here is for the destination to say, by an
    exemption.
    """

    personal = Personal(
        means="A course that you passed at the institution that you came from.", about=("student",), kept=KEPT
    )

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    transfer = TenantForeignKey(Transfer, related_name="credits_told")
    student = TenantForeignKey("students.Student", related_name="transferred_credits")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    credits = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(0)])
    level = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(10)])
    grade = models.CharField(
        max_length=40, help_text="The result as the origin gave it, with the mark if there is one."
    )
    ended_on = models.DateField(help_text="The last day of what was passed, or the day of an exemption.")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "transfer", "code"],
                name="transferred_credit_once",
                violation_error_code="credit_told",
                violation_error_message="This course came with the transfer before: credits are earned once.",
            ),
            models.CheckConstraint(condition=Q(credits__gte=0), name="transferred_credit_not_negative"),
            # An exemption that recognizes it points to this: it is one of the same student.
            models.UniqueConstraint(fields=["institution", "id", "student"], name="transferred_credit_of_its_student"),
        ]
        indexes = [models.Index(fields=["institution", "student", "id"], name="transferred_credit_by_student")]

    def __str__(self) -> str:
        return f"{self.code} of {self.student_id}"
