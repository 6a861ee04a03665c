"""This file holds how a request proves who makes it: a bearer token, verified once and then remembered.

What is remembered goes as soon as the session, the person, a role or the tree changes: `core.freshness` tells every
process within half a second. A process that can't learn of changes trusts nothing that it remembers.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from threading import Lock
from time import time
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from core.actor import Actor
from core.freshness.watch import watch
from core.rules import Refusal
from faculties.institutions.days import day_ends
from instauth.permissions import SUPPORT
from instauth.policies.rules import asked_of
from instauth.sessions.models import Session
from instauth.sessions.queries import lacks_factor
from instauth.sessions.rules import is_live, see, session_key
from instauth.tokens.cookies import CrossOrigin, access_name, refuse_cross_origin
from instauth.tokens.keys import KEYS_CHANGED
from instauth.tokens.signing import LONGEST_TOKEN, Claims, TokenRefused, read_access_token
from users.accounts.rules import person_key
from users.roles.actors import actor_of
from users.roles.limits import Limits

REMEMBERED_TOKENS = 20_000
FOR_ALL = {"roles", "tree", KEYS_CHANGED}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever made a request, proved: the actor, the session, and until when this may be believed.

    Until `seen_until` it need not be noted again that the session is in use; unused for `idle` it ends.
    """

    actor: Actor
    person: UUID
    session: UUID
    believed_until: float
    idle: timedelta
    seen_until: float
    staff: UUID | None = None

    is_authenticated = True

    @property
    def pk(self) -> UUID:
        return self.person

    @property
    def watched(self) -> set[str]:
        """The changes after which this may be believed no longer."""
        keys = {session_key(self.session), person_key(self.person)}
        return keys | {person_key(self.staff)} if self.staff else keys


class Proved(Protocol):
    """Whoever made a request, proved by whatever token: who acts, and until when and which change this is believed."""

    @property
    def actor(self) -> Actor: ...
    @property
    def believed_until(self) -> float: ...
    @property
    def watched(self) -> set[str]: ...


# How other rooms prove whoever shows a token with claims of theirs.
provers: dict[type, Callable[[Any], Proved]] = {}


class Remembered:
    """The tokens this process verified, by digest; the longest unused go first."""

    def __init__(self) -> None:
        self.lock, self.by_token = Lock(), OrderedDict[bytes, Proved]()

    def get(self, digest: bytes) -> Proved | None:
        with self.lock:
            found = self.by_token.get(digest)
            if found is not None:
                self.by_token.move_to_end(digest)
            return found

    def put(self, digest: bytes, signed_in: Proved) -> None:
        with self.lock:
            self.by_token[digest] = signed_in
            if len(self.by_token) > REMEMBERED_TOKENS:
                self.by_token.popitem(last=False)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop whatever one of these changes touches."""
        changed = set(keys)
        with self.lock:
            if changed & FOR_ALL:
                self.by_token.clear()
                return
            for digest, known in list(self.by_token.items()):
                if changed & known.watched:
                    del self.by_token[digest]

    def clear(self) -> None:
        with self.lock:
            self.by_token.clear()


remembered = Remembered()
watch.on_change(remembered.forget, remembered.clear)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`, or, without that header, the same token in a browser's cookie."""

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="tesc"'

    def authenticate(self, request: HttpRequest) -> tuple[Proved, str | None] | None:
        """Who asks, and the moment up to which changes of what they may do are known (`core.freshness`)."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return self.by_cookie(request)
        scheme, _, token = header.partition(" ")
        return self.believe(token) if scheme.lower() == "bearer" else None

    def by_cookie(self, request: HttpRequest) -> tuple[Proved, str | None] | None:
        token = request.COOKIES.get(access_name())
        if not token:
            return None
        known, moment = self.believe(token)
        try:
            refuse_cross_origin(request)
        except CrossOrigin as crossed:
            crossed.refusal = Refusal(known.actor, "instauth.cookie.used", None, crossed.code)
            raise
        return known, moment

    def believe(self, token: str) -> tuple[Proved, str | None]:
        """Who holds the token: as remembered, or proved now; and as of when."""
        if len(token) > LONGEST_TOKEN:
            raise AuthenticationFailed("The access token is not valid.", code="invalid_token")
        moment = watch.refresh()
        digest = hashlib.sha256(token.encode()).digest()
        known = remembered.get(digest)
        now = time()
        if known is None or known.believed_until <= now:
            known = self.prove(token)
        elif isinstance(known, SignedIn) and known.seen_until <= now:
            known = seen(known)
        else:
            return known, moment
        watch.keep(moment, partial(remembered.put, digest, known))
        return known, moment

    def prove(self, token: str) -> Proved:
        """Verify the signature, then ask the database for the session, the account and its grants."""
        try:
            claims = read_access_token(token)
        except TokenRefused as refused:
            raise AuthenticationFailed(str(refused), code="invalid_token") from refused
        if not isinstance(claims, Claims):
            return provers[type(claims)](claims)
        session = (
            Session.objects.select_related("user", "support__staff").filter(pk=claims.session, user=claims.user).first()
        )
        if session is None or not is_live(session):
            raise AuthenticationFailed("This session has ended. Sign in again.", code="session_ended")
        return signed_in_by(session, claims.expires_at)


def signed_in_by(session: Session, until: float = math.inf) -> SignedIn:
    """Whoever is signed in by a live session, with what they may do now."""
    support = getattr(session, "support", None)
    own = actor_of(session.user, session.pk)
    limits = asked_of(session.user, own)
    actor = actor_behind(support) if support else proved(own, session, limits)
    staff = support and support.staff_id
    # Grants end with a day where they hold: nothing is believed past the end of one.
    believed_until = min(until, session.idle_until.timestamp(), day_ends(None, *own.institutions))
    return seen(SignedIn(actor, session.user_id, session.pk, believed_until, limits.idle, 0, staff))


def seen(signed_in: SignedIn) -> SignedIn:
    return replace(signed_in, seen_until=see(signed_in.session, signed_in.idle).timestamp())


def proved(actor: Actor, session: Session, limits: Limits) -> Actor:
    """The actor with what the session knows of their second factor."""
    strong_at = session.strong_at.timestamp() if session.strong_at else None
    return replace(actor, strong_at=strong_at, lacks_factor=lacks_factor(session, limits))


def actor_behind(support: Any) -> Actor:
    """The person at the one institution where staff supports them, as long as that staff still may."""
    staff = actor_of(support.staff).within(support.institution_id)
    if not support.staff.is_active or not staff.may(SUPPORT):
        raise AuthenticationFailed("This support access has ended.", code="session_ended")
    person = actor_of(support.session.user, support.session_id).within(support.institution_id)
    return replace(person, name=f"{staff.name} for {person.name}", behind=support.staff_id)
