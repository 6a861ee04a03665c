"""This file holds tokens in cookies: for browsers, where no script can read them and no other site can send them.

A browser asks for them by the header `X-Tokens-In: cookies`, and then sends no Authorization header. What changes
something must come from our own pages: the browser says so itself.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import SAFE_METHODS

from core.errors import RuleBroken

ACCESS, REFRESH = "tesc-access", "tesc-refresh"
REFRESH_PATH = "/api/v1/auth/refresh/"
ASKED = "X-Tokens-In"
FOREIGN_HOST = "The request comes from another site. Send it from a page of this one, or with a bearer token."


class CrossOrigin(RuleBroken):
    """A browser sent a cookie of ours on behalf of another site."""

    status = 403

    def __init__(self) -> None:
        super().__init__("cross_origin", FOREIGN_HOST)


def give(response: HttpResponseBase, access: str, refresh: str) -> None:
    """Put both tokens into cookies. How long they are good the tokens themselves say."""
    sealed: dict[str, Any] = {"secure": is_secure(), "httponly": True, "samesite": "Strict"}
    response.set_cookie(access_name(), access, max_age=settings.ACCESS_TOKEN_MINUTES * 60, **sealed)
    longest = settings.SESSION_LONGEST_HOURS * 3600
    response.set_cookie(refresh_name(), refresh, max_age=longest, path=REFRESH_PATH, **sealed)


def take_back(response: HttpResponseBase) -> None:
    for name, path in ((access_name(), "/"), (refresh_name(), REFRESH_PATH)):
        response.set_cookie(name, "", max_age=0, path=path, secure=is_secure(), httponly=True, samesite="Strict")


def refuse_cross_origin(request: HttpRequest) -> None:
    """What changes something by a cookie comes from our own origin; a browser that doesn't say so is not believed."""
    if request.method in SAFE_METHODS:
        return
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    is_ours = site == "same-origin" if site else request.META.get("HTTP_ORIGIN") == our_origin()
    if not is_ours:
        raise CrossOrigin()


def our_origin() -> str:
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://{parts.netloc}"


def is_secure() -> bool:
    """Everywhere but on a developer's own machine, where there is no TLS."""
    return settings.PUBLIC_URL.startswith("https://")


def access_name() -> str:
    return f"__Host-{ACCESS}" if is_secure() else ACCESS


def refresh_name() -> str:
    """It has a path, so it can't be one of `__Host-`."""
    return f"__Secure-{REFRESH}" if is_secure() else REFRESH
