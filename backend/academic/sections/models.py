"""This file holds sections: a course as it is taught in one term, and who teaches it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class Section(Record):
    """One offering of a course in a term. Without a capacity it has seats for all.

    Saved without credits it gets those of its course from the database (academic/course_versions/versions.sql).
    """

    class Status(models.TextChoices):
        PLANNED = "planned"
        OPEN = "open"
        FINISHED = "finished"
        CANCELED = "canceled"

    unit_paths = ("course__program__department",)

    course = TenantForeignKey("academic.Course", related_name="sections")
    term = TenantForeignKey("academic.Term", related_name="sections")
    code = models.CharField(max_length=20, default="1")
    starts_on = models.DateField()
    ends_on = models.DateField()
    credits = models.DecimalField(
        max_digits=5,
        decimal_places=1,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="What passing it earns: the credits of its course on its first day.",
    )
    capacity = models.PositiveIntegerField(null=True, blank=True)
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "term", "course", "code"],
                name="section_once",
                violation_error_code="code_taken",
                violation_error_message="This course has a section with this code in this term.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="section_ends_after_it_starts",
                violation_error_code="ends_before_it_starts",
                violation_error_message="A section ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(seats_taken__lte=F("capacity")),
                name="section_seats_within_capacity",
                violation_error_code="full",
                violation_error_message="This section has no seat left.",
            ),
            models.CheckConstraint(condition=Q(credits__gte=0), name="section_credits_not_negative"),
            # Windows of a section point to this: they are of its term.
            models.UniqueConstraint(fields=["institution", "id", "term"], name="section_with_its_term"),
        ]
        indexes = [
            models.Index(fields=["institution", "course", "id"], name="section_by_course"),
            models.Index(fields=["institution", "starts_on", "id"], name="section_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.code}"

    @property
    def seats_needed(self) -> int:
        """For how many a room has to have a seat."""
        return self.seats_taken if self.capacity is None else self.capacity


class Teaching(Record):
    """One person who teaches one section. It is what makes "the lecturer of this section" a relation."""

    personal = Personal(
        means="A section that you taught.",
        about=("account",),
        kept=Kept("Who taught a course is part of its record."),
    )

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey(Section, related_name="teachings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "section", "account"],
                name="teaching_once",
                violation_error_code="already_teaches",
                violation_error_message="This person teaches this section already.",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="teaching_by_account")]

    def __str__(self) -> str:
        return f"{self.account_id} teaches {self.section_id}"


class SectionCohort(Record):
    """A cohort that takes a section: who is in one year of one version of a program, or one group of them.

    Its time is taken when the section meets. Without a group it is all of them.
    """

    no_person = "A group of students, none of whom is named."

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey(Section, related_name="cohorts")
    program_version = TenantForeignKey("academic.ProgramVersion", related_name="+")
    year_of_study = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(10)])
    group = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(99)], help_text="Empty: all groups."
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "section", "program_version", "year_of_study", "group"],
                name="section_cohort_once",
                nulls_distinct=False,
                violation_error_code="already_takes",
                violation_error_message="This cohort takes this section already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_version_id} {self.year_of_study} takes {self.section_id}"
