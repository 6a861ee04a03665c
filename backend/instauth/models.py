"""This file holds the index of the app's models; each lives in its room."""

from instauth.attempts.models import AttemptCount
from instauth.providers.models import Departure, FederatedIdentity, IdentityProvider
from instauth.sessions.models import RefreshToken, Session
from instauth.support.models import SupportAccess

__all__ = [
    "AttemptCount",
    "Departure",
    "FederatedIdentity",
    "IdentityProvider",
    "RefreshToken",
    "Session",
    "SupportAccess",
]
