"""This file holds what bodies say of a program's standard, from when until when."""

from django.db import models

from core.tenancy.fields import TenantForeignKey
from faculties.accreditations.models import AccreditationByBody, one_at_a_time


class ProgramAccreditation(AccreditationByBody):
    """One accreditation of a program by one body."""

    no_person = "What a body says of a program."

    unit_paths = ("program__department",)

    program = TenantForeignKey("academic.Program", related_name="accreditations")

    class Meta(AccreditationByBody.Meta):
        constraints = [
            *AccreditationByBody.Meta.constraints,
            one_at_a_time(
                "program_accreditation_one_at_a_time",
                ("institution", "program"),
                "This body accredits the program at that time already: end that one first.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "program", "id"], name="accreditations_of_program"),
            models.Index(fields=["institution", "ends_on", "id"], name="accreditations_by_end"),
        ]
