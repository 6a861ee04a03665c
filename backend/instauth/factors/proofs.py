"""This file holds how a code is judged: whether it is right, for the first time, and not one guess of too many."""

import hashlib
import secrets
from base64 import b32encode
from collections.abc import Mapping
from datetime import timedelta

import pyotp
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.errors import RuleBroken
from core.mail.posting import post
from instauth.attempts.rules import key_of
from instauth.attempts.telling import told
from instauth.factors.models import Factor, Guesses, RecoveryCode
from instauth.factors.queries import RECOVERY, TOTP
from users.models import User

STEPS_OF_DRIFT = 1  # a clock may be half a minute wrong
CODE_BYTES = 15  # 120 bits, which is 24 letters without a rest
WRONG_GUESSES = 10
GUESSES_OPEN_AGAIN = timedelta(hours=1)
MISREAD = str.maketrans({"0": "o", "1": "l", "8": "b", "-": "", " ": ""})


class TooManyGuesses(RuleBroken):
    """Somebody guesses codes: no more are judged for a while, right ones neither."""

    status = 429

    def __init__(self, seconds: int) -> None:
        message = "Too many wrong codes were given for this account. Use a passkey, or try again in an hour."
        super().__init__("too_many_guesses", message)
        self.headers: Mapping[str, str] = {"Retry-After": str(seconds)}


def is_right(user: User, method: str, code: str) -> bool:
    """Whether a code proves who the person is; if so, it is spent. TooManyGuesses after ten wrong ones in an hour.

    A guess is counted before it is judged, and given back if it was right: so of a thousand at once ten are judged.
    The caller commits that count on its own, whatever becomes of what follows.
    """
    admit_guess(user)
    right = spend_recovery_code(user, code) if method == RECOVERY else method == TOTP and spend_totp(user, code)
    if right:
        Guesses.objects.filter(user=user).update(wrong=0)
    elif Guesses.objects.filter(user=user, wrong=WRONG_GUESSES).exists():
        warn(
            user, "Ten wrong codes were given for your second factor within an hour, by somebody who is past the first."
        )
    return right


def admit_guess(user: User) -> None:
    now = timezone.now()
    guesses, _ = Guesses.objects.get_or_create(user=user)
    Guesses.objects.filter(user=user, since__lte=now - GUESSES_OPEN_AGAIN).update(wrong=0, since=now)
    if Guesses.objects.filter(user=user, wrong__lt=WRONG_GUESSES).update(wrong=F("wrong") + 1):
        return
    guesses.refresh_from_db()
    refusal = TooManyGuesses(max(1, int((guesses.since + GUESSES_OPEN_AGAIN - now).total_seconds())))
    raise told(refusal, {key_of("codes", str(user.pk)): "codes"}, user.email)


def spend_totp(user: User, code: str) -> bool:
    return any(spend_step(factor, code) for factor in Factor.objects.ready().filter(user=user, kind=Factor.Kind.TOTP))


def spend_step(factor: Factor, code: str) -> bool:
    """Whether a code is one of now, and newer than every code used before. One statement remembers it."""
    now = timezone.now()
    try:
        step = app_of(factor).verify_and_get_timecode(code, for_time=now.timestamp(), valid_window=STEPS_OF_DRIFT)
    except pyotp.OTPVerificationError:
        return False
    newer = Q(last_step=None) | Q(last_step__lt=step)
    return bool(Factor.objects.filter(newer, pk=factor.pk).update(last_step=step, last_used_at=now))


def app_of(factor: Factor) -> pyotp.TOTP:
    if factor.secret is None:
        raise ValueError("The key of this factor's person was destroyed, or it is no authenticator app.")
    return pyotp.TOTP(factor.secret, name=factor.user.email, issuer=settings.SITE_NAME)


@transaction.atomic
def spend_recovery_code(user: User, code: str) -> bool:
    """Whether a recovery code is one of the person's, unused; they are told that it was used."""
    unused = RecoveryCode.objects.filter(user=user, used_at=None)
    if not unused.filter(digest=digest_of_code(code)).update(used_at=timezone.now()):
        return False
    post("recovery-code-used", user.email, name=user.name, left=unused.count(), link=account_link())
    return True


@transaction.atomic
def warn(user: User, what: str) -> None:
    """Tell the person, at the address that is stored, that somebody else may be at work."""
    post("factor-warning", user.email, name=user.name, what=what, link=account_link())


def new_code() -> str:
    """A recovery code as it is written down: six groups of four letters and digits."""
    letters = b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def digest_of_code(code: str) -> bytes:
    """The digest of a code however it is typed: the digits that a code never holds are letters misread."""
    return hashlib.sha256(code.strip().lower().translate(MISREAD).encode()).digest()


def account_link() -> str:
    return f"{settings.PUBLIC_URL}/account/factors/"
