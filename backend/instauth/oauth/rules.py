"""This file holds what may happen to clients, and to what people let them do."""

import hashlib
import secrets
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.errors import NotVisible, RuleBroken
from core.freshness.changes import changed
from core.rules import rule
from instauth.oauth.models import Client, ClientAccess, Consent
from instauth.oauth.scopes import OF_IDENTITY, all_scopes, codes_of
from instauth.sessions.models import Session
from instauth.sessions.rules import is_live as session_is_live
from users.models import User

CHANGE, APPROVE = "instauth.change_client", "instauth.approve_client"
Status, Kind = Client.Status, Client.Kind


# --- Clients ---
@rule("instauth.client.registered", needs=CHANGE, step_up=True)
def register_client(actor: Actor, *, kind: str, **fields: Any) -> Client:
    """Register a program of a third party. It does nothing before the nation has approved it.

    What a system would do at an institution on its own, whoever registers it may do there themselves.
    """
    is_of_nation = actor.reach(CHANGE).nation and kind != Kind.SYSTEM
    client = Client(institution_id=None if is_of_nation else actor.at_home(), kind=kind, **tidy(fields))
    check_scopes(actor, client)
    if kind != Kind.PUBLIC:
        renew_secret(client)
    return client.save_checked()


@rule("instauth.client.changed", needs=CHANGE, step_up=True)
def change_client(actor: Actor, client: Client, **fields: Any) -> Client:
    """Change a client. Where it sends people, and what it may ask for, needs the approval anew."""
    fields = tidy(fields)
    if any(getattr(client, name) != fields.get(name, getattr(client, name)) for name in ("redirect_uris", "scopes")):
        fields["status"] = Status.PROPOSED
    client.change(**fields)
    check_scopes(actor, client)
    changed(client_key(client.pk))
    return client


@rule("instauth.client.approved", needs=APPROVE, step_up=True)
def approve_client(actor: Actor, client: Client) -> Client:
    """Let a client ask people, or act as a system."""
    changed(client_key(client.pk))
    return client.change(status=Status.ACTIVE, approved_at=timezone.now())


@rule("instauth.client.suspended", needs=CHANGE)
def suspend_client(actor: Actor, client: Client) -> Client:
    """End all that a client was given, at once; it gets no more before it is approved anew."""
    if client.status != Status.ACTIVE:
        raise RuleBroken("not_active", "This client can do nothing just now.")
    ClientAccess.objects.filter(client=client).end("client_suspended")
    changed(client_key(client.pk))
    return client.change(status=Status.SUSPENDED)


@rule("instauth.client.secret_replaced", needs=CHANGE, step_up=True)
def replace_secret(actor: Actor, client: Client) -> Client:
    """Give a client a new secret, shown once; the old one is refused at once."""
    if client.kind == Kind.PUBLIC:
        raise RuleBroken("no_secret", "A public client has no secret.")
    renew_secret(client)
    return client.change()


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Lists without repetition, in one order."""
    return {
        name: sorted(set(value)) if name in ("redirect_uris", "scopes") else value for name, value in fields.items()
    }


def check_scopes(actor: Actor, client: Client) -> None:
    if unknown := set(client.scopes) - set(all_scopes()):
        raise RuleBroken("unknown_scope", f"There is no scope {', '.join(sorted(unknown))}.", field="scopes")
    if client.kind != Kind.SYSTEM:
        return
    if of_people := set(client.scopes) & set(OF_IDENTITY):
        message = f"A system is no person: it can't ask for {', '.join(sorted(of_people))}."
        raise RuleBroken("scope_of_a_person", message, field="scopes")
    lacking = [code for code in codes_of(client.scopes) if not reaches_all(actor, code, client.institution_id)]
    if lacking:
        message = f"You don't hold this yourself at this institution: {', '.join(sorted(lacking)[:5])}."
        raise RuleBroken("lacks_permission", message, field="scopes")


def reaches_all(actor: Actor, code: str, institution: UUID | None) -> bool:
    reach = actor.reach(code)
    return reach.nation or institution in reach.institutions


def renew_secret(client: Client) -> None:
    client.secret = secrets.token_urlsafe(32)
    client.secret_digest = secret_digest(client.secret)


def secret_digest(secret: str) -> str:
    """What is kept of a secret: it has 256 bits of chance, so one round of SHA-256 hides it."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- What people let them do ---
def consent_in_force(user: User, client: Client, scopes: Collection[str]) -> Consent | None:
    """The person's word for all of these scopes, if they gave it."""
    return Consent.objects.filter(
        user=user, client=client, revoked_at__isnull=True, scopes__contains=list(scopes)
    ).first()


@transaction.atomic
def give_consent(session: Session, client: Client, scopes: Collection[str]) -> Consent:
    """Let a client do some things in one's name, besides those it already may."""
    user = User.objects.select_for_update(no_key=True).get(pk=session.user_id)
    consent = Consent.objects.filter(user=user, client=client, revoked_at__isnull=True).first()
    before = consent.scopes if consent else []
    consent = consent or Consent(user=user, client=client)
    consent.change(scopes=sorted({*before, *scopes}))
    record(
        actor_in(session), "instauth.consent.given", consent,
        changes={"client": ["", client.client_id], "scopes": [before, consent.scopes]},
    )  # fmt: skip
    return consent


def revoke_consent(actor: Actor, key: UUID) -> None:
    """Take one's own word back; all that the client was given ends at once."""
    consent = Consent.objects.select_for_update().filter(pk=key, user=actor.id, revoked_at__isnull=True).first()
    if consent is None:
        raise NotVisible()
    for access in consent.accesses.filter(ended_at__isnull=True):
        end_access(access, because="consent_revoked", actor=actor)
    consent.change(revoked_at=timezone.now())
    record(actor, "instauth.consent.revoked", consent, changes={"client": [str(consent.client_id), ""]})


def end_access(access: ClientAccess, because: str, actor: Actor | None = None) -> bool:
    """End what a client was given at one time: every worker refuses its tokens within a second."""
    ended = ClientAccess.objects.filter(pk=access.pk).end(because)
    if ended:
        changed(access_key(access.pk))
        told = {"ended_because": ["", because]}
        record(actor or actor_of_client(access.client), "instauth.client_access.ended", access, changes=told)
    return bool(ended)


def is_live(access: ClientAccess) -> bool:
    """Whether an access counts: nobody ended it, nor what it rests on."""
    if access.ended_at or timezone.now() >= access.ends_at or not access.client.is_live:
        return False
    return access.user is None or stands(access)


def stands(access: ClientAccess) -> bool:
    """Whether the person still lets the client in. Without `offline_access` it leaves together with them."""
    user: Any = access.user
    out_at = user.signed_out_at
    if not user.is_active or (out_at and out_at >= access.created_at) or getattr(access.consent, "revoked_at", None):
        return False
    return "offline_access" in access.scopes or (access.session is not None and session_is_live(access.session))


def actor_in(session: Session) -> Actor:
    return Actor(name=session.user.name, id=session.user_id, session=session.pk)


def actor_of_client(client: Client) -> Actor:
    return Actor(name=client.name, client=client.pk)


def client_key(client: UUID) -> str:
    """What caches of tokens of clients watch."""
    return f"client:{client}"


def access_key(access: UUID) -> str:
    """What caches of tokens of one access watch."""
    return f"access:{access}"
