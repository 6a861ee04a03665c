"""This file holds the cookie by which a device is known again: for each account that signed in there, for 90 days.

It signs nobody in. It only gives the device a bucket of its own, so that its owner is not locked out by a stranger
who guesses at the account, or by a neighbor on the same network.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from users.accounts.addresses import as_login

COOKIE = "tesc_device"
SALT = "instauth.device"
KNOWN_FOR = timedelta(days=90)
MOST_ACCOUNTS = 5  # of one device; the one that signed in longest ago goes


def known_device(cookie: str | None, login: str) -> str | None:
    """The name of the device, if the account signed in there before; None for any cookie that we did not sign."""
    return devices_in(cookie).get(account_mark(login))


def remember_device(response: HttpResponseBase, cookie: str | None, login: str) -> None:
    """Let the device be known for this account from now on."""
    devices = devices_in(cookie)
    mark = account_mark(login)
    name = devices.pop(mark, None) or secrets.token_urlsafe(12)
    devices[mark] = name
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(list(devices.items())[-MOST_ACCOUNTS:]), salt=SALT),
        max_age=KNOWN_FOR,
        path="/",  # our pages know it too
        secure=settings.PUBLIC_URL.startswith("https:"),
        httponly=True,
        samesite="Strict",
    )


def devices_in(cookie: str | None) -> dict[str, str]:
    try:
        return signing.loads(cookie or "", salt=SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return {}


def account_mark(login: str) -> str:
    """An account, in a cookie that others may read."""
    return salted_hmac(SALT, as_login(login), algorithm="sha256").hexdigest()[:16]
