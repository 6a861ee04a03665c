"""This file holds changes of address: from which, to which, and which of the two was proved."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.personal.declarations import Personal
from core.records import Row
from instauth.sessions.models import Session
from users.accounts.addresses import as_login


class AddressChange(Row):
    """One wish of a person for another e-mail address. It is done when letters to both were answered."""

    personal = Personal(means="A change of your e-mail address.", about=("user",), removed=True)

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="address_change")
    session = models.ForeignKey(
        Session,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Where it was asked for: it goes on.",
    )
    email = models.EmailField(max_length=254)
    old_proved_at = models.DateTimeField(null=True, blank=True)
    new_proved_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(old_proved_at__isnull=True) | Q(new_proved_at__isnull=True),
                name="address_change_is_not_done",
                violation_error_message="A change of which both addresses are proved is done, and gone.",
            ),
        ]

    def __str__(self) -> str:
        return f"change of address of {self.user_id}"

    def clean(self) -> None:
        self.email = as_login(self.email)
