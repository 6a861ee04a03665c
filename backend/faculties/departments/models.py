"""This file holds departments: where programs, courses and people have their home."""

from django.db import models
from django.db.models import F, Q

from core.tenancy.fields import TenantForeignKey
from faculties.faculties.models import Unit


class Department(Unit):
    """One department of a faculty."""

    unit_paths = ("id", "faculty")

    faculty = TenantForeignKey("faculties.Faculty", related_name="departments")
    merged_into = TenantForeignKey("self", null=True, blank=True, related_name="merged_from")

    class Meta(Unit.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="department_code_once",
                violation_error_code="code_taken",
                violation_error_message="This institution has a department with this code.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gt=F("opened_on")),
                name="department_closes_after_opening",
                violation_error_code="closes_before_opening",
                violation_error_message="A department closes after the day it opened.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(closed_on__isnull=False) & ~Q(merged_into=F("id")),
                name="department_merged_is_closed",
                violation_error_code="merged_stays_open",
                violation_error_message="A department that merged into another one is closed.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="department_by_text"),
            models.Index(fields=["institution", "name", "id"], name="department_by_name"),
            models.Index(fields=["institution", "faculty", "id"], name="department_by_faculty"),
        ]
