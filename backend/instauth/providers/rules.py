"""This file holds how an institution brings its identity provider, and how people sign in by it."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import record
from core.errors import RuleBroken
from core.rules import rule
from core.secrets.sealing import seal, unseal
from instauth.invitations.rules import accept_vouched, open_for
from instauth.policies.domains import as_domains, domain_of
from instauth.providers.exchange import Vouched, departure_url, redeemed
from instauth.providers.models import Departure, FederatedIdentity, IdentityProvider
from instauth.sessions.rules import SignInRefused, Tokens
from instauth.signin.rules import Asked, proceed
from instauth.tokens.refresh import digest_of
from users.accounts.addresses import as_login
from users.models import Grant, User

BY_PROVIDER = "fed"
STRONG_THERE = {"mfa", "otp", "hwk", "swk", "sc"}
MINUTES_AWAY = 10
SEALED = "instauth_departure.sealed"


@rule("instauth.provider.proposed", needs="instauth.change_provider", step_up=True)
def propose_provider(actor: Actor, *, client_secret: str | None = None, **fields: Any) -> IdentityProvider:
    """Bring an identity provider. Nobody signs in by it before the nation has approved it."""
    provider = IdentityProvider(institution_id=actor.at_home(), client_secret=client_secret or None, **tidy(fields))
    return provider.save_checked()


@rule("instauth.provider.changed", needs="instauth.change_provider", step_up=True)
def change_provider(actor: Actor, provider: IdentityProvider, **fields: Any) -> IdentityProvider:
    """Change a provider. What decides whom it vouches for needs the approval anew."""
    fields = tidy(fields)
    deciding = {"issuer", "client_id", "email_domains", "trusts_factors"}
    if any(name in deciding and getattr(provider, name) != value for name, value in fields.items()):
        fields["status"] = IdentityProvider.Status.PROPOSED
    return provider.change(**fields)


@rule("instauth.provider.approved", needs="instauth.approve_provider", step_up=True)
def approve_provider(actor: Actor, provider: IdentityProvider) -> IdentityProvider:
    """Let people sign in by a provider."""
    return provider.change(status=IdentityProvider.Status.ACTIVE, approved_at=timezone.now())


@rule("instauth.provider.suspended", needs="instauth.change_provider")
def suspend_provider(actor: Actor, provider: IdentityProvider) -> IdentityProvider:
    """Let nobody sign in by a provider any more. Who did so before stays signed in."""
    if provider.status != IdentityProvider.Status.ACTIVE:
        raise RuleBroken("not_active", "Nobody signs in by this provider just now.")
    return provider.change(status=IdentityProvider.Status.SUSPENDED)


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    if "email_domains" in fields:
        fields["email_domains"] = as_domains(fields["email_domains"])
    return fields


@dataclass(frozen=True, slots=True)
class SentAway:
    """Where a person is sent, and what their browser keeps so that nobody else returns in their place."""

    url: str
    binding: str


def depart(provider: UUID) -> SentAway:
    """Send a person to a provider. Their return must come within ten minutes, from the same browser, and once."""
    found = IdentityProvider.objects.offered().filter(pk=provider).first()
    if found is None:
        raise RuleBroken("no_such_provider", "Nobody signs in by this provider.", field="provider")
    state, binding, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
    url = departure_url(found, state, nonce, verifier)
    now = timezone.now()
    with transaction.atomic():
        Departure.objects.create(
            state_digest=digest_of(state),
            binding_digest=digest_of(binding),
            provider=found,
            sealed=seal(orjson.dumps([nonce, verifier]), SEALED, found.pk, None),
            expires_at=now + timedelta(minutes=MINUTES_AWAY),
        )
    return SentAway(url, binding)


def come_back(state: str, code: str, binding: str, issuer: str = "", device: str = "") -> Tokens | Asked:
    """Sign in a person whom a provider vouches for.

    The first time, a verified address of the provider's domains links to the account of that address, which holds a
    grant at the provider's institution or was invited there. Nobody else gets an account by this, or somebody else's.
    Whoever has a second factor is asked for it, unless the provider asked for one and the nation trusts it in that.
    """
    departure = returned(state, binding)
    provider = departure.provider
    if issuer and issuer != provider.issuer:  # RFC 9207: an answer of one provider sent in the name of another
        raise refused(provider, "another_issuer")
    nonce, verifier = orjson.loads(unseal(bytes(departure.sealed), SEALED, provider.pk, None))
    vouched = redeemed(provider, code, nonce, verifier)
    with transaction.atomic():
        user = known(provider, vouched) or linked(provider, vouched)
        if not user.is_active:
            raise refused(provider, "shut", user)
        return proceed(user, device, methods_of(provider, vouched.methods))


def returned(state: str, binding: str) -> Departure:
    """The departure, spent: a second return with it finds none."""
    with transaction.atomic():
        found = Departure.objects.select_related("provider__institution").filter(
            state_digest=digest_of(state), binding_digest=digest_of(binding), expires_at__gt=timezone.now()
        )
        departure = found.select_for_update(of=("self",)).first()
        offered = departure and IdentityProvider.objects.offered().filter(pk=departure.provider_id).exists()
        if departure is None or not offered:
            raise refused(None, "no_departure")
        Departure.objects.filter(pk=departure.pk).delete()
    return departure


def known(provider: IdentityProvider, vouched: Vouched) -> User | None:
    return User.objects.filter(
        federated_identities__provider=provider, federated_identities__subject=vouched.subject
    ).first()


def linked(provider: IdentityProvider, vouched: Vouched) -> User:
    """The invited account of a verified address; linked from now on."""
    email = as_login(vouched.email)
    if not vouched.email_verified or domain_of(email) not in provider.email_domains:
        raise refused(provider, "address_not_verified")
    user = User.objects.filter(email=email).first()
    here = Grant.objects.in_force().filter(user=user, institution=provider.institution_id) if user else None
    if user is None or here is None or not here.exists():
        invitation = open_for(email, provider.institution_id)
        if invitation is None or (user and not user.is_active):
            raise refused(provider, "not_invited", user)
        try:
            user = accept_vouched(invitation, user)
        except RuleBroken as lapsed:
            raise refused(provider, "invitation_lapsed", user) from lapsed
    if FederatedIdentity.objects.filter(provider=provider, user=user).exists():
        raise refused(provider, "linked_to_another", user)
    identity = FederatedIdentity(provider=provider, subject=vouched.subject, user=user).save_checked()
    record(Actor(name=user.name, id=user.pk), "instauth.identity.linked", identity)
    return user


def methods_of(provider: IdentityProvider, there: Iterable[str]) -> set[str]:
    """How the person proved who they are; a second factor there counts only where the nation approved that."""
    return {BY_PROVIDER, "mfa"} if provider.trusts_factors and STRONG_THERE & set(there) else {BY_PROVIDER}


@dataclass(frozen=True, slots=True)
class FailedReturn:
    """What a refused return leaves behind."""

    provider: IdentityProvider | None
    user: User | None
    code: str

    def record(self) -> None:
        actor = Actor(name=self.user.name if self.user else "unknown", id=self.user.pk if self.user else None)
        decision = AuditEntry.Decision.REFUSED
        record(actor, "instauth.session.begun", self.provider, decision=decision, code=self.code)


def refused(provider: IdentityProvider | None, code: str, user: User | None = None) -> SignInRefused:
    """One answer for all of it: who is not invited learns no more than who is at the wrong address."""
    refusal = SignInRefused(
        "provider_refused", "This sign-in can't be completed. Ask your institution whether you are invited here."
    )
    refusal.refusal = FailedReturn(provider, user, code)
    return refusal
