"""This file holds the pages about passwords: changed by their owner, or chosen anew by the link in a letter."""

from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.credentials.rules import ask_for_reset, change_password, confirm_reset
from instauth.pages.base import HOME, SIGN_IN, Page
from instauth.pages.forms import AddressForm, ChangePasswordForm, NewPasswordForm
from instauth.pages.letters import LetterPage


class ChangePassword(Page):
    """Change one's password. Every other session ends."""

    title = _("Change your password")
    button = _("Change it")
    form_class = ChangePasswordForm
    opens_transaction = False  # passwords are hashed before anything is locked

    def context(self) -> dict[str, Any]:
        return {"intro": _("You will be signed out everywhere else.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        change_password(self.actor, **data)
        return self.sent(HOME)


class ForgotPassword(Page):
    """Ask for a letter. The answer is the same whether there is such an account."""

    title = _("Forgot your password?")
    button = _("Send the letter")
    form_class = AddressForm
    opened_because = "whoever forgot their password can't sign in"
    opens_transaction = False  # what counts the attempts stands outside

    def context(self) -> dict[str, Any]:
        return {"intro": _("We send a letter with a link by which you choose a new one.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        ask_for_reset(**data)
        said = _("If there is an account with this address, a letter is on its way. Its link is good for 30 minutes.")
        return self.told(said)


class ResetPassword(LetterPage):
    """Choose a new password by the link in a letter, then sign in, with the second factor."""

    title = _("Choose a new password")
    button = _("Keep it")
    form_class = NewPasswordForm

    def context(self) -> dict[str, Any]:
        return {"intro": _("You will be signed out everywhere.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        confirm_reset(self.token, **data)
        return self.done(SIGN_IN)
