"""This file holds what becomes of invitations when an account is shut."""

from celery import shared_task

from core.outbox.events import hears
from instauth.invitations import rules
from users.accounts.events import UserDeactivated
from users.erasures.events import PersonErased


@shared_task
def forget_unused() -> int:
    """Delete invitations by which nobody came."""
    return rules.forget_unused()


@hears(UserDeactivated)
def withdraw_shut(event: UserDeactivated) -> None:
    """Take back what the person sent, and what was sent to them."""
    rules.withdraw_of_shut_accounts()


@hears(PersonErased)
def withdraw_erased(event: PersonErased) -> None:
    """Take back what the person sent; what was sent to them went with their other data."""
    rules.withdraw_of_shut_accounts()
