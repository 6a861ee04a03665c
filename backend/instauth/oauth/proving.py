"""This file holds how the token of a client proves who acts: for whom, and how far."""

from dataclasses import dataclass, replace
from uuid import UUID

from rest_framework.exceptions import AuthenticationFailed

from core.actor import Actor
from faculties.institutions.days import day_ends
from instauth.oauth.models import ClientAccess
from instauth.oauth.rules import access_key, client_key, is_live
from instauth.oauth.scopes import codes_of, narrowed, system_actor
from instauth.sessions.rules import session_key
from instauth.tokens.signing import ClientClaims
from users.accounts.rules import person_key
from users.roles.actors import actor_of
from users.roles.limits import limits_for

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ClientSignedIn:
    """A client that made a request, proved: what it may, by which scopes, and until when this may be believed."""

    actor: Actor
    access: ClientAccess
    scopes: frozenset[str]
    believed_until: float

    is_authenticated = True

    @property
    def pk(self) -> UUID:
        return self.access.user_id or self.access.client_id

    @property
    def watched(self) -> set[str]:
        """The changes after which this may be believed no longer."""
        keys = {client_key(self.access.client_id), access_key(self.access.pk)}
        if self.access.user_id:
            keys.add(person_key(self.access.user_id))
        if self.access.session_id:
            keys.add(session_key(self.access.session_id))
        return keys


def prove(claims: ClientClaims) -> ClientSignedIn:
    """Ask the database for the access, the client, and the rights of the person, which end with a day there."""
    access = find_access(claims.access)
    if access is None or not is_live(access):
        raise AuthenticationFailed("This access has ended. Ask the person again.", code="session_ended")
    scopes = claims.scopes & frozenset(access.scopes) & frozenset(access.client.scopes)
    actor = actor_through(access, scopes)
    believed_until = min(claims.expires_at, access.ends_at.timestamp(), day_ends(None, *actor.institutions))
    return ClientSignedIn(actor, access, scopes, believed_until)


def find_access(key: UUID) -> ClientAccess | None:
    related = ("client__institution", "user", "session__user", "consent")
    return ClientAccess.objects.select_related(*related).filter(pk=key).first()


def actor_through(access: ClientAccess, scopes: frozenset[str]) -> Actor:
    """effective = what the person may AND what the scopes stand for AND where the client is of."""
    client, codes = access.client, codes_of(scopes)
    if access.user:
        person = actor_of(access.user)
        lacks_factor = limits_for(person, is_demo=access.user.is_demo).needs_second_factor and not access.is_strong
        name = f"{person.name} through {client.name}"[:LONGEST_NAME]
        narrow = narrowed(person, codes, client.institution_id)
        return replace(narrow, name=name, client=client.pk, lacks_factor=lacks_factor)
    return replace(system_actor(client.name, codes, client.institution_id), client=client.pk)
