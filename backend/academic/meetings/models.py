"""This file holds meetings: when and where a section meets, by the clocks of its institution; and waivers."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from academic.courses.kinds import Kind
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey
from faculties.rooms.models import Feature

MONDAY, SUNDAY = 1, 7
WHICH_DAY, WHICH_DAY_WORDS = "weekday_or_date", "A meeting has a weekday from 1 (Monday) to 7 (Sunday), or a date."
WHICH_WEEKS = "weeks_not_listed"
WHICH_WEEKS_WORDS = 'Weeks are listed where the rhythm is "listed", and only there.'
DISORDER = "weeks_out_of_order"
DISORDER_WORDS = "The weeks of a meeting begin at 1, and the last is not before the first."
REVERSED, REVERSED_WORDS = "ends_before_it_starts", "A meeting ends after it starts, on the same day."


class Meeting(Record):
    """A weekly pattern in the weeks of the term, or a single event on `on_date`.

    Times are those on the wall, whatever the clocks do in between. Weeks are teaching weeks of the term, from 1. A
    planned meeting takes no room and nobody's time; a scheduled one has occurrences; a canceled one stays without.
    """

    no_person = "When and where a section meets. Who teaches it stands in teachings."

    Kind = Kind

    class Rhythm(models.TextChoices):
        EVERY = "every", "every week"
        ODD = "odd", "odd weeks"
        EVEN = "even", "even weeks"
        LISTED = "listed", "the weeks listed"

    class Status(models.TextChoices):
        PLANNED = "planned"
        SCHEDULED = "scheduled"
        CANCELED = "canceled"

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey("academic.Section", related_name="meetings")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LECTURE)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 is Monday, 7 is Sunday.")
    on_date = models.DateField(null=True, blank=True, help_text="The day of a single event.")
    starts_at = models.TimeField()
    ends_at = models.TimeField()
    rhythm = models.CharField(max_length=6, choices=Rhythm, default=Rhythm.EVERY)
    weeks = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="Weeks of the term; 1 is the first."
    )
    first_week = models.PositiveSmallIntegerField(default=1)
    last_week = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: up to the last of the term.")
    room = TenantForeignKey("faculties.Room", null=True, blank=True, related_name="meetings")
    campus = TenantForeignKey(
        "faculties.Campus", null=True, blank=True, related_name="+", help_text="Where the room has to be."
    )
    features = ArrayField(
        models.CharField(max_length=30, choices=Feature),
        default=list,
        blank=True,
        help_text="What the room has to offer.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.SCHEDULED, editable=False)

    class Meta(Record.Meta):
        constraints = [
            # What an occurrence of it agrees with.
            models.UniqueConstraint(fields=["institution", "id", "section"], name="meeting_of_its_section"),
            models.CheckConstraint(
                condition=Q(weekday__isnull=False, weekday__gte=MONDAY, weekday__lte=SUNDAY, on_date__isnull=True)
                | Q(weekday__isnull=True, on_date__isnull=False),
                name="meeting_on_a_weekday_or_a_date",
                violation_error_code=WHICH_DAY,
                violation_error_message=WHICH_DAY_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(rhythm="listed") & ~Q(weeks=[]) | ~Q(rhythm="listed") & Q(weeks=[]),
                name="meeting_weeks_listed",
                violation_error_code=WHICH_WEEKS,
                violation_error_message=WHICH_WEEKS_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(first_week__gte=1) & (Q(last_week__isnull=True) | Q(last_week__gte=F("first_week"))),
                name="meeting_weeks_in_order",
                violation_error_code=DISORDER,
                violation_error_message=DISORDER_WORDS,
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "section", "id"], name="meeting_by_section"),
            models.Index(fields=["institution", "room"], name="meeting_by_room"),
        ]

    def __str__(self) -> str:
        return f"{self.section_id} {self.kind}"

    def clean(self) -> None:
        # The constraints say it too, of no field.
        wrong = {}
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            wrong["ends_at"] = ValidationError(REVERSED_WORDS, code=REVERSED)
        has_no_day = self.weekday is None and self.on_date is None
        if has_no_day or (self.weekday is not None and not MONDAY <= self.weekday <= SUNDAY):
            wrong["weekday"] = ValidationError(WHICH_DAY_WORDS, code=WHICH_DAY)
        elif self.weekday is not None and self.on_date is not None:
            wrong["on_date"] = ValidationError(WHICH_DAY_WORDS, code=WHICH_DAY)
        if (self.rhythm == self.Rhythm.LISTED) != bool(self.weeks):
            wrong["weeks"] = ValidationError(WHICH_WEEKS_WORDS, code=WHICH_WEEKS)
        if self.first_week < 1:
            wrong["first_week"] = ValidationError(DISORDER_WORDS, code=DISORDER)
        elif self.last_week is not None and self.last_week < self.first_week:
            wrong["last_week"] = ValidationError(DISORDER_WORDS, code=DISORDER)
        if wrong:
            raise ValidationError(wrong)


class MeetingWaiver(Record):
    """Leave for one meeting not to keep one of the limits: who gave it, and why."""

    personal = Personal(
        means="A clash in a timetable that you allowed.",
        ids=("granted_by",),
        erased={"granted_by": None},
        kept=Kept("That a clash was allowed, and why, explains the timetable."),
    )

    class Limit(models.TextChoices):
        ROOM = "room", "the room is free"
        LECTURER = "lecturer", "its lecturers are free"
        COHORT = "cohort", "its cohorts are free"
        CAPACITY = "capacity", "the room has a seat for everybody"
        FEATURES = "features", "the room offers what is needed"
        CAMPUS = "campus", "the room is at the campus"
        TRAVEL = "travel", "who comes from another campus has the time for it"
        AVAILABILITY = "availability", "its lecturers said that they can, and are not away"
        LOAD = "load", "its lecturers have hours left by their norm"

    unit_paths = ("meeting__section__course__program__department",)

    meeting = TenantForeignKey(Meeting, related_name="waivers")
    waives = models.CharField(max_length=12, choices=Limit)
    reason = models.CharField(max_length=300)
    granted_by = models.UUIDField(null=True, editable=False, help_text="The account that gave it.")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "meeting", "waives"],
                name="meeting_waiver_once",
                violation_error_code="already_waived",
                violation_error_message="This limit is waived for this meeting already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.waives} of {self.meeting_id}"
