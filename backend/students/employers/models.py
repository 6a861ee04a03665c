"""This file holds employers: where students learn at work."""

from django.db import models

from core.records import Record
from core.texts import FoldedField


class Employer(Record):
    """An organization that takes students, as one institution knows it."""

    no_person = "An organization, reached by its office: who supervises a student there stands in the placement."

    class Sector(models.TextChoices):
        """The sections of ISIC, revision 4."""

        AGRICULTURE = "agriculture", "agriculture, forestry and fishing"
        MINING = "mining", "mining and quarrying"
        MANUFACTURING = "manufacturing"
        ENERGY = "energy", "electricity and gas"
        WATER = "water", "water supply and waste"
        CONSTRUCTION = "construction"
        TRADE = "trade", "wholesale and retail trade"
        TRANSPORT = "transport", "transport and storage"
        HOSPITALITY = "hospitality", "accommodation and food"
        INFORMATION = "information", "information and communication"
        FINANCE = "finance", "finance and insurance"
        REAL_ESTATE = "real_estate", "real estate"
        PROFESSIONAL = "professional", "professional, scientific and technical"
        ADMINISTRATIVE = "administrative", "administrative and support services"
        PUBLIC = "public", "public administration and defense"
        EDUCATION = "education"
        HEALTH = "health", "health and social work"
        ARTS = "arts", "arts, entertainment and recreation"
        OTHER_SERVICES = "other_services", "other services"
        HOUSEHOLDS = "households", "households as employers"
        INTERNATIONAL = "international", "international organizations"

    name = models.CharField(max_length=200)
    sector = models.CharField(max_length=20, choices=Sector, blank=True)
    address = models.CharField(max_length=300, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=30, blank=True)
    search_text = FoldedField(sources=("name",))

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "search_text"],
                name="employer_name_once",
                violation_error_code="name_taken",
                violation_error_message="This institution has an employer of this name.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "sector", "id"], name="employer_by_sector")]

    def __str__(self) -> str:
        return self.name
