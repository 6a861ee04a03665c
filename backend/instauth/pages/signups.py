"""This file holds the pages by which somebody signs up by themselves, where an institution allows it."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.pages.base import Page
from instauth.pages.forms import SignUpForm
from instauth.pages.letters import LetterPage
from instauth.signups.rules import ask_to_sign_up, offered, prove


class SignUp(Page):
    """Ask an institution to be let in. The answer is the same whether the address is known."""

    title = _("Sign up")
    button = _("Send the letter")
    form_class = SignUpForm
    opened_because = "whoever signs up has no account yet"
    opens_transaction = False  # what counts the attempts stands outside

    def form(self, data: Any = None) -> Form:
        form = super().form(data)
        places = [(policy.institution_id, policy.institution.name) for policy in offered()]
        form.fields["institution"].choices = places  # type: ignore[attr-defined]
        return form

    def context(self) -> dict[str, Any]:
        return {"intro": _("Somebody of the institution decides, after you have opened the link in our letter.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        ask_to_sign_up(**data)
        return self.told(_("A letter is on its way. Open its link within a day."))


class ProveSignUp(LetterPage):
    """Prove the address one signed up with."""

    title = _("Confirm your sign-up")
    button = _("Confirm")
    form_class = Form

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        sign_up = prove(self.token)
        return self.told(_("%(place)s will decide, and write to you.") % {"place": sign_up.institution.name})
