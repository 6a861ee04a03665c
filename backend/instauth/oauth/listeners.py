"""This file holds what clients have to do with sessions: their tokens prove somebody too, and end with all sessions."""

from core.freshness.changes import changed
from instauth.oauth.models import ClientAccess
from instauth.oauth.proving import prove
from instauth.sessions.authentication import provers
from instauth.sessions.rules import ended_with_all
from instauth.tokens.signing import ClientClaims
from users.accounts.rules import person_key
from users.models import User


def end_accesses(user: User, because: str) -> None:
    """A person who signs out everywhere signs out of what clients were given, too."""
    if ClientAccess.objects.filter(user=user).end(because):
        changed(person_key(user.pk))


provers[ClientClaims] = prove
ended_with_all.append(end_accesses)
