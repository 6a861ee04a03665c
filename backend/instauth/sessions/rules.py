"""This file holds how a session begins, goes on, and ends.

Signing in has no actor yet, so these are plain functions that write their own audit entries. What a refusal must
leave behind (a failed attempt, a session ended because a token was used twice) is kept on the error as its
`refusal`, which the edge of the system records after the roll-back.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.origin import origin
from core.audit.record import record
from core.errors import NotVisible, RuleBroken
from core.freshness.changes import changed
from core.mail.posting import post
from instauth.policies.rules import asked_of
from instauth.sessions.devices import device_name
from instauth.sessions.models import RefreshToken, Session
from instauth.tokens.refresh import digest_of, new_refresh_token, open_under, seal_under
from instauth.tokens.signing import issue_access_token
from users.accounts.rules import person_key
from users.models import User

LONGEST_DEVICE = 200
# What other rooms end with all sessions of a person, in the same transaction: (person, why).
ended_with_all: list[Callable[[User, str], None]] = []
# How long a spent refresh token is answered with what it was traded for: a tab that raced another, a lost answer.
GRACE = timedelta(seconds=10)
SEEN_EVERY = timedelta(minutes=1)
# RFC 8176: a password; a one-time code, a key, one in hardware or in software, and more than one factor.
BY_PASSWORD = "pwd"  # noqa: S105 (the name of a method)
BY_CODE, BY_KEY, BY_MORE = "otp", "pop", "mfa"
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
    lacks_factor: bool = False  # whether a second factor is needed before anything else is open


@dataclass(frozen=True, slots=True)
class TokenUsedTwice:
    """Someone else holds a copy of this refresh token: the whole session ends, and the person is told once."""

    session: Session

    def record(self) -> None:
        with transaction.atomic():
            if end_session(self.session, because="token_reused"):
                user, link = self.session.user, f"{settings.PUBLIC_URL}/account/devices/"
                post("token-reused", user.email, name=user.name, device=device_name(self.session.device), link=link)


@transaction.atomic(savepoint=False)
def begin_session(user: User, device: str, methods: Collection[str] = (BY_PASSWORD,)) -> Tokens:
    """Open a session for a person who proved who they are. Beyond the allowed number the oldest one ends.

    The account is locked, so that nobody gets in who proved it with what a change has just made worthless.
    """
    now_known = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not now_known.is_active or now_known.password != user.password:
        raise SignInRefused("bad_credentials", "The e-mail address or the password is wrong.")
    now, limits = timezone.now(), asked_of(user)
    for oldest in user.sessions.live().order_by("-id")[settings.SESSIONS_PER_PERSON - 1 :]:
        end_session(oldest, because="too_many")
    session = Session.objects.create(
        user=user,
        methods=sorted(methods),
        proved_at=now,
        strong_at=now if STRONG_METHODS & set(methods) else None,
        idle_until=now + limits.idle,
        absolute_until=now + limits.longest,
        address=origin.get().address,
        device=device[:LONGEST_DEVICE],
    )
    record(Actor(name=user.name, id=user.pk, session=session.pk), "instauth.session.begun", session)
    lacks_factor = session.strong_at is None and limits.needs_second_factor
    return replace(tokens_of(session, add_refresh_token(session)), lacks_factor=lacks_factor)


def renew(refresh_token: str) -> Tokens:
    """Trade a refresh token for new tokens. One statement spends it, so that no two get different ones for it.

    Whoever presents it again at once gets the same successor, as long as nobody used that: so two tabs may race. After
    that it is a copy in the wrong hands.
    """
    now, digest, successor = timezone.now(), digest_of(refresh_token), new_refresh_token()
    fresh = RefreshToken.objects.filter(digest=digest, used_at__isnull=True)
    spent = fresh.update(used_at=now, successor=seal_under(refresh_token, successor))
    link = RefreshToken.objects.select_related("session__user").filter(digest=digest).first()
    refusal = SignInRefused("bad_refresh_token", "This refresh token is not valid. Sign in again.")
    if link is None or not is_live(link.session):
        raise refusal
    if not spent:
        if link.successor is None or link.used_at is None or now - link.used_at > GRACE:
            refusal.refusal = TokenUsedTwice(link.session)
            raise refusal
        return tokens_of(link.session, open_under(refresh_token, bytes(link.successor)))
    session, limits = link.session, asked_of(link.session.user)
    session.last_seen_at, session.idle_until = now, now + limits.idle
    session.absolute_until = min(session.absolute_until, session.created_at + limits.longest)
    session.save(update_fields=["last_seen_at", "idle_until", "absolute_until"])
    session.refresh_tokens.filter(generation=link.generation - 1).update(successor=None)
    keep_refresh_token(session, link.generation + 1, successor)
    return tokens_of(session, successor)


def see(session: UUID, idle: timedelta) -> datetime:
    """Note that a session is in use, at most once in a minute; until when that need not be noted again."""
    now = timezone.now()
    unseen = Session.objects.filter(pk=session, last_seen_at__lte=now - SEEN_EVERY)
    unseen.update(last_seen_at=now, idle_until=now + idle)
    return now + SEEN_EVERY


def step_up(session: Session, method: str) -> None:
    """A person showed a second factor in a session. Every worker knows within a second."""
    session.methods = sorted({*session.methods, method, BY_MORE})
    session.proved_at = session.strong_at = timezone.now()
    session.save(update_fields=["methods", "proved_at", "strong_at"])
    changed(session_key(session.pk))
    actor = Actor(name=session.user.name, id=session.user_id, session=session.pk)
    record(actor, "instauth.session.stepped_up", session, changes={"methods": ["", method]})


def end_session(session: Session, because: str = "signed_out") -> bool:
    """End a session: every worker refuses its access tokens within a second. False, if it had ended."""
    ended = Session.objects.filter(pk=session.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now(), revoked_because=because
    )
    if ended:
        changed(session_key(session.pk))
        actor = Actor(name=session.user.name, id=session.user_id, session=session.pk)
        record(actor, "instauth.session.ended", session, changes={"revoked_because": ["", because]})
    return bool(ended)


def end_sessions(user: User, because: str, but: UUID | None = None) -> int:
    """End every session of a person, but one, in the transaction of whatever asks for it; how many there were."""
    live = user.sessions.live()
    others = live.exclude(pk=but) if but else live
    ended = others.update(revoked_at=timezone.now(), revoked_because=because)
    for end in ended_with_all:
        end(user, because)
    if ended:
        changed(person_key(user.pk))
        actor = Actor(name=user.name, id=user.pk, session=but)
        record(actor, "instauth.sessions.ended", user, changes={"sessions": [ended, 0], "because": ["", because]})
    return ended


def end_own_session(actor: Actor, key: UUID) -> None:
    """End a session of one's own. Somebody else's is not there."""
    session = Session.objects.live().filter(pk=key, user=actor.id).select_related("user").first()
    if session is None:
        raise NotVisible()
    end_session(session, because="revoked")


def end_other_sessions(actor: Actor) -> int:
    """End every session of one's own but this one; how many there were."""
    return end_sessions(User.objects.get(pk=str(actor.id)), because="revoked", but=actor.session)


def is_live(session: Session) -> bool:
    """Whether a session counts: it goes on, and its person may sign in and was not signed out everywhere since."""
    now, out_at = timezone.now(), session.user.signed_out_at
    goes_on = session.revoked_at is None and now < session.idle_until and now < session.absolute_until
    return goes_on and session.user.is_active and (out_at is None or out_at < session.created_at)


def session_key(session: UUID) -> str:
    """What caches of signed-in sessions watch."""
    return f"session:{session}"


def add_refresh_token(session: Session) -> str:
    """The first token of a session's chain."""
    token = new_refresh_token()
    keep_refresh_token(session, 1, token)
    return token


def keep_refresh_token(session: Session, generation: int, token: str) -> None:
    RefreshToken.objects.create(digest=digest_of(token), session=session, generation=generation)


def tokens_of(session: Session, refresh_token: str) -> Tokens:
    return Tokens(session, issue_access_token(session.user_id, session.pk), refresh_token)
