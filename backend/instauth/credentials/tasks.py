"""This file holds what a worker does about passwords."""

from core.mail.posting import post
from core.outbox.events import hears
from instauth.credentials import rules
from instauth.credentials.events import ResetAsked
from instauth.proofs.rules import withdraw
from instauth.proofs.sealing import unsealed
from users.accounts.events import UserAdded, UserDeactivated
from users.models import User


@hears(ResetAsked)
def send_reset(event: ResetAsked) -> None:
    """Look up whose address it is, and write to them."""
    rules.send_asked_reset(**unsealed(event.request_id, event.sealed))


@hears(UserAdded)
def let_choose_password(event: UserAdded) -> None:
    """Let somebody choose a password for the account that was made for them."""
    user = User.objects.filter(pk=event.user_id, is_active=True).first()
    if user is not None and not user.has_usable_password():
        rules.send_reset_letter(user, "account-made", rules.FIRST_LASTS)


@hears(UserDeactivated)
def say_goodbye(event: UserDeactivated) -> None:
    """Make letters worthless by which a password could be set, and tell the person that the account is shut."""
    for user in User.objects.filter(pk=event.user_id, is_active=False):
        withdraw(user.pk, rules.PURPOSE)
        post("account-shut", user.email, name=user.name)
