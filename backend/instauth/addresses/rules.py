"""This file holds how a person gets another e-mail address: by answering a letter to the old one and one to the new.

Whoever holds only the session, or only one of the mailboxes, changes nothing. Whether the new address belongs to
somebody else is told to nobody but its owner.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.actor import Actor
from core.audit.origin import origin
from core.audit.record import record
from core.errors import RuleBroken
from core.mail.posting import post
from core.rules import database_refusals_named
from instauth.addresses.models import AddressChange
from instauth.attempts.rules import admit
from instauth.credentials.rules import refuse_unproved
from instauth.policies.rules import refuse_address
from instauth.proofs.models import Proof
from instauth.proofs.rules import ProofRefused, issue, spend, subject_of, withdraw
from instauth.sessions.rules import end_sessions
from users.accounts.addresses import as_login, shape_of
from users.models import User

LASTS = timedelta(hours=24)
OLD, NEW = Proof.Purpose.OLD_ADDRESS, Proof.Purpose.NEW_ADDRESS


def ask_for_change(actor: Actor, email: str) -> AddressChange:
    """Ask for another address. It takes the place of an earlier wish. Letters to both are good for a day."""
    user = User.objects.get(pk=str(actor.id))
    refuse_unproved(actor, user)
    if as_login(email) == user.email:
        raise RuleBroken("same_address", "This is your address already.", field="email")
    for institution in [*actor.institutions, None]:
        refuse_address(institution, email)
    with admit(user.email, origin.get().address, purpose="address") as attempt, transaction.atomic():
        attempt.failed(user)  # every letter counts
        give_up(user)
        change = AddressChange(
            user=user, session_id=actor.session, email=email, expires_at=timezone.now() + LASTS
        ).save_checked()
        record(actor, "instauth.address_change.asked", change)
        send_letters(user, change)
    return change


def send_letters(user: User, change: AddressChange) -> None:
    """One to each address; to a new one that is somebody's already, one that lets nobody in."""
    page, hours = f"{settings.PUBLIC_URL}/account/address/", LASTS // timedelta(hours=1)
    link = f"{page}?token={issue(OLD, change.pk, LASTS)}"
    post("address-old", user.email, name=user.name, email=change.email, hours=hours, link=link)
    if is_taken(change.email):
        post("address-taken", change.email)
    else:
        post(
            "address-new",
            change.email,
            name=user.name,
            hours=hours,
            link=f"{page}?token={issue(NEW, change.pk, LASTS)}",
        )


def is_taken(email: str) -> bool:
    """Whether an account has this address, or one that looks the same."""
    return User.objects.filter(email_shape=shape_of(email)).exists()


def confirm(token: str) -> bool:
    """Prove one address by the token of its letter. After the second one the change is done, and True is answered."""
    purpose = purpose_of(token)
    with transaction.atomic():
        change = AddressChange.objects.select_for_update().filter(pk=subject_of(purpose, token)).first()
        if change is None:
            raise ProofRefused()
        spend(purpose, token)
        proved, other = ("old_proved_at", "new_proved_at") if purpose == OLD else ("new_proved_at", "old_proved_at")
        user = User.objects.select_for_update().get(pk=change.user_id)
        if not user.is_active:
            raise ProofRefused()
        if getattr(change, other) is None:
            change.change(**{proved: timezone.now()})
            return False
        complete(user, change)
        return True


def purpose_of(token: str) -> Proof.Purpose:
    """To which of the two addresses a token was sent."""
    try:
        subject_of(OLD, token)
    except ProofRefused:
        return NEW
    return OLD


def complete(user: User, change: AddressChange) -> None:
    """Change the address; every session but the one that asked ends, and both addresses are told."""
    old, session = user.email, change.session_id
    if is_taken(change.email):  # since the letters were sent
        raise ProofRefused()
    with database_refusals_named():
        user.change(email=change.email)
    give_up(user)
    withdraw(user.pk, Proof.Purpose.RESET)
    end_sessions(user, "address_changed", but=session)
    actor = Actor(name=user.name, id=user.pk, session=session)
    record(actor, "instauth.address.changed", user, changes={"email": [old, user.email]})
    for address in (old, user.email):
        post("address-changed", address, name=user.name, old=old, email=user.email)


def withdraw_change(actor: Actor) -> None:
    """Take one's wish back: the letters are worth nothing any more."""
    user = User.objects.get(pk=str(actor.id))
    if change := give_up(user):
        record(actor, "instauth.address_change.withdrawn", change)


def pending(actor: Actor) -> AddressChange | None:
    """One's wish that waits for an answer to one of the letters."""
    return AddressChange.objects.filter(user=actor.id, expires_at__gt=timezone.now()).first()


def give_up(user: User) -> AddressChange | None:
    """Forget what was asked for, with its letters."""
    change = AddressChange.objects.select_for_update().filter(user=user).first()
    if change is not None:
        withdraw(change.pk, OLD, NEW)
        AddressChange.objects.filter(pk=change.pk).delete()
    return change
