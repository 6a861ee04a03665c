"""This file holds appointments: which member of staff holds which post of a faculty or department, and when."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from core.periods import DAYS, Period
from core.personal.declarations import Kept, Personal
from core.tenancy.fields import TenantForeignKey


class Post(models.TextChoices):
    """A post: dean of a faculty; head, coordinator or lecturer of a department."""

    DEAN = "dean"
    HEAD = "head"
    COORDINATOR = "coordinator"
    LECTURER = "lecturer"


class Appointment(Period):
    """One member in one post of a faculty, or of a department. It gives no rights: a grant does."""

    personal = Personal(
        means="A post that you hold or held at an institution.",
        about=("member",),
        kept=Kept("Who held a post is part of the institution's record; without your name it tells a number."),
    )

    unit_paths: ClassVar[tuple[str, ...]] = ("faculty", "department")

    member = TenantForeignKey("staff.Member", related_name="appointments")
    post = models.CharField(max_length=15, choices=Post)
    faculty = TenantForeignKey("faculties.Faculty", null=True, blank=True, related_name="appointments")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="appointments")

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=Q(post=Post.DEAN, faculty__isnull=False, department__isnull=True)
                | ~Q(post=Post.DEAN) & Q(faculty__isnull=True, department__isnull=False),
                name="appointment_where_its_post_is",
                violation_error_code="wrong_place",
                violation_error_message="A dean is appointed to a faculty, and anybody else to a department.",
            ),
            ExclusionConstraint(
                name="appointment_one_dean",
                expressions=[("institution", "="), ("faculty", "="), (DAYS, "&&")],
                condition=Q(post=Post.DEAN),
                violation_error_code="post_taken",
                violation_error_message="This faculty has a dean on some of these days.",
            ),
            ExclusionConstraint(
                name="appointment_one_head",
                expressions=[("institution", "="), ("department", "="), (DAYS, "&&")],
                condition=Q(post=Post.HEAD),
                violation_error_code="post_taken",
                violation_error_message="This department has a head on some of these days.",
            ),
            ExclusionConstraint(
                name="appointment_once_at_a_time",
                expressions=[("institution", "="), ("member", "="), ("department", "="), ("post", "="), (DAYS, "&&")],
                violation_error_code="overlaps",
                violation_error_message="This member holds this post on some of these days.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "member", "id"], name="appointment_by_member"),
            models.Index(fields=["institution", "faculty", "id"], name="appointment_by_faculty"),
            models.Index(fields=["institution", "department", "id"], name="appointment_by_department"),
            models.Index(fields=["institution", "starts_on", "id"], name="appointment_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.post} {self.told}"
