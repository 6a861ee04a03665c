"""This file holds vacancies, and who applies for them."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.personal.declarations import ERASED_NAME, Kept, Personal
from core.records import Record
from core.secrets.fields import BlindIndex, Encrypted
from core.tenancy.fields import TenantForeignKey
from core.texts import FoldedField
from staff.contracts.models import FULL_POST, Activity, ContractKind
from staff.members.models import Member


class Vacancy(Record):
    """One post of a department that is to be filled. Appointed is filled; closed ended without that."""

    no_person = "A post is told of, and nobody: who applies is an Application."

    class Stage(models.TextChoices):
        OPEN = "open"
        SHORTLIST = "shortlist"
        INTERVIEW = "interview"
        OFFER = "offer"
        APPOINTED = "appointed"
        CLOSED = "closed"

    unit_paths: ClassVar[tuple[str, ...]] = ("department",)

    department = TenantForeignKey("faculties.Department", related_name="vacancies")
    title = models.CharField(max_length=60, help_text="The post, as the institution calls it.")
    kind = models.CharField(max_length=10, choices=ContractKind)
    activity = models.CharField(max_length=25, choices=Activity)
    fte = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=FULL_POST,
        validators=[MaxValueValidator(FULL_POST)],
        help_text="Share of a full post, above 0 and at most 1.",
    )
    opens_on = models.DateField(help_text="The first day of applications.")
    closes_on = models.DateField(help_text="The last day of applications.")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.OPEN, editable=False)

    class Meta(Record.Meta):
        verbose_name_plural = "vacancies"
        constraints = [
            models.CheckConstraint(
                condition=Q(fte__gt=0, fte__lte=FULL_POST),
                name="vacancy_fte_within_a_post",
                violation_error_code="no_such_share",
                violation_error_message="A vacancy is for more than none and at most one full post.",
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="vacancy_closes_after_it_opens",
                violation_error_code="closes_before_it_opens",
                violation_error_message="Applications close on or after the day they open.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "department", "id"], name="vacancy_by_department"),
            models.Index(fields=["institution", "closes_on", "id"], name="vacancy_by_closing"),
        ]

    def __str__(self) -> str:
        return self.title


class State(models.TextChoices):
    """Where an application stands."""

    APPLIED = "applied"
    SHORTLISTED = "shortlisted"
    INTERVIEW = "interview"
    OFFERED = "offered"
    APPOINTED = "appointed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Application(Record):
    """One person who applies for one vacancy. Whoever is appointed becomes a member of staff."""

    personal = Personal(
        means="You, as somebody who applied for a post.",
        is_person=True,
        about=("member",),
        erased={
            "title": "",
            "given_names": "",
            "family_name": ERASED_NAME,
            "email": "",
            "national_id": None,
            "date_of_birth": None,
            "phone": None,
            "address": None,
            "erased_at": lambda application: timezone.now(),
        },
        kept=Kept("How a post was filled is kept; without your name it tells how far somebody came."),
    )

    unit_paths: ClassVar[tuple[str, ...]] = ("vacancy__department",)

    vacancy = TenantForeignKey(Vacancy, related_name="applications")
    title = models.CharField(max_length=30, blank=True, help_text="How the person is addressed: Dr, Prof.")
    given_names = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100)
    sex = models.CharField(max_length=10, choices=Member.Sex, default=Member.Sex.NOT_STATED)
    nationality = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", "Two capitals, such as ZW.")],
        help_text="ISO 3166-1 alpha-2 code.",
    )
    email = models.EmailField(blank=True)
    applied_on = models.DateField()
    state = models.CharField(max_length=12, choices=State, default=State.APPLIED, editable=False)
    member = TenantForeignKey("staff.Member", null=True, blank=True, editable=False, related_name="applications")
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
                fields=["institution", "vacancy", "national_id_index"],
                name="application_once",
                violation_error_code="already_applied",
                violation_error_message="Somebody with this national id applies for this vacancy already.",
            ),
            models.UniqueConstraint(
                fields=["institution", "vacancy"],
                condition=Q(state__in=[State.OFFERED, State.APPOINTED]),
                name="application_one_offer",
                violation_error_code="offered_already",
                violation_error_message="This post is offered to somebody else: one offer stands at a time.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.APPOINTED, member__isnull=False)
                | ~Q(state=State.APPOINTED) & Q(member__isnull=True),
                name="application_appointed_is_a_member",
                violation_error_code="appointed_who",
                violation_error_message="Whoever was appointed is a member of staff, and by that alone.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "vacancy", "id"], name="application_by_vacancy"),
            models.Index(fields=["institution", "search_text", "id"], name="application_by_text"),
            models.Index(fields=["institution", "applied_on", "id"], name="application_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name} for {self.vacancy_id}"
