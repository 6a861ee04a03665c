"""This file holds students: people as an institution knows them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.personal.declarations import ERASED_NAME, Kept, Personal
from core.records import Record
from core.secrets.fields import BlindIndex, Encrypted
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField, WordField, by_word
from students.statuses import moves

# A name has seldom more words: it is found by the first six.
WORDS = range(1, 7)


class Student(Record):
    """One person known to one institution by a student number.

    A person known to two institutions is two rows. What identifies is encrypted; what statistics need stands in
    clear beside it, coarse: the year of birth, sex, region. Names may be empty where a source is anonymous.
    `department` is the home of the student's current enrollment, kept by the enrollment rules. `status` is the last
    step of the student's history.
    """

    personal = Personal(
        means="You, as an institution knows you.",
        is_person=True,
        about=("account",),
        erased={
            "given_names": "",
            "family_name": ERASED_NAME,
            "email": "",
            "national_id": None,
            "date_of_birth": None,
            "phone": None,
            "address": None,
            "account": None,
            "erased_at": lambda student: timezone.now(),
        },
        kept=Kept("The number, and what statistics need, coarse: marks and awards that the law keeps hang on it."),
    )

    class Sex(models.TextChoices):
        FEMALE = "female"
        MALE = "male"
        NOT_STATED = "not_stated"

    Status = moves.Status

    unit_paths = ("department",)

    number = models.CharField(max_length=30, db_collation="C", help_text="Found by its beginning, as typed.")
    given_names = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    sex = models.CharField(max_length=10, choices=Sex, default=Sex.NOT_STATED)
    birth_year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2200)]
    )
    region = models.CharField(max_length=60, blank=True, help_text="An ISO 3166-2 code, or the source's name.")
    nationality = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2 code.")
    prior_education = models.CharField(max_length=60, blank=True, help_text="Highest education before entry.")
    entry_year = models.PositiveSmallIntegerField(validators=[MinValueValidator(1900), MaxValueValidator(2200)])
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    department = TenantForeignKey("faculties.Department", null=True, blank=True, related_name="students")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who signs in as."
    )
    email = models.EmailField(blank=True)
    national_id = Encrypted(models.CharField(max_length=30), person="id", null=True, blank=True)
    national_id_index = BlindIndex(source="national_id", national=True)
    date_of_birth = Encrypted(models.DateField(), person="id", null=True, blank=True)
    phone = Encrypted(models.CharField(max_length=30), person="id", null=True, blank=True)
    address = Encrypted(models.CharField(max_length=300), person="id", null=True, blank=True)
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When the person was erased.")
    search_text = FoldedField(sources=("family_name", "given_names"))
    word_1, word_2, word_3, word_4, word_5, word_6 = (WordField(of="search_text", place=place) for place in WORDS)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "number"],
                name="student_number_once",
                violation_error_code="number_taken",
                violation_error_message="This institution has a student with this number.",
            ),
            models.UniqueConstraint(
                fields=["institution", "national_id_index"],
                name="student_national_id_once",
                violation_error_code="person_known",
                violation_error_message="This institution has a student with this national id.",
            ),
        ]
        indexes = [
            *(by_word(f"word_{place}", f"student_by_word_{place}") for place in WORDS),
            models.Index(fields=["institution", "family_name", "id"], name="student_by_family_name"),
            models.Index(fields=["institution", "entry_year", "id"], name="student_by_entry_year"),
            models.Index(fields=["institution", "status", "id"], name="student_by_status"),
            models.Index(fields=["institution", "department", "id"], name="student_by_department"),
            # Over institutions, for the register of learners: the nation alone reads by it.
            models.Index(
                fields=["national_id_index"],
                condition=Q(national_id_index__isnull=False),
                name="student_by_national_id",
            ),
            models.Index(fields=["account"], condition=Q(account__isnull=False), name="student_by_account"),
        ]

    def __str__(self) -> str:
        return self.number
