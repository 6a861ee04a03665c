"""This file holds the session of a browser that looks at our pages: a cookie of random bits, known by their digest."""

import secrets

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token

from instauth.sessions.authentication import SignedIn, signed_in_by
from instauth.sessions.models import Session
from instauth.sessions.rules import is_live
from instauth.tokens.cookies import is_secure
from instauth.tokens.refresh import digest_of

PAGE = "tesc-page"
# Long enough for any session: how long one lasts is the session's to say.
LONGEST_SECONDS = 400 * 24 * 3600


def signed_in(request: HttpRequest) -> SignedIn | None:
    """Whoever is signed in on this browser. The database is asked each time, so that an ended session ends at once."""
    token = request.COOKIES.get(named(PAGE))
    if not token:
        return None
    sessions = Session.objects.select_related("user")
    session = sessions.filter(page_digest=digest_of(token)).first()
    return signed_in_by(session) if session and is_live(session) else None


def open_in_browser(request: HttpRequest, response: HttpResponseBase, session: Session) -> None:
    """Sign this browser in by a session that has begun. Forms opened before count no longer."""
    token = secrets.token_urlsafe(32)
    Session.objects.filter(pk=session.pk).update(page_digest=digest_of(token))
    rotate_token(request)
    keep(response, PAGE, token, LONGEST_SECONDS)


def keep(response: HttpResponseBase, name: str, value: str, seconds: int) -> None:
    """Give the browser something to bring back, also when another site sends the person here."""
    response.set_cookie(named(name), value, max_age=seconds, secure=is_secure(), httponly=True, samesite="Lax")


def forget(response: HttpResponseBase, name: str) -> None:
    keep(response, name, "", 0)


def kept(request: HttpRequest, name: str) -> str:
    return request.COOKIES.get(named(name), "")


def named(name: str) -> str:
    return f"__Host-{name}" if is_secure() else name
