"""This file holds the calendar: years, terms and parts of terms as nested days, exceptions, holidays, windows."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from academic.calendar.bounds import LONGEST_TERM, in_the_calendar
from core.limits import Limit
from core.periods import DAYS
from core.records import Record, SharedQuerySet
from core.tenancy.constraints import HeldByTrigger
from core.tenancy.fields import TenantForeignKey

MOST_DAYS = 400  # between the first day of a section and that of a window
REVERSED, REVERSED_WORDS = "ends_before_it_starts", "A term ends after it starts."
TOO_LONG, TOO_LONG_WORDS = "term_too_long", f"A term lasts at most two years, {LONGEST_TERM.days} days."
HOLIDAY_REVERSED_WORDS = "A holiday ends on or after the day it starts."
NO_BREAK, NO_BREAK_WORDS = "exams_in_no_break", "An exam period is a break: state is_break too."
CLOSED_FIRST = "closes_before_it_opens"
CLOSED_FIRST_WORDS = "A window closes after it opens."
DAYS_WORDS = f"It closes on or after its first day; days are at most {MOST_DAYS} away."
TWO_FORMS, TWO_FORMS_WORDS = "instants_or_days", "Give opens_at and closes_at, or opens_after and closes_after."
ENDS = ("opens_at", "closes_at", "opens_after", "closes_after")


class Term(Record):
    """Days of the calendar, the first and the last included: an academic year, a term, or a part of a term.

    A part lies within the days of what it is a part of. Of one track, two of a kind never share a day; an institution
    that starts a year twice has two tracks. Sections are offered in terms and in their parts. `census_on` is the
    counting date; after it, registrations are never deleted.
    """

    no_person = "A part of the year; its name is not a person's."

    class Kind(models.TextChoices):
        YEAR = "year"
        TERM = "term"
        SUB_TERM = "sub_term"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TERM, db_default=Kind.TERM)
    parent = TenantForeignKey("self", null=True, blank=True, related_name="parts", help_text="What it is a part of.")
    track = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="Which of several calendars of an institution."
    )
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    academic_year = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1900), MaxValueValidator(2200)], help_text="The year in which it begins."
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    census_on = models.DateField(null=True, blank=True)

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"],
                name="term_code_once",
                violation_error_code="code_taken",
                violation_error_message="This institution has a term with this code.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="term_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            Limit(
                field="census_on",
                condition=Q(census_on__isnull=True) | Q(census_on__gte=F("starts_on"), census_on__lte=F("ends_on")),
                name="term_census_inside",
                violation_error_code="census_outside",
                violation_error_message="The census date lies in the term.",
            ),
            *in_the_calendar("term"),
            HeldByTrigger(
                name="term_of_two_years", violation_error_code=TOO_LONG, violation_error_message=TOO_LONG_WORDS
            ),
            Limit(
                field="parent",
                condition=~Q(kind="sub_term") | Q(parent__isnull=False),
                name="term_part_of_a_whole",
                violation_error_code="whole_needed",
                violation_error_message="A part of a term names its whole: give `parent`.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="year") | Q(parent__isnull=True),
                name="term_year_is_no_part",
                violation_error_code="kind_not_below",
                violation_error_message="A year is no part of anything.",
            ),
            ExclusionConstraint(
                name="term_one_at_a_time",
                index_type="gist",
                expressions=[
                    ("institution", RangeOperators.EQUAL),
                    ("track", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
                violation_error_code="terms_overlap",
                violation_error_message="Two terms of one kind and track share no day.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "starts_on", "id"], name="term_by_start"),
            models.Index(fields=["institution", "parent"], name="term_by_parent"),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        # Before the database is asked whether it overlaps another one: it makes no range of days in the wrong order.
        if self.starts_on and self.ends_on and self.ends_on <= self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})
        if self.starts_on and self.ends_on and self.ends_on - self.starts_on > LONGEST_TERM:
            raise ValidationError({"ends_on": ValidationError(TOO_LONG_WORDS, code=TOO_LONG)})

    @property
    def whole(self) -> "Term":
        """The term that counts where something is limited in a term: of a part, that of which it is one."""
        return self.parent if self.parent and self.parent.kind == self.Kind.TERM else self

    @property
    def told(self) -> str:
        """Its code and days in words, for messages."""
        return f"{self.code} ({self.starts_on} to {self.ends_on})"


class TermException(Record):
    """Other days of a term for one program. Without a census date it has the term's, if that lies in its days."""

    no_person = "When a program runs; nobody is in it."

    term = TenantForeignKey(Term, related_name="exceptions")
    program = TenantForeignKey("academic.Program", related_name="term_exceptions")
    starts_on = models.DateField()
    ends_on = models.DateField()
    census_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300)

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "term", "program"],
                name="term_exception_once",
                violation_error_code="exception_there",
                violation_error_message="This program has an exception from this term.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="term_exception_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=REVERSED_WORDS,
            ),
            Limit(
                field="census_on",
                condition=Q(census_on__isnull=True) | Q(census_on__gte=F("starts_on"), census_on__lte=F("ends_on")),
                name="term_exception_census_inside",
                violation_error_code="census_outside",
                violation_error_message="The census date lies in the days of the exception.",
            ),
            *in_the_calendar("term_exception"),
            HeldByTrigger(
                name="term_exception_near_its_term",
                violation_error_code="far_from_the_term",
                violation_error_message="An exception starts and ends within 120 days of the days of its term.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} in {self.term_id}"

    def clean(self) -> None:
        # The constraint says it too, of no field.
        if self.starts_on and self.ends_on and self.ends_on <= self.starts_on:
            raise ValidationError({"ends_on": ValidationError(REVERSED_WORDS, code=REVERSED)})


class Holiday(Record):
    """Days without teaching. A week whose Monday to Friday lie in breaks is no teaching week.

    Nothing takes place on them, but in an exam period, which is a break, single events do, such as exams.

    One that is canceled stays: calendars that show it are told.
    """

    no_person = "Days of a calendar; nobody is in them."

    name = models.CharField(max_length=100)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day; of one day, the same.")
    is_break = models.BooleanField(default=False, help_text="Whole weeks of it are not counted as teaching weeks.")
    is_exams = models.BooleanField(
        default=False, db_default=False, help_text="Single events, such as exams, take place in this break."
    )
    is_canceled = models.BooleanField(default=False, editable=False)

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "starts_on", "name"],
                name="holiday_once",
                violation_error_code="holiday_there",
                violation_error_message="This institution has a holiday of this name that starts on this day.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="holiday_ends_after_it_starts",
                violation_error_code=REVERSED,
                violation_error_message=HOLIDAY_REVERSED_WORDS,
            ),
            *in_the_calendar("holiday"),
            models.CheckConstraint(
                condition=Q(is_exams=False) | Q(is_break=True),
                name="holiday_of_exams_is_a_break",
                violation_error_code=NO_BREAK,
                violation_error_message=NO_BREAK_WORDS,
            ),
        ]
        indexes = [models.Index(fields=["institution", "starts_on", "id"], name="holiday_by_start")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        # The constraint says it too, of no field.
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": ValidationError(HOLIDAY_REVERSED_WORDS, code=REVERSED)})
        if self.is_exams and not self.is_break:
            raise ValidationError({"is_break": ValidationError(NO_BREAK_WORDS, code=NO_BREAK)})


class Window(Record):
    """When something may be done for the sections of a term, or of a term that it is part of.

    One of a section, which its parts share, holds before one of the student's program, and that before the term's. It
    opens and closes at two instants, or on days counted from the first day of the section, both included, by the clocks
    of the institution.

    One registers while the window of `register` or that of `add` is open. Where there is one of `re_registration`, that
    is for whoever was registered here in an earlier term, in place of the one of `register`, which is for who is new.
    """

    no_person = "When something may be done; nobody is in it."

    class Kind(models.TextChoices):
        REGISTER = "register"
        ADD = "add"
        DROP = "drop"
        WITHDRAW = "withdraw"
        RESULTS = "results"
        RE_REGISTRATION = "re_registration"

    term = TenantForeignKey(Term, related_name="windows")
    program = TenantForeignKey("academic.Program", null=True, blank=True, related_name="windows")
    section = TenantForeignKey("academic.Section", null=True, blank=True, alike=("term",), related_name="windows")
    kind = models.CharField(max_length=20, choices=Kind)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    opens_after = models.SmallIntegerField(
        null=True, blank=True, help_text="Days from the section's first, which is 0."
    )
    closes_after = models.SmallIntegerField(null=True, blank=True, help_text="Days from the section's first, included.")

    objects = SharedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "term", "kind", "program", "section"],
                name="window_once",
                nulls_distinct=False,
                violation_error_code="window_there",
                violation_error_message="There is a window of this kind for the same: change that one.",
            ),
            Limit(
                field="section",
                condition=Q(program__isnull=True) | Q(section__isnull=True),
                name="window_of_one",
                violation_error_code="program_or_section",
                violation_error_message="A window is of a program or of a section, or of the whole term.",
            ),
            models.CheckConstraint(
                condition=Q(
                    opens_at__isnull=False, closes_at__isnull=False, opens_after__isnull=True, closes_after__isnull=True
                )
                | Q(
                    opens_at__isnull=True, closes_at__isnull=True, opens_after__isnull=False, closes_after__isnull=False
                ),
                name="window_of_instants_or_days",
                violation_error_code=TWO_FORMS,
                violation_error_message=TWO_FORMS_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="window_closes_after_it_opens",
                violation_error_code=CLOSED_FIRST,
                violation_error_message=CLOSED_FIRST_WORDS,
            ),
            models.CheckConstraint(
                condition=Q(opens_after__isnull=True)
                | Q(closes_after__isnull=True)
                | Q(closes_after__gte=F("opens_after"), opens_after__gte=-MOST_DAYS, closes_after__lte=MOST_DAYS),
                name="window_days_in_order",
                violation_error_code=CLOSED_FIRST,
                violation_error_message=DAYS_WORDS,
            ),
            HeldByTrigger(
                name="window_near_its_term",
                violation_error_code="window_outside_the_term",
                violation_error_message="A window opens at most a year before its term and closes by its last day;"
                " one of results opens in it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.term_id}"

    def clean(self) -> None:
        # The constraints say it too, of no field.
        form = "_at" if self.opens_at or self.closes_at else "_after"
        odd = [name for name in ENDS if (getattr(self, name) is None) == name.endswith(form)]
        if odd:
            raise ValidationError({odd[0]: ValidationError(TWO_FORMS_WORDS, code=TWO_FORMS)})
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise ValidationError({"closes_at": ValidationError(CLOSED_FIRST_WORDS, code=CLOSED_FIRST)})
        first, last = self.opens_after, self.closes_after
        if first is not None and last is not None and not -MOST_DAYS <= first <= last <= MOST_DAYS:
            field = "opens_after" if first < -MOST_DAYS else "closes_after"
            raise ValidationError({field: ValidationError(DAYS_WORDS, code=CLOSED_FIRST)})
