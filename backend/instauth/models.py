"""This file holds the index of the app's models; each lives in its room."""

from instauth.factors.models import Factor, Guesses, RecoveryCode
from instauth.providers.models import Departure, FederatedIdentity, IdentityProvider
from instauth.sessions.models import RefreshToken, Session
from instauth.signin.models import Challenge
from instauth.support.models import SupportAccess

__all__ = [
    "Challenge", "Departure", "Factor", "FederatedIdentity", "Guesses", "IdentityProvider", "RecoveryCode",
    "RefreshToken", "Session", "SupportAccess",
]  # fmt: skip
