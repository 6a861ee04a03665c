"""This file holds the index of the app's models; each lives in its room."""

from instauth.addresses.models import AddressChange
from instauth.attempts.models import AttemptCount
from instauth.factors.models import Factor, Guesses, Question, RecoveryCode
from instauth.invitations.models import Invitation
from instauth.oauth.models import AuthorizationCode, Client, ClientAccess, ClientToken, Consent
from instauth.policies.models import Policy
from instauth.proofs.models import Proof
from instauth.providers.models import Departure, FederatedIdentity, IdentityProvider
from instauth.recoveries.models import Recovery
from instauth.sessions.models import RefreshToken, Session
from instauth.signin.models import Challenge
from instauth.signups.models import SignUp
from instauth.support.models import SupportAccess
from instauth.tokens.models import SigningKey

__all__ = [
    "AddressChange", "AttemptCount", "AuthorizationCode", "Challenge", "Client", "ClientAccess", "ClientToken",
    "Consent", "Departure", "Factor", "FederatedIdentity", "Guesses", "IdentityProvider", "Invitation", "Policy",
    "Proof", "Question", "Recovery", "RecoveryCode", "RefreshToken", "Session", "SignUp", "SigningKey",
    "SupportAccess",
]  # fmt: skip
