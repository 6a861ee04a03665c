"""This file holds the pages for what is not there, and for forms that come from elsewhere or are too old."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from core.errors import NotVisible, RuleBroken
from instauth.pages.base import Page, failure_page


class NoSuchPage(Page):
    """Every address below /account/ that is none."""

    opened_because = "it says that there is no such page"

    def answered(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        raise NotVisible()


class FormRefused(RuleBroken):
    """A form without our token: of another site, or opened before a sign-in."""

    status = 403

    def __init__(self) -> None:
        super().__init__("form_refused", _("This form is too old, or cookies are off. Go back, load it again, repeat."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return failure_page(request, FormRefused())
