"""This file holds permits: that somebody let one student take one course, where the course asks for that."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from academic.requisites.trees import GIVERS
from core.periods import Period
from core.personal.declarations import Kept, Personal
from core.tenancy.fields import TenantForeignKey


class CoursePermit(Period):
    """A permission for one student to take one course, used between these days; of one section, for that and its parts
    alone.

    `who` is whose permission it is, as the requisites of the course ask for it. `given_by` is who gave it: the account
    that acted, whose right reached that far.
    """

    personal = Personal(
        means="A course that somebody permitted you to take.",
        about=("student",),
        named=("given_by",),
        erased={"reason": ""},
        kept=Kept("Why a registration was allowed is part of the record of results."),
    )

    unit_paths = ("course__program__department",)

    student = TenantForeignKey("students.Student", related_name="course_permits")
    course = TenantForeignKey("academic.Course", related_name="permits")
    section = TenantForeignKey(
        "academic.Section",
        alike=("course",),
        null=True,
        blank=True,
        related_name="permits",
        help_text="The section for which it is; empty: every section of the course.",
    )
    who = models.CharField(
        max_length=20,
        choices=[(giver, giver.replace("_", " ")) for giver in GIVERS],
        help_text="Whose permission it is.",
    )
    reason = models.CharField(max_length=300, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text="The account that gave it.",
    )

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["institution", "student", "course", "section", "who", "starts_on"],
                name="permit_once",
                nulls_distinct=False,
                violation_error_code="already_permitted",
                violation_error_message="This student has this permission from this day on.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "course", "id"], name="permit_by_course"),
            models.Index(
                fields=["institution", "section", "id"], condition=Q(section__isnull=False), name="permit_by_section"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} may take {self.course_id}"
