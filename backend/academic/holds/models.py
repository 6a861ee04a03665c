"""This file holds holds: what keeps a student from registering until somebody lifts it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.periods import Period
from core.personal.declarations import Kept, Personal
from core.tenancy.fields import TenantForeignKey


class Hold(Period):
    """Something that a student has to settle first, from one day to another, or until it is lifted."""

    personal = Personal(
        means="Something that you had to settle before you could register.",
        about=("student",),
        named=("placed_by", "lifted_by"),
        erased={"reason": "", "lifted_because": ""},
        kept=Kept("Why somebody could not register is part of the register of who studied what."),
    )

    class Kind(models.TextChoices):
        FINANCIAL = "financial"
        ACADEMIC = "academic"
        DISCIPLINARY = "disciplinary"
        DOCUMENTS = "documents"
        LIBRARY = "library"
        HEALTH = "health"
        OTHER = "other"

    unit_paths = ("student__department",)

    student = TenantForeignKey("students.Student", related_name="holds")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.CharField(max_length=300, help_text="For the student and for who may lift it.")
    blocks_registration = models.BooleanField(default=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lifted_because = models.CharField(max_length=300, blank=True, editable=False)

    class Meta(Period.Meta):
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True, lifted_because="") | Q(lifted_at__isnull=False),
                name="hold_lifted_at_some_time",
            ),
        ]
        indexes = [models.Index(fields=["institution", "student", "id"], name="hold_by_student")]

    def __str__(self) -> str:
        return f"{self.kind} hold of {self.student_id}"
