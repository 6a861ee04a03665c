"""This file holds what becomes of a change of address when the account is shut."""

from celery import shared_task
from django.utils import timezone

from core.forgetting import forget
from core.outbox.events import hears
from instauth.addresses.models import AddressChange
from instauth.addresses.rules import give_up
from users.accounts.events import UserDeactivated
from users.models import User


@shared_task
def forget_expired() -> int:
    """Delete changes whose letters nobody answered in time."""
    return forget(AddressChange.objects.filter(expires_at__lt=timezone.now()))


@hears(UserDeactivated)
def give_up_change(event: UserDeactivated) -> None:
    """Nobody changes the address of an account that is shut."""
    for user in User.objects.filter(pk=event.user_id, is_active=False):
        give_up(user)
