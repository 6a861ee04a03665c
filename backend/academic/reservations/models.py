"""This file holds reservations: seats of a section that are set aside for a group of students."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.limits import Limit
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class SeatReservation(Record):
    """Seats of one section for students of a program, of a version of one, of a year of study, or of both at once.

    Its seats are no one else's until an instant, or until it is ended by hand; what is free of them then is for all.
    `seats_taken` are the registrations that hold one of its seats, `seats_offered` the offers of one to who waited. It
    is open while `ended_at` is empty: what is due is ended by whoever looks at the section next (`academic_end_due`).
    """

    no_person = "Seats for a group of students, none of whom is named."

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey("academic.Section", related_name="reservations")
    program = TenantForeignKey("academic.Program", null=True, blank=True, related_name="+")
    program_version = TenantForeignKey("academic.ProgramVersion", null=True, blank=True, related_name="+")
    year_of_study = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    seats = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    seats_taken = models.PositiveIntegerField(default=0, editable=False)
    seats_offered = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    until = models.DateTimeField(help_text="From then on its free seats are for all.")
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            Limit(
                field="program",
                condition=Q(program__isnull=False) | Q(program_version__isnull=False) | Q(year_of_study__isnull=False),
                name="reservation_for_somebody",
                violation_error_code="for_nobody",
                violation_error_message="Say for whom: a program, a version of one, or a year of study.",
            ),
            Limit(
                field="program_version",
                condition=Q(program__isnull=True) | Q(program_version__isnull=True),
                name="reservation_program_or_version",
                violation_error_code="program_or_version",
                violation_error_message="Give the program or one version of it: a version says which program it is of.",
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=F("seats_taken") + F("seats_offered")) & Q(seats__gte=1),
                name="reservation_seats_within",
                violation_error_code="too_few_seats",
                violation_error_message="A reservation has the seats taken and offered of it, and at least one.",
            ),
            # A registration points to this: its reservation is one of its own section.
            models.UniqueConstraint(fields=["institution", "id", "section"], name="reservation_with_its_section"),
        ]
        indexes = [models.Index(fields=["institution", "section", "id"], name="reservation_by_section")]

    def __str__(self) -> str:
        return f"{self.seats} seats in {self.section_id}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def seats_free(self) -> int:
        return self.seats - self.seats_taken - self.seats_offered
