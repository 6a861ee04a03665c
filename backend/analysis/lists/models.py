"""This file holds derived lists: which there are at an institution, and who is on them."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from analysis.lists.definitions import DEFINITIONS
from core.actor import Actor
from core.personal.declarations import Personal
from core.records import Record, RecordQuerySet
from core.tenancy.fields import TenantForeignKey

NAMES = [(one.name, one.title) for one in DEFINITIONS.values()]


class DerivedListQuerySet(RecordQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Whoever sees some of the members sees when they were counted."""
        reach = actor.reach(permission)
        return self if reach.nation else self.filter(institution__in=reach.touched)


class DerivedList(Record):
    """One list at one institution, and when it was counted. Who was never counted is not nobody."""

    no_person = "When a list was counted; who is on it stands in its members."

    name = models.CharField(max_length=30, choices=NAMES)
    counted_at = models.DateTimeField(editable=False)
    members = models.PositiveIntegerField(editable=False, help_text="How many enrollments were on it.")

    objects = DerivedListQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="derived_list_once",
                violation_error_code="list_exists",
                violation_error_message="This institution has this list: count it anew.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListMember(Record):
    """One enrollment on a derived list, since when, and by which rules. It goes when none of them is met any more."""

    personal = Personal(means="A list that a study of yours is on, and why.", about=("student",), removed=True)

    unit_paths = ("program__department",)

    list = models.CharField(max_length=30, choices=NAMES)
    enrollment = TenantForeignKey("academic.Enrollment", related_name="on_lists")
    student = TenantForeignKey("students.Student", related_name="on_lists")
    program = TenantForeignKey("academic.Program", related_name="on_lists")
    rules = ArrayField(models.CharField(max_length=30), help_text="Codes of the rules that are met.")
    reasons = ArrayField(models.TextField(), help_text="For each of them a sentence, with the figures.")
    since = models.DateField()

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "list", "enrollment"], name="list_member_once"),
        ]
        indexes = [
            models.Index(fields=["institution", "list", "id"], name="list_member_by_list"),
            models.Index(fields=["institution", "student"], name="list_member_by_student"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} on {self.list}"
