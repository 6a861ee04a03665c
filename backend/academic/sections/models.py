"""This file holds sections: a course as it is taught in one term, and who teaches it."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from academic.calendar.bounds import in_the_calendar
from academic.courses.kinds import Kind
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey

WHOLE = Decimal(1)
REVERSED, REVERSED_WORDS = "ends_before_it_starts", "A section ends after it starts."
NO_SHARE, NO_SHARE_WORDS = "no_such_share", "A share of the teaching is above 0 and at most 1."
NO_HOURS, NO_HOURS_WORDS = "share_without_hours", "Only who is in the room, `attends`, has a share of the hours."


class Section(Record):
    """One offering of a course in a term. Without a capacity it has seats for all.

    `seats_reserved` are those that are set aside for groups and that nobody took yet; `seats_offered` are held for
    those who waited, until their offers expire. It has a meeting before it opens, unless it is taught without any.

    A part belongs to a whole, as a laboratory to a lecture: whoever takes the whole takes one part of each kind. A
    cross-listed section meets with another one, of any course, and has no meetings of its own; `meets_as` is the one
    whose meetings it attends. That one may have a capacity for all who meet there together.

    Saved without credits it gets those of its course from the database (academic/courses/versions/versions.sql).
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
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LECTURE, db_default=Kind.LECTURE)
    whole = TenantForeignKey(
        "self", alike=("course", "term"), null=True, blank=True, related_name="parts", help_text="What it is a part of."
    )
    meets_with = TenantForeignKey(
        "self",
        alike=("term",),
        null=True,
        blank=True,
        related_name="met_by",
        help_text="The section with whose meetings it is cross-listed.",
    )
    meets_as = models.GeneratedField(
        expression=Coalesce("meets_with", "id"), output_field=models.UUIDField(), db_persist=True
    )
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
    combined_capacity = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seats for all sections that meet as this one together."
    )
    without_meetings = models.BooleanField(
        default=False, db_default=False, help_text="Taught without meetings, such as at a distance."
    )
    seats_reserved = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    seats_offered = models.PositiveIntegerField(default=0, db_default=0, editable=False)
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
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            *in_the_calendar("section"),
            HeldByTrigger(
                name="section_in_its_term",
                violation_error_code="outside_the_term",
                violation_error_message="A section shares a day with its term, as that is or as its program has it.",
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True)
                | Q(capacity__gte=F("seats_taken") + F("seats_reserved") + F("seats_offered")),
                name="section_seats_within_capacity",
                violation_error_code="full",
                violation_error_message="This section has no seat left.",
            ),
            models.CheckConstraint(condition=Q(credits__gte=0), name="section_credits_not_negative"),
            HeldByTrigger(
                name="section_credits_of_its_course",
                violation_error_code="credits_of_its_course",
                violation_error_message="A section earns the credits of its course on its first day, and a part none.",
            ),
            models.CheckConstraint(
                condition=Q(combined_capacity__isnull=True) | Q(meets_with__isnull=True),
                name="section_combined_where_they_meet",
                violation_error_code="meets_elsewhere",
                violation_error_message="The section with which this one meets has the seats of both together.",
            ),
            HeldByTrigger(
                name="section_in_one_step",
                violation_error_code="section_in_steps",
                violation_error_message="Name a whole that is no part, or a section with meetings of its own.",
            ),
            HeldByTrigger(
                name="section_meets_in_one_place",
                violation_error_code="meets_elsewhere",
                violation_error_message="A section that meets with another one has no meetings of its own.",
            ),
            HeldByTrigger(
                name="section_seats_within_combined",
                violation_error_code="full",
                violation_error_message="All sections that meet together have no seat left.",
            ),
            # Windows of a section point to this, and sections that meet with it: they are of its term.
            models.UniqueConstraint(fields=["institution", "id", "term"], name="section_with_its_term"),
            # Permits for a section point to this.
            models.UniqueConstraint(fields=["institution", "id", "course"], name="section_of_its_course"),
            # Its parts point to this.
            models.UniqueConstraint(fields=["institution", "id", "course", "term"], name="section_with_its_course"),
        ]
        indexes = [
            models.Index(fields=["institution", "course", "id"], name="section_by_course"),
            models.Index(fields=["institution", "meets_as"], name="section_by_meetings"),
            models.Index(fields=["institution", "starts_on", "id"], name="section_by_start"),
            models.Index(fields=["institution", "whole"], condition=Q(whole__isnull=False), name="section_by_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.code}"

    def clean(self) -> None:
        # The constraint says it too, of no field.
        if self.starts_on and self.ends_on and self.ends_on <= self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})

    @property
    def is_gone(self) -> bool:
        """Whether it was canceled, or the whole of which it is a part."""
        return self.status == self.Status.CANCELED or bool(self.whole and self.whole.is_gone)

    @property
    def seats_held(self) -> int:
        """Those that are somebody's already: a capacity is never smaller."""
        return self.seats_taken + self.seats_reserved + self.seats_offered

    @property
    def seats_free(self) -> int:
        """Those that nobody has and nobody is promised, where there is a capacity."""
        return (self.capacity or 0) - self.seats_held

    @property
    def meets_together(self) -> bool:
        """Whether its seats may be counted with those of others: then all of them are locked at once."""
        return self.meets_with_id is not None or self.combined_capacity is not None

    @property
    def seats_needed(self) -> int:
        """For how many a room has to have a seat: all who meet in it."""
        if self.combined_capacity is not None:
            return self.combined_capacity
        together = [self, *self.met_by.exclude(status=Section.Status.CANCELED)]
        return sum(one.seats_taken if one.capacity is None else one.capacity for one in together)


