"""This file holds requisites: what must hold before, or together with, a course, as a tree of conditions."""

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.lookups import LessThanOrEqual

from academic.requisites.trees import MOST_NODES
from core.records import Record
from core.tenancy.fields import TenantForeignKey

# Every node is an object, and nothing else in a tree is one.
NODES = Func(
    Func(F("tree"), Value('strict $.** ? (@.type() == "object")'), function="jsonb_path_query_array"),
    function="jsonb_array_length",
    output_field=models.IntegerField(),
)


class Requisite(Record):
    """The tree of conditions of one kind for one course. `trees.py` says what it may look like."""

    no_person = "What a course asks for, of anybody."

    class Kind(models.TextChoices):
        PREREQUISITE = "prerequisite"
        COREQUISITE = "corequisite"

    unit_paths = ("course__program__department",)

    course = TenantForeignKey("academic.Course", related_name="requisites")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PREREQUISITE)
    tree = models.JSONField(help_text="A node: `is` says what it is.")
    text = models.CharField(max_length=1000, blank=True, help_text="As the catalog words it, for people.")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "kind"],
                name="requisite_once",
                violation_error_code="requisite_there",
                violation_error_message="This course has a tree of this kind: change that one.",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(NODES, MOST_NODES),
                name="requisite_of_so_many_nodes",
                violation_error_code="too_many_nodes",
                violation_error_message=f"A tree of requisites has at most {MOST_NODES} nodes.",
            ),
            # An edge of the prerequisite graph points to this: it is one of the same course.
            models.UniqueConstraint(fields=["institution", "id", "course"], name="requisite_with_its_course"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.course_id}"


class RequisiteCourse(Record):
    """One course that a tree names: what makes the names keys, and the trees that name a course easy to find."""

    no_person = "What a course asks for, of anybody."

    unit_paths = ("requisite__course__program__department",)

    requisite = TenantForeignKey(Requisite, related_name="names")
    course = TenantForeignKey("academic.Course", related_name="named_by")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "requisite", "course"], name="requisite_names_once"),
        ]
        indexes = [models.Index(fields=["institution", "course", "id"], name="requisite_by_named_course")]

    def __str__(self) -> str:
        return f"{self.requisite_id} names {self.course_id}"
