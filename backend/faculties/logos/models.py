"""This file holds the logos of institutions."""

from django.db import models

from core.files.models import StoredFile
from core.records import Record
from core.tenancy.fields import InstitutionField, TenantForeignKey


class InstitutionLogo(Record):
    """The picture by which an institution is known; it has one or none."""

    no_person = "A picture of an institution."

    institution = InstitutionField(related_name="logos")  # that of /institutions/ asks whether there is one
    file = TenantForeignKey(StoredFile, related_name="+", editable=False)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["institution"], name="institution_logo_once")]

    def __str__(self) -> str:
        return f"logo of {self.institution_id}"
