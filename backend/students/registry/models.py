"""This file holds the register of learners: the people whom more than one institution knows, found by a blind index."""

from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Row
from core.secrets.digests import BLIND_INDEX_BYTES


class NationalQuerySet(models.QuerySet):
    """Rows of the nation's own."""

    def visible_to(self, actor: Actor, permission: str) -> Self:
        """All of them to whoever holds the permission over the nation; to anybody else there are none."""
        return self if actor.reach(permission).nation else self.none()


class Learner(Row):
    """A person whom more than one institution knows, or knew, by the same national id.

    The register keeps no name and no id of a person: `index` is the keyed digest that their rows of students have, and
    is null once no row has it. It is counted again after each change of such a row (`LearnerToCount`).
    """

    no_person = "Counts beside a digest, which goes when the last institution lets the person's national id go."
    read_nationally = True
    database_privileges = "SELECT, INSERT, UPDATE"
    sensitive_fields = ("index",)

    index = models.BinaryField(max_length=BLIND_INDEX_BYTES, null=True, unique=True, editable=False)
    known_at = models.PositiveSmallIntegerField(help_text="How many institutions know this person.")
    active_at = models.PositiveSmallIntegerField(help_text="At how many of them the person studies now.")
    double_active = models.GeneratedField(
        expression=ExpressionWrapper(Q(active_at__gt=1), models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = NationalQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(active_at__lte=F("known_at")), name="learner_active_where_known"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(double_active=True), name="learner_double_active")]

    def __str__(self) -> str:
        return str(self.pk)


class DoubleEnrollment(Row):
    """A time in which one person studied at more than one institution, noticed from the register.

    It may be right, as in a joint program: whoever looked into it acknowledges it, and says what was found.
    """

    personal = Personal(
        means="A person in two institutions, which you looked into.",
        ids=("acknowledged_by",),
        erased={"acknowledged_by": None},
        kept=Kept("What the regulator found stays with the register of learners."),
    )
    read_nationally = True
    database_privileges = "SELECT, INSERT, UPDATE"

    learner = models.ForeignKey(Learner, models.PROTECT, related_name="double_enrollments")
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, editable=False, help_text="When the person studied at one institution at most again."
    )
    acknowledged_at = models.DateTimeField(null=True, editable=False)
    acknowledged_by = models.UUIDField(null=True, editable=False)
    note = models.CharField(max_length=500, blank=True)

    objects = NationalQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["learner"], condition=Q(ended_at__isnull=True), name="double_enrollment_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("noticed_at")),
                name="double_enrollment_ends_after_it_is_noticed",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, note="") | (Q(acknowledged_at__isnull=False) & ~Q(note="")),
                name="double_enrollment_acknowledged_with_a_note",
                violation_error_code="note_needed",
                violation_error_message="Say what was found when you acknowledge a double enrollment, and only then.",
            ),
        ]
        indexes = [models.Index(fields=["noticed_at", "id"], name="double_enrollment_by_time")]

    def __str__(self) -> str:
        return f"{self.learner_id} from {self.noticed_at:%Y-%m-%d}"


class LearnerToCount(models.Model):
    """A person of whom a row changed, however it did: a trigger writes it, a worker counts them and removes it."""

    no_person = "A digest that waits for seconds to be counted."

    id = models.BigAutoField(primary_key=True)
    index = models.BinaryField(max_length=BLIND_INDEX_BYTES)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.pk)
