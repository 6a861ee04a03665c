"""This file holds what includes a student: disability, coarse and in detail, support, and circumstances; dated."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q

from core.personal.declarations import Personal
from core.records import Record
from core.secrets.fields import Encrypted
from core.tenancy.fields import TenantForeignKey


class Stated(models.TextChoices):
    """An answer. "Not stated" is not "no"."""

    YES = "yes"
    NO = "no"
    NOT_STATED = "not_stated", "not stated"


def stated() -> models.CharField:
    return models.CharField(max_length=10, choices=Stated, default=Stated.NOT_STATED)


class Inclusion(Record):
    """What a student stated from a day on, and the support agreed on. One such row holds at a time.

    `disability` is what statistics need, coarse; the details are encrypted. The audit log has digests of both.
    """

    personal = Personal(
        means="What you stated on disability and your circumstances, and the support agreed with you.",
        about=("student",),
        removed=True,
    )
    sensitive_fields = ("disability", "is_orphan", "is_refugee", "is_first_generation", "arrangements")

    class Disability(models.TextChoices):
        NONE = "none"
        VISUAL = "visual"
        HEARING = "hearing"
        SPEECH = "speech"
        PHYSICAL = "physical"
        INTELLECTUAL = "intellectual"
        LEARNING = "learning"
        PSYCHOSOCIAL = "psychosocial"
        CHRONIC_ILLNESS = "chronic_illness", "chronic illness"
        MULTIPLE = "multiple"
        OTHER = "other"
        NOT_STATED = "not_stated", "not stated"

    class Arrangement(models.TextChoices):
        ACCESSIBLE_ROOM = "accessible_room", "accessible room"
        SEPARATE_ROOM = "separate_room", "separate room"
        REST_BREAKS = "rest_breaks", "rest breaks"
        SIGN_LANGUAGE = "sign_language", "sign language"
        LARGE_PRINT = "large_print", "large print"
        BRAILLE = "braille"
        NOTE_TAKER = "note_taker", "note taker"
        ASSISTIVE_TECHNOLOGY = "assistive_technology", "assistive technology"

    unit_paths: ClassVar[tuple[str, ...]] = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="inclusion")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, editable=False, help_text="The day on which the next one began.")
    disability = models.CharField(max_length=20, choices=Disability, default=Disability.NOT_STATED)
    details = Encrypted(models.CharField(max_length=2000), person="student_id", null=True, blank=True)
    is_orphan, is_refugee, is_first_generation = stated(), stated(), stated()
    extra_time_percent = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)], help_text="How much longer examinations may take, in percent."
    )
    arrangements = ArrayField(models.CharField(max_length=30, choices=Arrangement), default=list, blank=True)

    class Meta(Record.Meta):
        verbose_name_plural = "inclusion"
        constraints = [
            models.CheckConstraint(
                condition=Q(extra_time_percent__lte=100),
                name="inclusion_extra_time_within_double",
                violation_error_code="too_much_time",
                violation_error_message="Extra time is at most 100 percent.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="inclusion_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message="What was stated holds for a day at least.",
            ),
            ExclusionConstraint(
                name="inclusion_one_at_a_time",
                index_type="gist",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("student", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_code="one_at_a_time",
                violation_error_message="Of a student one such record holds at a time.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "student", "id"], name="inclusion_by_student")]

    def __str__(self) -> str:
        return f"{self.student_id} from {self.starts_on}"
