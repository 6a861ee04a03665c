"""This file holds registrations: a student in a section, and what came of it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class Registration(Record):
    """One student in one section, with a result.

    The dates are those a source stated: a withdrawal can lack its day. `age_band` is the age at the start of the
    section, kept because it is what figures count by; blank is "not stated". `attempt` counts from 1, with those
    at courses that count as this one; what was dropped is none. `credits_studied` is the load the student carried at
    the time, this course included. `requisites` says how what the course asks for stood when it was last looked at: on
    registering, and whenever a result of the student comes. `reservation` is the one whose seat it holds; without one,
    the seat is of those for all.
    """

    personal = Personal(
        means="A course that you took, and your result.",
        about=("student",),
        kept=Kept("Results are kept by law, as proof of the awards that rest on them."),
    )

    class Status(models.TextChoices):
        REGISTERED = "registered"
        WITHDRAWN = "withdrawn"

    class Result(models.TextChoices):
        PENDING = "pending"
        DISTINCTION = "distinction"
        PASS = "pass"  # noqa: S105 (what a student did)
        FAIL = "fail"
        WITHDRAWN = "withdrawn"

    class AgeBand(models.TextChoices):
        """Half-open years of age. `0-34` is for sources that state no finer."""

        UNDER_20 = "0-19", "under 20"
        FROM_20 = "20-24", "20 to 24"
        FROM_25 = "25-34", "25 to 34"
        UNDER_35 = "0-34", "under 35"
        FROM_35 = "35-54", "35 to 54"
        FROM_55 = "55+", "55 and over"

    class Requisites(models.TextChoices):
        MET = "met"
        CONDITIONAL = "conditional", "met, if what is in progress is passed"
        NOT_MET = "not_met", "not met by what came of what was in progress"
        WAIVED = "waived"

    unit_paths = ("section__course__program__department",)

    enrollment = TenantForeignKey("academic.Enrollment", alike=("student",), related_name="registrations")
    student = TenantForeignKey("students.Student", related_name="registrations")
    section = TenantForeignKey("academic.Section", related_name="registrations")
    reservation = TenantForeignKey(
        "academic.SeatReservation",
        alike=("section",),
        null=True,
        blank=True,
        editable=False,
        related_name="registrations",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.REGISTERED)
    result = models.CharField(max_length=12, choices=Result, default=Result.PENDING)
    result_mark = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    registered_on = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    credits_studied = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    age_band = models.CharField(max_length=5, choices=AgeBand, blank=True)
    requisites = models.CharField(
        max_length=11, choices=Requisites, default=Requisites.MET, db_default=Requisites.MET, editable=False
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "section"],
                name="registration_once",
                violation_error_code="already_registered",
                violation_error_message="This student is registered in this section.",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", result="withdrawn") | (~Q(status="withdrawn") & ~Q(result="withdrawn")),
                name="registration_withdrawn_alike",
                violation_error_code="withdrawn_alike",
                violation_error_message="A withdrawn registration has the result withdrawn, and no other has.",
            ),
            models.CheckConstraint(
                condition=Q(result_mark__isnull=True) | ~Q(result__in=["pending", "withdrawn"]),
                name="registration_mark_of_a_result",
                violation_error_code="mark_without_result",
                violation_error_message="A mark is recorded with the result that it led to.",
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="registration_attempt_from_1"),
            models.CheckConstraint(
                condition=Q(status="registered") | Q(reservation__isnull=True), name="registration_withdrawn_gives_back"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "section", "result"], name="registration_by_section"),
            models.Index(fields=["institution", "enrollment"], name="registration_by_enrollment"),
            models.Index(
                fields=["institution", "reservation"],
                condition=Q(reservation__isnull=False),
                name="registration_by_reservation",
            ),
            # Few of millions: what the registry looks after.
            models.Index(
                fields=["institution", "requisites", "id"],
                condition=Q(requisites__in=["conditional", "not_met"]),
                name="registration_by_requisites",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.section_id}"
