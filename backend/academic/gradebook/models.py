"""This file holds the gradebook: what is assessed in a section, and the marks."""

from typing import TypeAlias

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from academic.courses.kinds import AssessmentType
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class Assessment(Record):
    """One piece of assessed work of a section, with its weight in percent of its component.

    Coursework and examination are two components: each is weighted by itself, and a source's weights are kept as
    stated, whatever they sum to.
    """

    no_person = "A piece of work that is set for everybody; its name is not a person's."

    Type: TypeAlias = AssessmentType

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey("academic.Section", related_name="assessments")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100, blank=True)
    type = models.CharField(max_length=20, choices=Type)
    due_on = models.DateField(null=True, blank=True)
    weight = models.DecimalField(
        max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    maximum = models.DecimalField(max_digits=6, decimal_places=2, default=100, validators=[MinValueValidator(1)])

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "section", "code"],
                name="assessment_once",
                violation_error_code="code_taken",
                violation_error_message="This section has an assessment with this code.",
            ),
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=100), name="assessment_weight_in_percent"),
            models.CheckConstraint(condition=Q(maximum__gt=0), name="assessment_maximum_positive"),
        ]

    def __str__(self) -> str:
        return self.code


class Mark(Record):
    """What one registration got in one assessment. No row is no submission, which is not a zero.

    `submitted` is work handed in and not marked; `excused` counts neither for nor against. A banked mark comes from
    an earlier attempt. The mark is out of the assessment's maximum.
    """

    personal = Personal(
        means="What you got in one assessment.",
        about=("registration__student",),
        kept=Kept("Marks are kept by law, as proof of the awards that rest on them."),
    )

    class State(models.TextChoices):
        MARKED = "marked"
        SUBMITTED = "submitted"
        ABSENT = "absent"
        EXCUSED = "excused"

    unit_paths = ("assessment__section__course__program__department",)

    assessment = TenantForeignKey(Assessment, related_name="marks")
    registration = TenantForeignKey("academic.Registration", related_name="marks")
    state = models.CharField(max_length=10, choices=State, default=State.MARKED)
    mark = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)])
    submitted_on = models.DateField(null=True, blank=True)
    is_banked = models.BooleanField(default=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "assessment", "registration"],
                name="mark_once",
                violation_error_code="already_marked",
                violation_error_message="This registration has a mark in this assessment.",
            ),
            models.CheckConstraint(
                condition=Q(state="marked", mark__isnull=False) | (~Q(state="marked") & Q(mark__isnull=True)),
                name="mark_only_when_marked",
                violation_error_code="mark_and_state_differ",
                violation_error_message="Marked work has a mark, and nothing else has.",
            ),
            models.CheckConstraint(condition=Q(mark__isnull=True) | Q(mark__gte=0), name="mark_not_negative"),
        ]
        indexes = [models.Index(fields=["institution", "registration"], name="mark_by_registration")]

    def __str__(self) -> str:
        return f"{self.registration_id} in {self.assessment_id}"
