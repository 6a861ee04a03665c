"""This file holds the pages about one's account as a whole: what there is to do, and where one is signed in."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from instauth.pages.base import Page
from instauth.sessions.queries import devices_of
from instauth.sessions.rules import end_other_sessions, end_own_session

DEVICES = "/account/devices/"


class RevokeForm(forms.Form):
    """Which session to end; none are all others."""

    session = forms.UUIDField(required=False)


class Home(Page):
    """What a person can do with their account."""

    title = _("Your account")
    template_name = "instauth/home.html"
    http_method_names = ["get", "head"]


class Devices(Page):
    """Where one is signed in; end what is not one's own."""

    title = _("Devices")
    template_name = "instauth/devices.html"
    form_class = RevokeForm

    def context(self) -> dict[str, Any]:
        return {"devices": devices_of(self.actor)}

    def submitted(self, data: Mapping[str, Any]) -> HttpResponseBase:
        if data["session"]:
            end_own_session(self.actor, data["session"])
        else:
            end_other_sessions(self.actor)
        return self.sent(DEVICES)