class Teaching(Record):
    """One person who teaches one section, as what. It is what makes "the lecturer of this section" a relation.

    Whoever `attends` is in the room: the hours of the section are theirs, and they are nowhere else then. `share` is
    their part of those hours; where all of a section have stated one, they are the whole.
    """

    personal = Personal(
        means="A section that you taught.",
        about=("account",),
        kept=Kept("Who taught a course is part of its record."),
    )

    class Role(models.TextChoices):
        LECTURER = "lecturer"
        COORDINATOR = "coordinator"
        TUTOR = "tutor"
        DEMONSTRATOR = "demonstrator"
        EXAMINER = "examiner"

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey(Section, related_name="teachings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=Role, default=Role.LECTURER, db_default=Role.LECTURER)
    attends = models.BooleanField(
        default=True, db_default=True, help_text="Whether they are in the room. Not said: by the role."
    )
    share = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Their part of the hours, above 0 and at most 1; empty where nobody said.",
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "section", "account"],
                name="teaching_once",
                violation_error_code="already_teaches",
                violation_error_message="This person teaches this section already.",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=WHOLE),
                name="teaching_share_of_the_whole",
                violation_error_code=NO_SHARE,
                violation_error_message=NO_SHARE_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(attends=True),
                name="teaching_share_with_hours",
                violation_error_code=NO_HOURS,
                violation_error_message=NO_HOURS_WORDS,
            ),
            HeldByTrigger(
                name="teaching_shares_add_up",
                violation_error_code="shares_do_not_add_up",
                violation_error_message="The shares of a section are at most 1 in all, and 1 where all have one.",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="teaching_by_account")]

    def __str__(self) -> str:
        return f"{self.account_id} teaches {self.section_id}"

    def clean(self) -> None:
        # The constraints say it too, of no field.
        if self.share is None:
            return
        if not 0 < self.share <= WHOLE:
            raise ValidationError({"share": ValidationError(NO_SHARE_WORDS, code=NO_SHARE)})
        if not self.attends:
            raise ValidationError({"share": ValidationError(NO_HOURS_WORDS, code=NO_HOURS)})


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
