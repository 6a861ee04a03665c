"""This file holds waitlists: who waits for a seat in a section, what was offered to them, and for how long."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class WaitlistPolicy(Record):
    """How waitlists of one institution are kept. Where there is none, offers last two days and lists have no end."""

    no_person = "How long offers last; nobody is in it."

    offer_hours = models.PositiveSmallIntegerField(
        default=48, validators=[MinValueValidator(1)], help_text="How long an offer lasts."
    )
    most_waiting = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many may wait for one section; empty where any number may."
    )

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution"],
                name="waitlist_policy_once",
                violation_error_code="policy_set",
                violation_error_message="This institution has a policy for its waitlists: change that one.",
            ),
            models.CheckConstraint(
                condition=Q(offer_hours__gte=1),
                name="waitlist_offer_lasts",
                violation_error_code="too_short",
                violation_error_message="An offer lasts an hour or longer.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_hours} hours"


class WaitlistEntry(Record):
    """One student who waits, or waited, for a seat in one section.

    The order is that of `priority`, which follows from what is on record unless the registry sets it for a reason, then
    that of joining. When a seat is free while registering is possible, the database offers it to the first who wait
    (academic/sections/seats.sql), and holds it for them until `expires_at`; `reservation` is the one whose seat is
    offered. All end when the section is canceled, and who still waits when registering is over. `told_at` is when the
    student was written to, of the offer or of the end.

    With a section that has parts, a seat in a part of each kind is offered too: an entry of its own holds it, which
    says what it is `offered_with`, was never waited with, and ends with that.
    """

    personal = Personal(
        means="A course for which you waited, and what was offered to you.",
        about=("student",),
        named=("priority_set_by",),
        erased={"priority_reason": ""},
        kept=Kept("Who was offered a seat, and in which order, is part of the register of who studied what."),
    )

    class Priority(models.IntegerChoices):
        """Lower goes first. The first one is given by hand alone."""

        FIRST = 0, "before all others"
        CARRIED = 1, "failed before, and to be taken again"
        COMPULSORY = 2, "compulsory in the student's program by now"
        OTHER = 3, "any other"

    class Status(models.TextChoices):
        WAITING = "waiting"
        OFFERED = "offered"
        ACCEPTED = "accepted"
        EXPIRED = "expired", "the offer was not accepted in time"
        CANCELED = "canceled", "the section was canceled"
        CLOSED = "closed", "registering is over"
        LEFT = "left", "left while waiting"
        REFUSED = "refused", "said no to the offer"

    OPEN = (Status.WAITING, Status.OFFERED)

    unit_paths = ("section__course__program__department",)

    enrollment = TenantForeignKey("academic.Enrollment", alike=("student",), related_name="waitlist_entries")
    student = TenantForeignKey("students.Student", related_name="waitlist_entries")
    section = TenantForeignKey("academic.Section", related_name="waitlist_entries")
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.OTHER)
    priority_reason = models.CharField(max_length=300, blank=True, help_text="Why the registry set it by hand.")
    priority_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING, editable=False)
    reservation = TenantForeignKey(
        "academic.SeatReservation", alike=("section",), null=True, blank=True, editable=False, related_name="offers"
    )
    offered_with = TenantForeignKey(
        "self", alike=("student",), null=True, blank=True, editable=False, related_name="held_parts"
    )
    offered_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "section"],
                condition=Q(status__in=["waiting", "offered"]),
                name="waitlist_entry_open_once",
                violation_error_code="already_waiting",
                violation_error_message="This student is on the waitlist of this section.",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["waiting", "left", "accepted", "canceled", "closed"],
                    offered_at__isnull=True,
                    expires_at__isnull=True,
                )
                # Said of both, since a comparison with null refuses nothing.
                | Q(
                    status__in=["offered", "expired", "refused", "accepted", "canceled"],
                    expires_at__gt=F("offered_at"),
                )
                & Q(offered_at__isnull=False, expires_at__isnull=False),
                name="waitlist_entry_offered_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(offered_at__isnull=False) | Q(status__in=["canceled", "closed"]),
                name="waitlist_entry_told_of_an_offer",
            ),
            models.CheckConstraint(
                condition=Q(offered_with__isnull=True) | Q(offered_at__isnull=False, told_at__isnull=False),
                name="waitlist_part_told_with_its_whole",
            ),
            # The entry of a part points to this: that of its whole is of the same student.
            models.UniqueConstraint(fields=["institution", "id", "student"], name="waitlist_entry_with_its_student"),
        ]
        indexes = [
            models.Index(
                fields=["institution", "section", "priority", "created_at", "id"],
                condition=Q(status="waiting"),
                name="waitlist_in_order",
            ),
            models.Index(
                fields=["institution", "expires_at"], condition=Q(status="offered"), name="waitlist_by_expiry"
            ),
            models.Index(
                fields=["institution", "id"],
                condition=Q(told_at__isnull=True, status__in=["offered", "canceled", "closed"]),
                name="waitlist_untold",
            ),
            models.Index(
                fields=["institution", "reservation"],
                condition=Q(reservation__isnull=False),
                name="waitlist_by_reservation",
            ),
            models.Index(
                fields=["institution", "offered_with"],
                condition=Q(offered_with__isnull=False),
                name="waitlist_by_whole",
            ),
            models.Index(fields=["institution", "student", "id"], name="waitlist_by_student"),
            models.Index(fields=["institution", "section", "id"], name="waitlist_by_section"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} waits for {self.section_id}"
