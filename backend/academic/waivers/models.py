"""This file holds waivers: that somebody who may let a student pass a check of registration."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.limits import Limit
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class Waiver(Record):
    """One check that one student need not pass, in one section or in every section of one course, until a day. One
    for a section is for its parts too, which are taken with it; of a clash of times alone each has its own.

    Holds are lifted and seats are added; neither is waived.
    """

    personal = Personal(
        means="A check of registration that you did not need to pass.",
        about=("student",),
        named=("given_by",),
        erased={"reason": ""},
        kept=Kept("Why a registration was allowed is part of the register of who studied what."),
    )

    class Waived(models.TextChoices):
        """The checks that may be waived."""

        WINDOW = "window", "registering outside the window"
        SAME_COURSE = "same_course", "two sections of one course in a term"
        REQUISITES = "requisites", "what the course requires"
        LOAD = "load", "the most or the least credits of a term"
        TIME_CLASH = "time_clash", "two classes at the same time"

    unit_paths = ("section__course__program__department", "course__program__department")

    student = TenantForeignKey("students.Student", related_name="waivers")
    section = TenantForeignKey("academic.Section", null=True, blank=True, related_name="waivers")
    course = TenantForeignKey("academic.Course", null=True, blank=True, related_name="waivers")
    waives = models.CharField(max_length=11, choices=Waived)
    reason = models.CharField(max_length=300)
    until = models.DateField(help_text="The last day on which it counts.")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            Limit(
                field="section",
                condition=Q(section__isnull=True, course__isnull=False) | Q(section__isnull=False, course__isnull=True),
                name="waiver_of_a_section_or_a_course",
                violation_error_code="section_or_course",
                violation_error_message="A waiver is for one section or for one course: give one of the two.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "student", "id"], name="waiver_by_student"),
        ]

    def __str__(self) -> str:
        return f"{self.waives} of {self.student_id}"
