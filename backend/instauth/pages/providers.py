"""This file holds the pages by which a person leaves for their institution's own sign-in, and comes back from it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.pages.base import SIGN_IN, is_ours
from instauth.pages.browser import forget, keep, kept
from instauth.pages.entry import Entry
from instauth.pages.forms import ProviderForm
from instauth.providers.rules import MINUTES_AWAY, come_back, depart
from instauth.sessions.rules import SignInRefused

BINDING, ONWARD = "tesc-binding", "tesc-onward"


class Depart(Entry):
    """Leave for an identity provider. It is a link, and no redirect: the policy lets forms lead nowhere else."""

    title = _("Sign in by your institution")
    template_name = "instauth/depart.html"
    form_class = ProviderForm
    opened_because = "whoever signs in by a provider is not signed in yet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.sent(SIGN_IN)

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        away = depart(data["provider"])
        response = self.shown(url=away.url)
        keep(response, BINDING, away.binding, MINUTES_AWAY * 60)
        keep(response, ONWARD, self.onward(), MINUTES_AWAY * 60)
        return response


class Return(Entry):
    """Where a provider sends people back to."""

    title = _("Sign in by your institution")
    opened_because = "the provider's answer is the credential"
    http_method_names = ["get"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer, binding = request.GET, kept(request, BINDING)
        if "code" not in answer or not binding:
            raise SignInRefused("provider_refused", str(_("Your institution signed nobody in. Begin again.")))
        outcome = come_back(
            answer.get("state", ""), answer["code"], binding, issuer=answer.get("iss", ""), device=self.device
        )
        response = self.welcomed(outcome)
        forget(response, BINDING)
        forget(response, ONWARD)
        return response

    def onward(self) -> str:
        wanted = kept(self.request, ONWARD)
        return wanted if wanted.startswith("/") and is_ours(wanted, self.request) else ""
