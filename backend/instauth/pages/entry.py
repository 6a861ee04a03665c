"""This file holds the pages by which a person comes in and goes out."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.pages.base import HOME, SIGN_IN, Page
from instauth.pages.browser import PAGE, forget, open_in_browser
from instauth.pages.forms import SignInForm
from instauth.sessions.models import Session
from instauth.sessions.rules import Tokens, end_session
from instauth.sessions.rules import sign_in as signed_in_with


class Entry(Page):
    """A page that may sign somebody in."""

    opens_transaction = False

    def welcomed(self, tokens: Tokens) -> HttpResponseBase:
        response = self.sent(self.onward() or HOME)
        open_in_browser(self.request, response, tokens.session)
        return response


class SignIn(Entry):
    """Sign in with an e-mail address and a password."""

    title = _("Sign in")
    button = _("Sign in")
    template_name = "instauth/sign_in.html"
    form_class = SignInForm
    opened_because = "whoever signs in is not signed in yet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.sent(self.onward() or HOME) if self.who else self.shown()

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        return self.welcomed(signed_in_with(**data, device=self.request.headers.get("User-Agent", "")))


class SignOut(Page):
    """End the session of this browser."""

    title = _("Sign out")
    button = _("Sign out")
    opened_because = "whoever was signed out elsewhere may press it too"

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        if self.who:
            end_session(Session.objects.select_related("user").get(pk=self.who.session))
        response = self.sent(SIGN_IN)
        forget(response, PAGE)
        return response
