"""This file holds the pages by which a person gets another e-mail address: asked for here, proved by two letters."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.addresses.rules import ask_for_change, confirm
from instauth.pages.base import Page
from instauth.pages.forms import NewAddressForm
from instauth.pages.letters import LetterPage


class ChangeAddress(Page):
    """Ask for another address."""

    title = _("Change your e-mail address")
    button = _("Send the letters")
    form_class = NewAddressForm
    opens_transaction = False  # what counts the attempts stands outside

    def context(self) -> dict[str, Any]:
        return {"intro": _("A letter goes to your present address, and one to the new one: open the links in both.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        ask_for_change(self.actor, **data)
        return self.told(_("Two letters are on their way. Their links are good for a day."))


class ProveAddress(LetterPage):
    """Prove one of the two addresses."""

    title = _("Confirm the change of address")
    button = _("Confirm")
    form_class = Form

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        if confirm(self.token):
            return self.told(_("Your address was changed. Sign in with the new one from now on."))
        return self.told(_("This address is confirmed. Now open the link in the letter to the other one."))
