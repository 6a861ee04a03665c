"""This file holds the pages by which a person comes in and goes out."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.attempts.devices import COOKIE, known_device, remember_device
from instauth.factors.queries import PASSKEY
from instauth.pages.base import HOME, SIGN_IN, Page
from instauth.pages.browser import PAGE, forget, keep, kept, open_in_browser
from instauth.pages.factors import method_of
from instauth.pages.forms import CodeForm, SignInForm
from instauth.providers.queries import offered_providers
from instauth.sessions.models import Session
from instauth.sessions.rules import Tokens, end_session
from instauth.signin.rules import CHALLENGE_LASTS, Asked, answer, ways_left
from instauth.signin.rules import sign_in as signed_in_with
from instauth.signups.rules import offered

SECOND = "/account/sign-in/second/"
CHALLENGE = "tesc-challenge"


class Entry(Page):
    """A page that may sign somebody in."""

    opens_transaction = False

    def welcomed(self, outcome: Tokens | Asked) -> HttpResponseBase:
        """Signed in; or on to the second step, where one is asked for."""
        onward = {"next": wanted} if (wanted := self.onward()) else {}
        if isinstance(outcome, Asked):
            response = self.sent(SECOND, **onward)
            keep(response, CHALLENGE, outcome.token, int(CHALLENGE_LASTS.total_seconds()))
        else:
            response = self.sent(onward.get("next", HOME))
            forget(response, CHALLENGE)
            open_in_browser(self.request, response, outcome.session)
            remember_device(response, self.request.COOKIES.get(COOKIE), outcome.session.user.email)
        return response

    @property
    def device(self) -> str:
        return self.request.headers.get("User-Agent", "")


class SignIn(Entry):
    """Sign in with an e-mail address and a password."""

    title = _("Sign in")
    button = _("Sign in")
    template_name = "instauth/sign_in.html"
    form_class = SignInForm
    opened_because = "whoever signs in is not signed in yet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.sent(self.onward() or HOME) if self.who else self.shown()

    def context(self) -> dict[str, Any]:
        return {"providers": offered_providers(), "takes_sign_ups": offered().exists()}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        known = known_device(self.request.COOKIES.get(COOKIE), data["email"])
        return self.welcomed(signed_in_with(**data, device=self.device, known_device=known))


class SecondStep(Entry):
    """Complete a sign-in by a second factor."""

    title = _("Your second factor")
    button = _("Sign in")
    template_name = "instauth/second.html"
    form_class = CodeForm
    opened_because = "whoever signs in is not signed in yet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.shown() if kept(request, CHALLENGE) else self.sent(SIGN_IN)

    def context(self) -> dict[str, Any]:
        ways = ways_left(kept(self.request, CHALLENGE), self.device)
        return {"may_be_lost": True, "has_passkey": PASSKEY in ways}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        code = data["code"]
        return self.welcomed(answer(kept(self.request, CHALLENGE), method_of(code), code, self.device))


class SignOut(Page):
    """End the session of this browser."""

    title = _("Sign out")
    button = _("Sign out")
    opened_because = "whoever was signed out elsewhere may press it too"
    opened_without_factor = True

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        if self.who:
            end_session(Session.objects.select_related("user").get(pk=self.who.session))
        response = self.sent(SIGN_IN)
        forget(response, PAGE)
        return response
