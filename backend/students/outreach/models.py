"""This file holds outreach: short courses of skills outside degree programs, and who takes part."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class OutreachProgram(Record):
    """One short course, held once, with so many seats. It may belong to a department.

    One that is canceled stays known, and nobody is in it.
    """

    no_person = "A short course; who takes part stands in participations."
    unit_paths: ClassVar[tuple[str, ...]] = ("department",)

    class Status(models.TextChoices):
        OFFERED = "offered"
        CANCELED = "canceled"

    title = models.CharField(max_length=200)
    field = models.CharField(max_length=100, help_text="What it is about, such as welding.")
    hours = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    seats = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    place = models.CharField(max_length=200, help_text="Where it is held.")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="+")
    status = models.CharField(
        max_length=10, choices=Status, default=Status.OFFERED, db_default=Status.OFFERED, editable=False
    )

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(seats_taken__lte=F("seats")),
                name="outreach_seats_not_exceeded",
                violation_error_code="full",
                violation_error_message="No more seats are taken than there are.",
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=1, hours__gte=1),
                name="outreach_of_something",
                violation_error_code="of_nothing",
                violation_error_message="An outreach program has a seat and an hour at least.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="outreach_ends_after_it_starts",
                violation_error_code="ends_before_it_starts",
                violation_error_message="An outreach program ends on or after the day it starts.",
            ),
            models.CheckConstraint(
                condition=~Q(status="canceled") | Q(seats_taken=0),
                name="outreach_canceled_has_nobody",
                violation_error_code="program_canceled",
                violation_error_message="Nobody takes part in a program that was canceled.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "starts_on", "id"], name="outreach_by_start"),
            models.Index(fields=["institution", "title", "id"], name="outreach_by_title"),
        ]

    def __str__(self) -> str:
        return self.title


class OutreachParticipation(Record):
    """One person in one outreach program: a student, or somebody who was entered as one for it."""

    personal = Personal(
        means="A short course that you took part in.",
        about=("student",),
        kept=Kept("The register of who got which certificate is kept, so that one can be proved."),
    )

    class Status(models.TextChoices):
        REGISTERED = "registered"
        ATTENDED = "attended"
        COMPLETED = "completed"
        WITHDRAWN = "withdrawn"

    unit_paths: ClassVar[tuple[str, ...]] = ("program__department",)

    program = TenantForeignKey(OutreachProgram, related_name="participations")
    student = TenantForeignKey("students.Student", related_name="outreach")
    status = models.CharField(max_length=10, choices=Status, default=Status.REGISTERED)
    certificate_on = models.DateField(null=True, blank=True, help_text="The day on which the certificate was given.")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "program", "student"],
                condition=~Q(status="withdrawn"),
                name="outreach_takes_part_once",
                violation_error_code="takes_part",
                violation_error_message="This person takes part in this program already.",
            ),
            models.CheckConstraint(
                condition=Q(certificate_on__isnull=True) | Q(status="completed"),
                name="outreach_certificate_when_completed",
                violation_error_code="not_completed",
                violation_error_message="A certificate is for somebody who completed the program.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "program", "id"], name="outreach_by_program"),
            models.Index(fields=["institution", "student", "id"], name="outreach_by_student"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.program_id}"
