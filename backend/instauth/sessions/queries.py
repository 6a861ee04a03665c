"""This file holds what is asked about sessions: where a person is signed in, and whether a factor is missing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.actor import Actor
from instauth.policies.rules import asked_of
from instauth.sessions.devices import device_name
from instauth.sessions.models import Session
from users.roles.limits import Limits


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its person sees it: in plain words."""

    id: UUID
    device: str
    address: str | None
    methods: list[str]
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    is_current: bool


def devices_of(actor: Actor) -> list[Device]:
    """Where a person is signed in, the latest first."""
    return [
        Device(
            id=session.pk,
            device=device_name(session.device),
            address=session.address,
            methods=session.methods,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            ends_at=min(session.idle_until, session.absolute_until),
            is_current=session.pk == actor.session,
        )
        for session in Session.objects.live().filter(user=actor.id).order_by("-id")
    ]


def lacks_factor(session: Session, limits: Limits | None = None) -> bool:
    """Whether a second factor is asked of the person, and this session was never given one. `limits` are what is asked
    of the person, where it is known.

    It is worked out and not kept: whoever is made registrar in the midst of a session is asked from then on.
    """
    return session.strong_at is None and (limits or asked_of(session.user)).needs_second_factor
