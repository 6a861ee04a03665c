"""This file holds how a session begins, goes on, and ends.

Signing in has no actor yet, so these are plain functions that write their own audit entries. What a refusal must
leave behind (a failed attempt, a session ended because a token was used twice) is kept on the error as its
`refusal`, which the edge of the system records after the roll-back.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.origin import origin
from core.audit.record import record
from core.errors import RuleBroken
from core.freshness.changes import changed
from instauth.attempts.rules import admit
from instauth.sessions.models import RefreshToken, Session
from instauth.tokens.signing import issue_access_token
from users.accounts.addresses import as_login
from users.models import User

LONGEST_DEVICE = 200
# RFC 8176: a password; a one-time code, a key in hardware or in software, and more than one factor.
BY_PASSWORD = "pwd"  # noqa: S105 (the name of a method)
STRONG_METHODS = {"otp", "hwk", "swk", "mfa"}


class SignInRefused(RuleBroken):
    """One answer for an unknown address, a wrong password, a shut account and a spent token."""

    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="tesc"'}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a device holds: an access token for requests, and a refresh token good for exactly one renewal."""

    session: Session
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class FailedSignIn:
    """What a failed attempt leaves behind: the account if there is one, never what was typed."""

    user: User | None

    def record(self) -> None:
        actor = Actor(name=self.user.name if self.user else "unknown", id=self.user.pk if self.user else None)
        record(actor, "instauth.session.begun", self.user, decision=AuditEntry.Decision.REFUSED, code="bad_credentials")


@dataclass(frozen=True, slots=True)
class TokenUsedTwice:
    """Someone else holds a copy of this refresh token: the whole session ends."""

    session: Session

    def record(self) -> None:
        with transaction.atomic():
            end_session(self.session, because="token_reused")


def sign_in(email: str, password: str, device: str = "", known_device: str | None = None) -> Tokens:
    """Begin a session. Known and unknown addresses cost the same: a password is hashed either way.

    It opens its own transaction after the hash, so that none is held meanwhile.
    """
    with admit(email, origin.get().address, known_device) as attempt:
        user = User.objects.filter(email=as_login(email)).first()
        if user is None:
            make_password(password)
        elif check_password(password, user.password, setter=rehash(user)) and user.is_active:
            attempt.succeeded(user)
            with transaction.atomic():
                return begin_session(user, device)
        attempt.failed(user)
    refusal = SignInRefused("bad_credentials", "The e-mail address or the password is wrong.")
    refusal.refusal = FailedSignIn(user)
    raise refusal


def rehash(user: User) -> Callable[[str], None]:
    """Store the password again when the hash parameters moved on."""

    def store(password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])

    return store


def begin_session(user: User, device: str, methods: Collection[str] = (BY_PASSWORD,)) -> Tokens:
    """Open a session for a person who proved who they are. Beyond the allowed number the oldest one ends."""
    now = timezone.now()
    live = user.sessions.filter(revoked_at__isnull=True).order_by("-id")
    for oldest in live[settings.SESSIONS_PER_PERSON - 1 :]:
        end_session(oldest, because="too_many")
    session = Session.objects.create(
        user=user,
        methods=sorted(methods),
        proved_at=now,
        strong_at=now if STRONG_METHODS & set(methods) else None,
        idle_until=now + timedelta(hours=settings.SESSION_IDLE_HOURS),
        absolute_until=now + timedelta(hours=settings.SESSION_LONGEST_HOURS),
        address=origin.get().address,
        device=device[:LONGEST_DEVICE],
    )
    record(Actor(name=user.name, id=user.pk, session=session.pk), "instauth.session.begun", session)
    return Tokens(session, issue_access_token(user.pk, session.pk), add_refresh_token(session, 1))


def renew(refresh_token: str) -> Tokens:
    """Trade a refresh token for new tokens. One statement spends it, so of two at once exactly one succeeds."""
    now, digest = timezone.now(), digest_of(refresh_token)
    spent = RefreshToken.objects.filter(digest=digest, used_at__isnull=True).update(used_at=now)
    link = RefreshToken.objects.select_related("session__user").filter(digest=digest).first()
    refusal = SignInRefused("bad_refresh_token", "This refresh token is not valid. Sign in again.")
    if link is None:
        raise refusal
    session = link.session
    if not spent and session.revoked_at is None:
        refusal.refusal = TokenUsedTwice(session)
    if not spent or not is_live(session) or not session.user.is_active:
        raise refusal
    session.last_seen_at = now
    session.idle_until = now + timedelta(hours=settings.SESSION_IDLE_HOURS)
    session.save(update_fields=["last_seen_at", "idle_until"])
    return Tokens(
        session, issue_access_token(session.user_id, session.pk), add_refresh_token(session, link.generation + 1)
    )


def step_up(session: Session, method: str) -> None:
    """A person showed a second factor in a session. Every worker knows within a second."""
    session.methods = sorted({*session.methods, method})
    session.proved_at = session.strong_at = timezone.now()
    session.save(update_fields=["methods", "proved_at", "strong_at"])
    changed(session_key(session.pk))
    actor = Actor(name=session.user.name, id=session.user_id, session=session.pk)
    record(actor, "instauth.session.stepped_up", session, changes={"methods": ["", method]})


def end_session(session: Session, because: str = "signed_out") -> None:
    """End a session. Every worker refuses its access tokens within a second."""
    ended = Session.objects.filter(pk=session.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now(), revoked_because=because
    )
    if ended:
        changed(session_key(session.pk))
        actor = Actor(name=session.user.name, id=session.user_id, session=session.pk)
        record(actor, "instauth.session.ended", session, changes={"revoked_because": ["", because]})


def is_live(session: Session) -> bool:
    now = timezone.now()
    return session.revoked_at is None and now < session.idle_until and now < session.absolute_until


def session_key(session: UUID) -> str:
    """What caches of signed-in sessions watch."""
    return f"session:{session}"


def add_refresh_token(session: Session, generation: int) -> str:
    token = secrets.token_urlsafe(32)
    RefreshToken.objects.create(digest=digest_of(token), session=session, generation=generation)
    return token


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
