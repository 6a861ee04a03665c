"""This file holds uploads: a file on its way into the register, its rows while they wait, and what became of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.personal.declarations import Kept, Personal
from core.records import Record
from core.tenancy.fields import TenantForeignKey


class Upload(Record):
    """One file of one data set, from the moment it was sent until long after it was committed."""

    personal = Personal(
        means="A file that you uploaded for your institution.",
        ids=("sent_by",),
        erased={"sent_by": None},
        kept=Kept("What entered the register, and from which file, is kept as long as the register.", 10),
    )

    class State(models.TextChoices):
        CHECKING = "checking"
        PLANNED = "planned"
        COMMITTING = "committing"
        COMMITTED = "committed"
        FAILED = "failed"
        UNDONE = "undone"
        CANCELLED = "cancelled"

    class Mode(models.TextChoices):
        ALL = "all", "all rows or none"
        GOOD_ROWS = "good_rows", "the good rows; the rest is kept for correction"

    set = models.CharField(max_length=40, help_text="The data set, such as students.")
    contract = models.CharField(max_length=8, editable=False, help_text="The version of its columns.")
    file_name = models.CharField(max_length=200)
    sheet = models.CharField(max_length=100, blank=True, help_text="The sheet to read, where several have rows.")
    digest = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of the file.")
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.ALL)
    overwrites = models.BooleanField(default=False, help_text="Whether what was changed by hand is overwritten.")
    is_complete = models.BooleanField(default=False, help_text="Whether what the file lacks is ended.")
    may_end_many = models.BooleanField(default=False, help_text="Whether more than a tenth of a set may be ended.")
    sent_by = models.UUIDField(null=True, editable=False, help_text="The account of who sent it.")
    reach = models.JSONField(
        null=True, editable=False, help_text="Of who has less than the institution: `units`, and whether what is `own`."
    )
    rows_count = models.PositiveIntegerField(default=0, editable=False)
    error_rows_count = models.PositiveIntegerField(default=0, editable=False)
    errors_count = models.PositiveIntegerField(default=0, editable=False)
    round = models.PositiveIntegerField(default=0, editable=False, help_text="How often it was checked.")
    is_corrected = models.BooleanField(default=False, editable=False, help_text="Since it was checked.")
    columns = models.JSONField(default=list, editable=False, help_text="The columns that the file has.")
    plan = models.JSONField(default=dict, editable=False, help_text="What a commit would do, or did.")
    notes = models.JSONField(default=list, editable=False, help_text="What somebody should look at, with counts.")
    failure = models.JSONField(null=True, editable=False, help_text="Why it could not be read or committed.")
    committed_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="committed") | models.Q(committed_at__isnull=False),
                name="upload_committed_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "id"], name="upload_by_institution"),
            models.Index(fields=["institution", "set", "id"], name="upload_by_set"),
        ]

    def __str__(self) -> str:
        return f"{self.set} from {self.file_name}"


class UploadContent(Record):
    """The file of one upload until it was read, sealed."""

    no_person = "A sealed file on its way into the register; it is gone as soon as it was read."

    upload = TenantForeignKey(Upload, models.CASCADE, related_name="contents")
    content = models.BinaryField()

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["institution", "upload"], name="upload_content_once")]

    def __str__(self) -> str:
        return f"file of {self.upload_id}"


class StagedRow(Record):
    """Rows of one file while they wait, as they were sent, sealed: a run of good ones, or one that is wrong."""

    no_person = "Sealed cells on their way into the register; they are gone when they were committed, or after days."

    class State(models.TextChoices):
        GOOD = "good"
        ERROR = "error"

    upload = TenantForeignKey(Upload, models.CASCADE, related_name="rows")
    round = models.PositiveIntegerField(help_text="The check that wrote it.")
    number = models.PositiveIntegerField(help_text="The row in the file; of a run, the first.")
    last = models.PositiveIntegerField(help_text="The last row of a run; other rows may lie between.")
    rows_count = models.PositiveIntegerField(default=1)
    errors_count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=5, choices=State)
    content = models.BinaryField()

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "upload", "round", "number"], name="staged_row_once"),
            models.CheckConstraint(condition=models.Q(last__gte=models.F("number")), name="staged_row_run_goes_on"),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of {self.upload_id}"


class UploadEffect(Record):
    """What an upload did to rows of one table, so that it can be undone: those that it made, or what one was before.

    `made` are ids of rows that it made, thousands in one; `before` holds the columns that the file states of a row
    that it changed. Sealed ones stay sealed.
    """

    personal = Personal(means="What a row about you was before an upload changed it.", ids=("row_id",), removed=True)

    upload = TenantForeignKey(Upload, models.CASCADE, related_name="effects")
    position = models.PositiveSmallIntegerField(help_text="Which load of the contract.")
    table = models.CharField(max_length=63)
    made = ArrayField(models.UUIDField(), null=True)
    row_id = models.UUIDField(null=True)
    row_version = models.PositiveIntegerField(null=True, help_text="The version that the upload left.")
    before = models.JSONField(null=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "row_id", "upload", "table"], name="upload_effect_once"),
            models.CheckConstraint(
                condition=models.Q(made__isnull=True, row_id__isnull=False, before__isnull=False)
                | models.Q(made__isnull=False, row_id__isnull=True, before__isnull=True),
                name="upload_effect_made_or_changed",
            ),
        ]
        indexes = [models.Index(fields=["institution", "upload", "id"], name="upload_effect_by_upload")]

    def __str__(self) -> str:
        return f"{self.upload_id} on {self.table}"
