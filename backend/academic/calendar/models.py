"""This file holds the calendar: the terms in which courses are taught."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.records import Record


class Term(Record):
    """One date range of an academic year. Terms may overlap: an institution can start a year twice.

    `census_on` is the counting date of the term; after it, registrations are never deleted.
    """

    no_person = "A part of the year; its name is not a person's."

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    academic_year = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1900), MaxValueValidator(2200)], help_text="The year in which it begins."
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    census_on = models.DateField(null=True, blank=True)

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
                violation_error_code="ends_before_it_starts",
                violation_error_message="A term ends after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(census_on__isnull=True) | Q(census_on__gte=F("starts_on"), census_on__lte=F("ends_on")),
                name="term_census_inside",
                violation_error_code="census_outside",
                violation_error_message="The census date lies in the term.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "starts_on", "id"], name="term_by_start")]

    def __str__(self) -> str:
        return self.code
