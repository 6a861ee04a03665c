"""This file holds faculties: the first level below an institution."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from core.records import Record, RecordQuerySet
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField


class UnitQuerySet(RecordQuerySet):
    """Query words of faculties and departments alike."""

    def open_on(self, day: date) -> Self:
        return self.filter(opened_on__lte=day).exclude(closed_on__lte=day)


class Unit(Record):
    """What a faculty and a department have in common: a name, and dates between which it exists.

    A unit that merged into another closes and says where it went; it keeps its own history.
    """

    no_person = "A unit of an institution; its name is not a person's."

    is_reference = True

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    opened_on = models.DateField(default=date(1900, 1, 1), db_default=date(1900, 1, 1))
    closed_on = models.DateField(null=True, blank=True)
    search_text = FoldedField(sources=("name", "code"))

    objects = UnitQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name


class Faculty(Unit):
    """One faculty (school, division) of an institution."""

    unit_paths = ("id",)

    merged_into = TenantForeignKey("self", null=True, blank=True, related_name="merged_from")

    class Meta(Unit.Meta):
        verbose_name_plural = "faculties"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="faculty_code_once",
                violation_error_code="code_taken",
                violation_error_message="This institution has a faculty with this code.",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gt=F("opened_on")),
                name="faculty_closes_after_opening",
                violation_error_code="closes_before_opening",
                violation_error_message="A faculty closes after the day it opened.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(closed_on__isnull=False) & ~Q(merged_into=F("id")),
                name="faculty_merged_is_closed",
                violation_error_code="merged_stays_open",
                violation_error_message="A faculty that merged into another one is closed.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="faculty_by_text"),
            models.Index(fields=["institution", "name", "id"], name="faculty_by_name"),
        ]
