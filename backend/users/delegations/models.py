"""This file holds delegations: what a person lends of their own rights to a colleague, until a day, for a reason."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.actor import Actor
from core.personal.declarations import Kept, Personal
from core.records import Row
from users.roles.dates import Dated, DatedQuerySet, ended, ends_after_it_begins


class DelegationQuerySet(DatedQuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """Delegations in institutions where the actor holds the permission, and those the actor gave or got there."""
        reach = actor.reach(permission)
        if reach.nation:
            return self
        mine = Q(delegator=actor.id) | Q(delegate=actor.id) if actor.id else Q(pk__in=())
        return self.filter(Q(institution__in=reach.institutions) | Q(institution__in=reach.touched) & mine)


class Delegation(Dated):
    """Rights that one person of an institution lends to another there, between two dates (both included).

    It names permissions, and never says where they hold: whoever borrows one holds it where its lender does, at the
    moment of asking. So it ends with what it was lent from.
    """

    personal = Personal(
        means="Rights that you lent to a colleague, or that a colleague lent to you.",
        about=("delegator", "delegate"),
        erased={"is_revoked": True, "valid_until": ended, "reason": ""},
        kept=Kept("Who could do what and when is proof for as long as the audit log is kept.", 10),
    )
    outside_the_walls = "A person may borrow rights in several institutions; they are read before any reach is known."

    institution = models.ForeignKey(settings.TENANT_MODEL, models.PROTECT, editable=False, related_name="+")
    delegator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    delegate = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+")
    permissions = ArrayField(models.CharField(max_length=100))
    reason = models.CharField(max_length=500, blank=True, help_text="Blank only where a person was erased.")

    objects = DelegationQuerySet.as_manager()

    class Meta(Row.Meta):
        constraints = [
            ends_after_it_begins("delegation_ends_after_it_begins", "delegation"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=False),
                name="delegation_has_an_end",
                violation_error_code="end_needed",
                violation_error_message="A delegation names its last day.",
            ),
            models.CheckConstraint(
                condition=~Q(delegator=F("delegate")),
                name="delegation_to_another",
                violation_error_code="own_account",
                violation_error_message="Nobody lends to themselves.",
            ),
            models.CheckConstraint(
                condition=Q(permissions__len__gt=0),
                name="delegation_of_something",
                violation_error_code="nothing_lent",
                violation_error_message="A delegation names at least one permission.",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "id"], name="delegation_by_institution"),
            models.Index(fields=["delegator"], name="delegation_by_delegator"),
            models.Index(fields=["delegate"], name="delegation_by_delegate"),
        ]

    def __str__(self) -> str:
        return f"{self.delegator_id} to {self.delegate_id}"
