"""This file holds members of staff: people as the institution that employs them knows them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.personal.declarations import ERASED_NAME, Kept, Personal
from core.records import Record
from core.secrets.fields import BlindIndex, Encrypted
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField


class Member(Record):
    """One person whom one institution employs or employed, by an employee number.

    What identifies is encrypted, as of students; what statistics need stands in clear beside it, coarse. `department`
    is the home; somebody of the administration may have none. Whoever has no `left_on`, or a later one, is here.
    """

    personal = Personal(
        means="You, as an institution that employs you knows you.",
        is_person=True,
        about=("account",),
        erased={
            "title": "",
            "given_names": "",
            "family_name": ERASED_NAME,
            "specialization": "",
            "email": "",
            "national_id": None,
            "date_of_birth": None,
            "phone": None,
            "address": None,
            "account": None,
            "erased_at": lambda member: timezone.now(),
        },
        kept=Kept("The number and the days of service: who held which post is part of the institution's record."),
    )

    class Sex(models.TextChoices):
        FEMALE = "female"
        MALE = "male"
        NOT_STATED = "not_stated"

    unit_paths = ("department",)

    number = models.CharField(
        max_length=30, db_collation="C", help_text="The employee number. Found by its beginning, as typed."
    )
    title = models.CharField(max_length=30, blank=True, help_text="How the person is addressed: Dr, Prof.")
    given_names = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100)
    sex = models.CharField(max_length=10, choices=Sex, default=Sex.NOT_STATED)
    birth_year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2200)]
    )
    nationality = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", "Two capitals, such as ZW.")],
        help_text="ISO 3166-1 alpha-2 code.",
    )
    position = models.CharField(max_length=60, blank=True, help_text="The post, as the institution calls it.")
    specialization = models.CharField(max_length=200, blank=True, help_text="What the person is an expert in.")
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="members")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who signs in as."
    )
    email = models.EmailField(blank=True)
    joined_on = models.DateField()
    left_on = models.DateField(null=True, blank=True, editable=False, help_text="The last day; blank of who stays.")
    national_id = Encrypted(models.CharField(max_length=30), person="id", null=True, blank=True)
    national_id_index = BlindIndex(source="national_id")
    date_of_birth = Encrypted(models.DateField(), person="id", null=True, blank=True)
    phone = Encrypted(models.CharField(max_length=30), person="id", null=True, blank=True)
    address = Encrypted(models.CharField(max_length=300), person="id", null=True, blank=True)
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When the person was erased.")
    search_text = FoldedField(sources=("family_name", "given_names"))

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "number"],
                name="member_number_once",
                violation_error_code="number_taken",
                violation_error_message="This institution has a member of staff with this number.",
            ),
            models.UniqueConstraint(
                fields=["institution", "national_id_index"],
                name="member_national_id_once",
                violation_error_code="person_known",
                violation_error_message="This institution has a member of staff with this national id.",
            ),
            models.UniqueConstraint(
                fields=["institution", "account"],
                name="member_account_once",
                violation_error_code="account_taken",
                violation_error_message="This account belongs to another member of staff here.",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="member_leaves_after_joining",
                violation_error_code="left_before_joining",
                violation_error_message="A member of staff leaves on or after the day of joining.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "search_text", "id"], name="member_by_text"),
            models.Index(fields=["institution", "family_name", "id"], name="member_by_family_name"),
            models.Index(fields=["institution", "joined_on", "id"], name="member_by_joining"),
            models.Index(fields=["institution", "department", "id"], name="member_by_department"),
            models.Index(fields=["account"], condition=Q(account__isnull=False), name="member_by_account"),
        ]

    def __str__(self) -> str:
        return self.number
