"""This file holds what a course was, is and will be: its versions, each from a day on."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q

from academic.courses.models import NOT_MORE, NOT_MORE_WORDS
from core.records import Record
from core.tenancy.fields import TenantForeignKey

UNSOUND_PLAN = "The weights of a plan are above 0 and sum to 100, and no code is there twice."


class IsSound(Func):
    """What `versions.sql` says of one of the two JSON columns."""

    output_field = models.BooleanField()
    conditional = True


class CourseVersion(Record):
    """What a course is from a day on, until the version that starts next. Without a day it is so from the beginning.

    A course without versions is at any time what its own row says. One that has some has one that is current, which
    says the same as the course: the database carries over what is changed of that. Hours are those of the whole course,
    by the kind of meeting; the weights of the plan are in percent of the result.
    """

    no_person = "What is taught."

    unit_paths = ("course__program__department",)

    course = TenantForeignKey("academic.Course", related_name="versions")
    starts_on = models.DateField(null=True, blank=True, help_text="Null: from the beginning.")
    title = models.CharField(max_length=200)
    credits = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(0)])
    credits_up_to = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    level = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(10)], help_text="Year of study it is meant for."
    )
    description = models.TextField(blank=True, max_length=10_000, help_text="For people; Markdown.")
    contact_hours = models.JSONField(
        default=dict,
        blank=True,
        help_text="Hours of the whole course by the kind of meeting; what is not said is not planned.",
    )
    assessment_plan = models.JSONField(
        default=list, blank=True, help_text="What makes up the result; empty: not said yet."
    )
    is_current = models.BooleanField(default=False, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "starts_on"],
                name="course_version_once",
                nulls_distinct=False,
                violation_error_code="version_taken",
                violation_error_message="This course has a version from this day on: change that one.",
            ),
            models.UniqueConstraint(
                fields=["institution", "course"], condition=Q(is_current=True), name="course_version_current_once"
            ),
            models.CheckConstraint(condition=Q(credits__gte=0), name="course_version_credits_not_negative"),
            models.CheckConstraint(
                condition=Q(credits_up_to__isnull=True) | Q(credits_up_to__gt=F("credits")),
                name="course_version_credits_from_less_to_more",
                violation_error_code=NOT_MORE,
                violation_error_message=NOT_MORE_WORDS,
            ),
            models.CheckConstraint(
                condition=IsSound(F("contact_hours"), function="academic_hours_are_sound"),
                name="course_version_hours_sound",
                violation_error_code="hours_unsound",
                violation_error_message="Contact hours are numbers above 0, each for a kind of meeting.",
            ),
            models.CheckConstraint(
                condition=IsSound(F("assessment_plan"), function="academic_plan_is_sound"),
                name="course_version_plan_sound",
                violation_error_code="plan_unsound",
                violation_error_message=UNSOUND_PLAN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} from {self.starts_on}"
