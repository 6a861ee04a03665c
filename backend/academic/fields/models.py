"""This file holds fields of study: ISCED-F 2013, and which of them the country calls critical."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.records import Row

DECLARE = "academic.declare_critical_field"


class FieldOfStudyQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """The list is for everybody who may see programs; what the country calls critical is the nation's to say."""
        reach = actor.reach(permission)
        return self if reach.nation or (reach and permission != DECLARE) else self.none()


class FieldOfStudy(Row):
    """One field of ISCED-F 2013: broad (2 digits), narrow (3) or detailed (4), each within the one above it."""

    no_person = "A list of UNESCO's, the same for everybody."
    read_nationally = True

    code = models.CharField(max_length=4, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="within", to_field="code")
    critical_since = models.DateField(null=True, blank=True, help_text="Since when the country calls it critical.")
    critical_until = models.DateField(null=True, blank=True, help_text="The first day on which it no longer does.")
    critical_source = models.CharField(max_length=300, blank=True, help_text="Where that is said, such as a gazette.")

    objects = FieldOfStudyQuerySet.as_manager()

    class Meta(Row.Meta):
        verbose_name = "field of study"
        verbose_name_plural = "fields of study"
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True, code__regex=r"^\d{2}$")
                | Q(parent__isnull=False, code__regex=r"^\d{3,4}$", code__startswith=F("parent")),
                name="field_of_study_within_its_parent",
            ),
            models.CheckConstraint(
                condition=Q(critical_until__isnull=True) | Q(critical_until__gt=F("critical_since")),
                name="field_of_study_critical_for_a_time",
                violation_error_code="ends_before_start",
                violation_error_message="A field is critical until a day after the one since when it is.",
            ),
            models.CheckConstraint(
                condition=Q(critical_since__isnull=True, critical_until__isnull=True, critical_source="")
                | Q(critical_since__isnull=False) & ~Q(critical_source=""),
                name="field_of_study_critical_by_a_source",
                violation_error_code="source_needed",
                violation_error_message="Of a critical field, say since when, and where that is said.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
