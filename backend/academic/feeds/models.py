"""This file holds feeds: secret links at which calendar programs fetch what somebody may see."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models

from core.actor import Actor
from core.personal.declarations import Personal
from core.personal.oneself import own
from core.records import Record, RecordQuerySet, one_or_many
from core.tenancy.fields import TenantForeignKey

TEXT = Path(__file__).with_name("left.sql")
VIEW = "academic.view_term"  # whoever sees the calendar may have a link to it


class FeedQuerySet(RecordQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """One's own, in institutions where one may see what they tell. No reach opens another person's."""
        reach, mine = actor.reach(permission), self.filter(own(actor, "account"))
        return mine if reach.nation else mine.filter(one_or_many("institution_id", reach.touched))


class Feed(Record):
    """A link that needs no sign-in, for one person's calendar program. Whoever holds it reads, until it is revoked.

    Of its token only a keyed digest is kept. The token begins with the institution, so that the row is looked for
    behind the wall.
    """

    class Kind(models.TextChoices):
        CALENDAR = "calendar", "the calendar of the institution"
        TIMETABLE = "timetable", "the own timetable"

    personal = Personal(
        means="A secret link to a calendar, which you asked for.",
        about=("account",),
        withheld={"digest": "It is of no use to you: the link is shown once, when it is made."},
        removed=True,
    )
    sensitive_fields = ("digest",)

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, editable=False, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CALENDAR)
    digest = models.BinaryField(max_length=32, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    url: str | None = None  # in the answer that makes it, and never again

    objects = FeedQuerySet.as_manager()  # type: ignore[misc]  # a manager is a class variable by nature

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "digest"], name="feed_token_once"),
            models.UniqueConstraint(
                fields=["institution", "account", "kind"],
                condition=models.Q(revoked_at__isnull=True),
                name="feed_once",
                violation_error_code="feed_there",
                violation_error_message="You have a link to this. If it is lost, revoke it and make another.",
            ),
        ]
        indexes = [models.Index(fields=["account"], name="feed_by_account")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account_id}"


class LeftSection(Record):
    """A section that somebody who has a link to the own timetable attends or teaches no more, kept until it ends.

    Calendar programs learn by it that its classes are canceled. The database writes it (left.sql). `changes` counts
    what happened until then, so that an entry told as canceled, or once more as taking place, has a higher sequence.
    """

    personal = Personal(
        means="A section that you left, so that your calendar program hears of it.", about=("account",), removed=True
    )

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, editable=False, related_name="+")
    section = TenantForeignKey("academic.Section", models.CASCADE, editable=False, related_name="+")
    changes = models.PositiveIntegerField(editable=False)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["institution", "account", "section"], name="section_left_once")]

    def __str__(self) -> str:
        return f"{self.account_id} left {self.section_id}"
