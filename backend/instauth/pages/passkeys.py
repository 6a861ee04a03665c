"""This file holds the pages on which a passkey is added or shown.

Only script can ask a browser for a passkey: these are the only pages that have any, one small file of our own. It puts
what the passkey answered into the form. Without script the page says so, and leads to the other ways.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from core.errors import NotVisible
from core.personal.oneself import as_oneself
from instauth.factors import rules as factors
from instauth.pages.base import CONFIRM, FACTORS, HOME, SIGN_IN, Page
from instauth.pages.browser import kept
from instauth.pages.entry import CHALLENGE, SECOND, SecondStep, SignIn
from instauth.pages.factors import Confirm, OwnFactors, added
from instauth.pages.forms import NewPasskeyForm, PasskeyForm
from instauth.rates.throttles import PerNetwork
from instauth.signin import rules as signin


class PasskeyPage(Page):
    """A page that asks for a passkey by the form `asks_with`. `otherwise` is the page that does it without one."""

    template_name = "instauth/passkey.html"
    asks_with: type[PasskeyForm] = PasskeyForm
    button = _("Use your passkey")
    policy = {"script-src": "'self'"}
    otherwise = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.opened_because:  # each look keeps a question for some minutes
            PerNetwork().allow_request(request, self)
        return super().get(request, *args, **kwargs)

    def form(self, data: Any = None) -> Form:
        return self.asks_with(data)

    def context(self) -> dict[str, Any]:
        return {**super().context(), "options": json.dumps(self.question()), "otherwise": self.otherwise}

    def question(self) -> dict[str, Any]:
        """What the browser is given to ask the passkey with."""
        raise NotVisible()


class SignInByPasskey(PasskeyPage, SignIn):
    """Sign in by a passkey alone."""

    title = _("Sign in by a passkey")
    otherwise = SIGN_IN

    def question(self) -> dict[str, Any]:
        return signin.how_to_sign_in()

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        return self.welcomed(signin.sign_in_by_passkey(data["credential"], self.device))


class SecondByPasskey(PasskeyPage, SecondStep):
    """Complete a sign-in by a passkey."""

    otherwise = SECOND

    def question(self) -> dict[str, Any]:
        return signin.how_to_answer(kept(self.request, CHALLENGE), self.device)

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        challenge = kept(self.request, CHALLENGE)
        return self.welcomed(signin.answer_by_passkey(challenge, data["credential"], self.device))


class ConfirmByPasskey(PasskeyPage, Confirm):
    """Show a passkey now, before something grave."""

    otherwise = CONFIRM

    def question(self) -> dict[str, Any]:
        return factors.how_to_step_up(self.actor)

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        factors.step_up_by_passkey(self.actor, data["credential"])
        return self.sent(self.onward() or HOME)


class NewPasskey(PasskeyPage, OwnFactors):
    """Add a passkey; with the first factor come recovery codes."""

    title = _("Add a passkey")
    button = _("Add it")
    asks_with = NewPasskeyForm
    otherwise = FACTORS

    def question(self) -> dict[str, Any]:
        with transaction.atomic():
            return factors.how_to_add_passkey(as_oneself(self.actor))

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        oneself = as_oneself(self.actor)
        factors.add_passkey(oneself, **data)
        return added(self, oneself)
