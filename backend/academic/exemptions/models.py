"""This file holds exemptions: courses that count as earned by a student who did not pass them here."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey


class Exemption(Record):
    """One course that counts as earned under an enrollment, and why.

    It stands for a pass without a mark, unless an equivalent one is stated, and is no registration: averages, loads and
    full-time equivalents leave it out. One that is withdrawn counts no more, and stays as a row.
    """

    personal = Personal(
        means="A course that counts as earned, although you did not pass it here.",
        about=("student",),
        named=("granted_by",),
        erased={"reason": "", "evidence": "", "withdrawal_reason": ""},
        kept=Kept("What was earned is kept by law, as proof of the awards that rest on it."),
    )

    class Kind(models.TextChoices):
        TRANSFER = "transfer", "passed at another institution"
        PRIOR_LEARNING = "prior_learning", "learned before, and assessed"
        EXEMPTION = "exemption", "not needed"
        ADVANCED_STANDING = "advanced_standing", "entered at a later stage"

    unit_paths = ("course__program__department",)

    enrollment = TenantForeignKey("academic.Enrollment", alike=("student",), related_name="exemptions")
    student = TenantForeignKey("students.Student", related_name="exemptions")
    course = TenantForeignKey("academic.Course", related_name="exemptions")
    kind = models.CharField(max_length=20, choices=Kind)
    credits = models.DecimalField(
        max_digits=5,
        decimal_places=1,
        validators=[MinValueValidator(0)],
        help_text="Those of the course, or fewer.",
    )
    equivalent_mark = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="What requisites that ask for a mark go by; empty: they are not met by it.",
    )
    reason = models.CharField(max_length=300)
    evidence = models.CharField(
        max_length=300, blank=True, help_text="Where the proof lies: the number of a document or the name of a file."
    )
    transferred_credit = TenantForeignKey(
        "academic.TransferredCredit", alike=("student",), null=True, blank=True, related_name="exemptions"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    granted_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True, editable=False)
    withdrawal_reason = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "course"],
                condition=Q(withdrawn_on__isnull=True),
                name="exemption_once",
                violation_error_code="already_exempt",
                violation_error_message="This course counts as earned already, and credits are earned once.",
            ),
            models.UniqueConstraint(
                fields=["institution", "transferred_credit"],
                condition=Q(withdrawn_on__isnull=True),
                name="exemption_of_a_credit_once",
                violation_error_code="already_recognized",
                violation_error_message="This credit is recognized already: withdraw that exemption first.",
            ),
            models.CheckConstraint(condition=Q(credits__gte=0), name="exemption_credits_not_negative"),
            models.CheckConstraint(
                condition=Q(equivalent_mark__isnull=True) | Q(equivalent_mark__gte=0, equivalent_mark__lte=100),
                name="exemption_mark_in_percent",
            ),
            models.CheckConstraint(
                condition=Q(transferred_credit__isnull=True) | Q(kind="transfer"),
                name="exemption_of_a_credit_is_a_transfer",
                violation_error_code="not_a_transfer",
                violation_error_message="What recognizes a transferred credit is of the kind transfer.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawal_reason="") | Q(withdrawn_on__gte=F("granted_on")),
                name="exemption_withdrawn_after_granted",
                violation_error_code="withdrawn_before_granted",
                violation_error_message="An exemption is withdrawn on or after the day it was granted.",
            ),
            HeldByTrigger(
                name="exemption_within_the_limit",
                violation_error_code="too_many_from_elsewhere",
                violation_error_message="The program does not count so many credits from elsewhere.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "enrollment", "id"], name="exemption_by_enrollment"),
            models.Index(fields=["institution", "course", "id"], name="exemption_by_course"),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} for {self.student_id}"
