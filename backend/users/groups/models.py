"""This file holds groups of people of one institution, such as an examinations office, and who is in them when."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Record, Row
from core.tenancy.fields import TenantForeignKey
from users.roles.dates import Dated, DatedQuerySet, ended, ends_after_it_begins


class Group(Record):
    """People of one institution who hold the same grants as long as they are in it."""

    no_person = "A name for an office or a board; who is in it stands in memberships."

    name = models.CharField(max_length=100)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                condition=Q(closed_at=None),
                name="group_name_once",
                violation_error_code="name_taken",
                violation_error_message="This institution has a group with this name.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "name", "id"], name="group_by_name")]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(DatedQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Memberships in the groups of institutions where the actor holds the permission, and the actor's own."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions)
        return self.filter(held | Q(user=actor.id) if reach.related and actor.id else held)


class Membership(Dated):
    """One person in one group, between two dates (both included)."""

    personal = Personal(
        means="A group that you are or were in, and with it the roles that it holds.",
        about=("user",),
        erased={"is_revoked": True, "valid_until": ended},
        kept=Kept("Who could do what and when is proof for as long as the audit log is kept.", 10),
    )
    outside_the_walls = "A person may be in groups of several institutions; they are read before any reach is known."

    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, editable=False, related_name="+")
    group = TenantForeignKey(Group, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")

    objects = MembershipQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            ends_after_it_begins("membership_ends_after_it_begins", "membership"),
            models.UniqueConstraint(
                fields=["group", "user"],
                condition=Q(valid_until__isnull=True),
                name="membership_open_once",
                violation_error_code="already_member",
                violation_error_message="This person is in this group.",
            ),
        ]
        indexes = [models.Index(fields=["institution", "user"], name="membership_by_institution")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
