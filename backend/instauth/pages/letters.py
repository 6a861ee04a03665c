"""This file holds the pages to which the links in our letters lead.

A link carries a token. Opening it uses nothing up, since mail programs look at links before people do; it moves the
token out of the address, into a cookie, so that neither the history nor a log keeps it.
"""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from instauth.pages.base import Page
from instauth.pages.browser import forget, keep, kept

LETTER = "tesc-letter"
LETTER_SECONDS = 3600


class LetterPage(Page):
    """A page for whoever has a letter of ours."""

    opened_because = "the token of the letter is the credential"
    opens_transaction = False  # the rules open their own: a password is hashed before anything is locked
    opened_without_factor = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if token := request.GET.get("token"):
            response = self.sent(request.path)
            keep(response, LETTER, token, LETTER_SECONDS)
            return response
        return self.shown()

    @property
    def token(self) -> str:
        return kept(self.request, LETTER)

    def done(self, path: str, **query: str) -> HttpResponseBase:
        response = self.sent(path, **query)
        forget(response, LETTER)
        return response
