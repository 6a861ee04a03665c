"""This file holds what a worker does about sign-ups."""

from celery import shared_task

from core.outbox.events import hears
from instauth.proofs.sealing import unsealed
from instauth.signups import rules
from instauth.signups.events import SignUpAsked
from users.accounts.events import UserDeactivated
from users.models import User


@hears(SignUpAsked)
def begin(event: SignUpAsked) -> None:
    """Send the letter by which the address is proved."""
    rules.begin(**unsealed(event.request_id, event.sealed))


@hears(UserDeactivated)
def forget_shut(event: UserDeactivated) -> None:
    """Whoever may not sign in waits for no decision either."""
    for user in User.objects.filter(pk=event.user_id, is_active=False):
        rules.forget_of(user.email)


@shared_task
def forget_stale() -> int:
    """Delete sign-ups whose time is over."""
    return rules.forget_stale()
