"""This file holds who sits at the browser: the session that its cookie proves."""

from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from instauth.sessions.authentication import SignedIn, TokenAuthentication
from instauth.sessions.models import Session


def browser_session(request: HttpRequest) -> Session | None:
    """The session of the person at the browser, or None where nobody is signed in."""
    try:
        proved = TokenAuthentication().authenticate(request)
    except AuthenticationFailed:
        return None
    if proved is None or not isinstance(proved[0], SignedIn):
        return None
    return Session.objects.select_related("user", "support").get(pk=proved[0].session)
