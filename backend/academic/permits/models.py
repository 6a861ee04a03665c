"""This file holds permits: that somebody let one student take one course, where the course asks for that."""

from django.db import models

from academic.requisites.trees import GIVERS
from core.periods import Period
from core.personal.declarations import Kept, Personal
from core.tenancy.fields import TenantForeignKey


class CoursePermit(Period):
    """A permission for one student to take one course, used between these days."""

    personal = Personal(
        means="A course that somebody permitted you to take.",
        about=("student",),
        erased={"reason": ""},
        kept=Kept("Why a registration was allowed is part of the record of results."),
    )

    unit_paths = ("course__program__department",)

    student = TenantForeignKey("students.Student", related_name="course_permits")
    course = TenantForeignKey("academic.Course", related_name="permits")
    who = models.CharField(
        max_length=20,
        choices=[(giver, giver.replace("_", " ")) for giver in GIVERS],
        help_text="Whose permission it is.",
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["institution", "student", "course", "who", "starts_on"],
                name="permit_once",
                violation_error_code="already_permitted",
                violation_error_message="This student has this permission from this day on.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course", "id"], name="permit_by_course")]

    def __str__(self) -> str:
        return f"{self.student_id} may take {self.course_id}"
