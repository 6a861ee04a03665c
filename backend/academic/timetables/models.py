"""This file holds what was published of timetables: each publication, and each hour as students were told it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from academic.occurrences.models import LONGEST
from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class TimetablePublication(Record):
    """A numbered version of the timetable of a term, of the whole institution or of one faculty or department.

    Occurrences are the draft; what is published is what students, lecturers and calendar programs read. The counts are
    what it changed, and how many people were told.
    """

    personal = Personal(
        means="A timetable that you published.",
        ids=("published_by",),
        erased={"published_by": None},
        kept=Kept("When a timetable was published explains who could know of it."),
    )

    unit_paths = ("faculty", "department")

    term = TenantForeignKey("academic.Term", related_name="publications", editable=False)
    faculty = TenantForeignKey("faculties.Faculty", null=True, related_name="+", editable=False)
    department = TenantForeignKey("faculties.Department", null=True, related_name="+", editable=False)
    number = models.PositiveIntegerField(editable=False, help_text="Counts the publications of the term from 1.")
    published_at = models.DateTimeField(editable=False)
    published_by = models.UUIDField(null=True, editable=False, help_text="The account that did.")
    note = models.CharField(max_length=300, blank=True)
    hours_new = models.PositiveIntegerField(editable=False)
    hours_moved = models.PositiveIntegerField(editable=False)
    hours_room_changed = models.PositiveIntegerField(editable=False)
    hours_lecturer_changed = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    hours_canceled = models.PositiveIntegerField(editable=False)
    people_told = models.PositiveIntegerField(editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "term", "number"], name="publication_number_once"),
            models.CheckConstraint(
                condition=Q(faculty__isnull=True) | Q(department__isnull=True),
                name="publication_of_one_unit",
                violation_error_code="faculty_or_department",
                violation_error_message="A timetable is published of a faculty or a department, or of the institution.",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="publication_numbered_from_1"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.term_id}"


class PublishedHour(Record):
    """One occurrence as it was published last. What was canceled since stays, so that calendars learn of it.

    `occurrence` is the id of the draft, which may be gone. `last_change` is what a publication changed of it, and
    `sequence` counts such changes. `week` is the teaching week of the term, empty in a break.
    """

    no_person = "When and where a section meets, as was published. Who teaches it stands beside it."

    class Change(models.TextChoices):
        NEW = "new"
        MOVED = "moved"
        ROOM_CHANGED = "room_changed"
        LECTURER_CHANGED = "lecturer_changed"
        CANCELED = "canceled"

    unit_paths = ("section__course__program__department",)

    occurrence = models.UUIDField(editable=False)
    meeting = TenantForeignKey("academic.Meeting", alike=("section",), related_name="+", editable=False)
    section = TenantForeignKey("academic.Section", related_name="published_hours", db_index=False, editable=False)
    week = models.PositiveSmallIntegerField(null=True, editable=False)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    room = TenantForeignKey("faculties.Room", null=True, related_name="+", db_index=False, editable=False)
    last_change = models.CharField(max_length=16, choices=Change, editable=False)
    sequence = models.PositiveIntegerField(editable=False)
    publication = TenantForeignKey(TimetablePublication, related_name="hours", db_index=False, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "occurrence"], name="published_hour_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST),
                name="published_hour_within_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "section", "starts_at"], name="published_by_section"),
            models.Index(fields=["institution", "room", "starts_at"], name="published_by_room"),
            models.Index(fields=["institution", "publication"], name="published_by_publication"),
        ]

    def __str__(self) -> str:
        return f"{self.section_id} at {self.starts_at}"


class PublishedHost(Record):
    """As which section one meets, where that is another one or was, as was published last; else it meets as itself.

    As which it met before stays, as `is_over`: its people are told, and so are their calendars.
    """

    no_person = "Which sections meet together, as was published."

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey("academic.Section", db_index=False, related_name="published_hosts", editable=False)
    host = TenantForeignKey("academic.Section", db_index=False, related_name="+", editable=False)
    publication = TenantForeignKey(TimetablePublication, db_index=False, related_name="hosts", editable=False)
    is_over = models.BooleanField(editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "section", "host"], name="published_host_once"),
            models.UniqueConstraint(
                fields=["institution", "section"], condition=Q(is_over=False), name="published_host_of_section"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "host"], name="published_host_by_host"),
            models.Index(fields=["institution", "publication"], name="published_host_by_pub"),
        ]

    def __str__(self) -> str:
        return f"{self.section_id} meets as {self.host_id}"


class PublishedTeaching(Record):
    """Somebody who is in the room to teach a section that meets, and those that meet with it, as was published last.

    Whom a publication took it from stays, as `is_over`, so that they are told too.
    """

    personal = Personal(
        means="A section that you teach, as was published.",
        about=("account",),
        kept=Kept("Who taught a course is part of its record."),
    )

    unit_paths = ("section__course__program__department",)

    section = TenantForeignKey("academic.Section", db_index=False, related_name="published_teachings", editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    publication = TenantForeignKey(TimetablePublication, db_index=False, related_name="teachings", editable=False)
    is_over = models.BooleanField(editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "section", "account"], name="published_teaching_once")
        ]
        indexes = [
            models.Index(fields=["institution", "publication"], name="published_teaching_by_pub"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} teaches {self.section_id}"
