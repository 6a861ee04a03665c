"""This file holds whom to ask at an institution, by office."""

from django.db import models

from core.personal.declarations import Personal
from core.records import Record
from core.secrets.fields import Encrypted


class InstitutionContact(Record):
    """Who answers for one office of an institution. The telephone may be the person's own, so it is sealed."""

    personal = Personal(means="You are named as a contact of your institution.", ids=("account_id",), removed=True)

    class Office(models.TextChoices):
        HEAD = "head", "vice-chancellor, rector or principal"
        REGISTRAR = "registrar"
        BURSAR = "bursar"
        ADMISSIONS = "admissions"
        EXAMINATIONS = "examinations"
        ICT = "ict", "information technology"
        QUALITY = "quality", "quality assurance"
        OTHER = "other"

    office = models.CharField(max_length=12, choices=Office)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=100, blank=True, help_text="Of the post, such as Deputy Registrar.")
    email = models.EmailField(blank=True)
    phone = Encrypted(models.CharField(max_length=30), null=True, blank=True)
    account_id = models.UUIDField(
        null=True, blank=True, help_text="The account of this person, who is then told of it and can have it erased."
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "office", "name"],
                name="institution_contact_once",
                violation_error_code="contact_taken",
                violation_error_message="This person is a contact of this office already.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "account_id"], name="institution_contact_by_account")]

    def __str__(self) -> str:
        return f"{self.office}: {self.name}"
