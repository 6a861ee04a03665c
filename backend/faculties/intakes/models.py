"""This file holds how many new students the nation lets an institution take in."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.records import Record
from faculties.levels import ProgramLevel


class ApprovedIntake(Record):
    """How many new students an institution may take in one year: at one level, or, where none is named, at all."""

    no_person = "A number that the regulator gave an institution."

    year = models.PositiveSmallIntegerField(validators=[MinValueValidator(1900), MaxValueValidator(2200)])
    level = models.CharField(max_length=30, choices=ProgramLevel, blank=True, help_text="Empty for all levels.")
    number = models.PositiveIntegerField(help_text="New students.")

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "year", "level"],
                name="approved_intake_once",
                violation_error_code="intake_taken",
                violation_error_message="An intake was approved for this year and level: change that one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} in {self.year}"
