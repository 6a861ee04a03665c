"""This file holds what tests of second factors begin with: people who have one, and what their apps show."""

from typing import Any

import pyotp
from django.utils import timezone
from rest_framework.test import APIClient

from core.freshness.watch import watch
from instauth.factors.models import Factor, RecoveryCode
from instauth.factors.proofs import digest_of_code, new_code
from users.models import User

PASSWORD = "correct horse battery staple"
AUTH = "/api/v1/auth/"
SIGN_IN, SECOND, REFRESH, ME = (f"{AUTH}{name}/" for name in ("sign-in", "sign-in/second", "refresh", "me"))
FACTORS = f"{AUTH}factors/"


def make_app(user: User, name: str = "Phone", **fields: Any) -> Factor:
    """An authenticator app that its person confirmed."""
    fields = {"confirmed_at": timezone.now(), "secret": pyotp.random_base32(), **fields}
    return Factor(user=user, kind=Factor.Kind.TOTP, name=name, **fields).save_checked()


def make_code(user: User) -> str:
    """An unused recovery code of a person."""
    code = new_code()
    RecoveryCode(user=user, digest=digest_of_code(code)).save_checked()
    return code


def shown_by(secret: str, steps: int = 0) -> str:
    """What an app shows now, or some steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=steps)


def wrong_for(secret: str) -> str:
    """Six digits that the app shows neither now nor in the steps beside."""
    right = {shown_by(secret, steps) for steps in (-2, -1, 0, 1, 2)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in right)


def sign_in(email: str, password: str = PASSWORD, **headers: str) -> Any:
    return APIClient(headers=headers).post(SIGN_IN, {"email": email, "password": password})


def challenged(email: str, **headers: str) -> str:
    return sign_in(email, **headers).json()["data"]["challenge"]["token"]


def second(challenge: str, code: str, method: str = "totp", **headers: str) -> Any:
    return APIClient(headers=headers).post(SECOND, {"challenge": challenge, "method": method, "code": code})


def bearer(answer: Any) -> APIClient:
    """A client with the tokens of an answer."""
    return APIClient(headers={"Authorization": f"Bearer {answer.json()['data']['access_token']}"})


def code_of(answer: Any) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["errors"][0]["code"]


def look_again() -> None:
    """As if half a second had passed: the process asks what changed."""
    watch.looked_at = float("-inf")
