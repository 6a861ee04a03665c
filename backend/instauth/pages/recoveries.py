"""This file holds the pages for a lost second factor: to say that it is lost, and to say by a letter that it is not."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from core.personal.oneself import as_oneself
from instauth.pages.base import FACTORS, SIGN_IN
from instauth.pages.browser import kept
from instauth.pages.entry import CHALLENGE, Entry
from instauth.pages.factors import OwnFactors
from instauth.pages.forms import LostFactorForm
from instauth.pages.letters import LetterPage
from instauth.recoveries.rules import ask, cancel_by_letter, cancel_own, places_to_choose, prove


class LostFactor(Entry):
    """Say, in place of the second step, that the factor is lost. A letter follows."""

    title = _("I lost my second factor")
    button = _("Send the letter")
    template_name = "instauth/second.html"
    opened_because = "whoever lost their factor can't sign in; the challenge of the first step is the credential"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.shown() if self.challenge else self.sent(SIGN_IN)

    @property
    def challenge(self) -> str:
        return kept(self.request, CHALLENGE)

    def form(self, data: Any = None) -> Form:
        places = places_to_choose(self.challenge, self.device)
        if not places:
            return Form(data)
        form = LostFactorForm(data)
        form.fields["institution"].choices = [(one.pk, one.name) for one in places]  # type: ignore[attr-defined]
        return form

    def context(self) -> dict[str, Any]:
        intro = _(
            "We send you a letter. Once you open its link, two of the staff decide, and a day later your second "
            "factors are taken away. If you have a recovery code, go back and use that: it lets you in at once."
        )
        return {"intro": intro}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        ask(self.challenge, device=self.device, **data)
        return self.told(_("A letter is on its way. Open its link within an hour."))


class ProveLoss(LetterPage):
    """Say by the link in the letter that it was oneself who asked."""

    title = _("Is your second factor lost?")
    button = _("Yes, it is lost")
    form_class = Form

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        prove(self.token)
        return self.told(_("Two of the staff decide now. You get a letter at each step."))


class KeepFactor(LetterPage):
    """Say by the link in a letter that the factor is not lost."""

    title = _("Keep your second factor")
    button = _("Keep it")
    form_class = Form

    def context(self) -> dict[str, Any]:
        return {"intro": _("It is not lost, or somebody else asked: this stops what goes on.")}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        cancel_by_letter(self.token)
        return self.told(_("This is stopped, and your second factor stays. If you did not ask, change your password."))


class KeepOwnFactor(OwnFactors):
    """Say while signed in that the factor is not lost."""

    title = _("Keep your second factor")
    button = _("Keep it")

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        cancel_own(as_oneself(self.actor))
        return self.sent(FACTORS)
