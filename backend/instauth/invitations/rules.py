"""This file holds how somebody is invited to a role, and how they accept.

Nobody gives by a letter what they could not grant by hand: that is judged when the letter is sent, and again when it
is accepted, since the role is given in the name of whoever invited.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.errors import RuleBroken
from core.forgetting import forget
from core.mail.posting import post
from core.rules import database_refusals_named, rule
from core.tenancy.scope import reaching
from instauth.credentials.passwords import hashed
from instauth.invitations.models import Invitation
from instauth.policies.rules import refuse_address
from instauth.proofs.models import Proof
from instauth.proofs.rules import ProofRefused, issue, spend, subject_of, withdraw
from users.accounts.addresses import as_login
from users.models import Grant, User
from users.roles.actors import actor_of
from users.roles.rules import give_grant, refuse_above

LASTS = timedelta(hours=72)
UNUSED_KEPT = timedelta(days=30)
PURPOSE = Proof.Purpose.INVITATION
GIVES = "users.add_grant"
NOBODY = Actor("somebody who left")
SYSTEM = Actor.system("instauth.invitations")
LAPSED = {"not_allowed", "lacks_permission"}


@rule("instauth.invitation.sent", needs=GIVES, step_up=True)
def invite(actor: Actor, *, email: str, name: str, **role_at_place: Any) -> Invitation:
    """Invite somebody to a role at a place, by a letter that is good for 72 hours.

    The role is one that the actor may grant there, the address one that the institution takes.
    """
    invitation = Invitation(
        email=email,
        name=name,
        invited_by=User.objects.get(pk=str(actor.id)),
        account=User.objects.filter(email=as_login(email)).first(),
        expires_at=timezone.now() + LASTS,
        **role_at_place,
    )
    refuse_above(actor, Grant(**invitation.role_at_place))
    refuse_address(invitation.institution_id, email)
    invitation.save_checked()
    send(invitation)
    return invitation


@rule("instauth.invitation.sent_again", needs=GIVES, step_up=True)
def resend(actor: Actor, invitation: Invitation) -> Invitation:
    """Send the letter again, in one's own name. The one before lets nobody in any more."""
    refuse_shut(invitation)
    refuse_above(actor, Grant(**invitation.role_at_place))
    refuse_address(invitation.institution_id, invitation.email)
    send(invitation)
    return invitation.change(expires_at=timezone.now() + LASTS, invited_by=User.objects.get(pk=str(actor.id)))


@rule("instauth.invitation.withdrawn", needs=GIVES)
def withdraw_invitation(actor: Actor, invitation: Invitation) -> Invitation:
    """Take an invitation back: its letter lets nobody in any more."""
    refuse_shut(invitation)
    return shut(invitation)


def send(invitation: Invitation) -> None:
    token = issue(PURPOSE, invitation.pk, LASTS)
    place = invitation.department or invitation.faculty or invitation.institution
    post(
        "invitation",
        invitation.email,
        name=invitation.name,
        role=invitation.role.name,
        place=place.name if place else "",
        hours=LASTS // timedelta(hours=1),
        link=f"{settings.PUBLIC_URL}/account/invitation/?token={token}",
    )


def refuse_shut(invitation: Invitation) -> None:
    if invitation.status != Invitation.Status.OPEN:
        raise RuleBroken("not_open", "This invitation was accepted or withdrawn.")


def shut(invitation: Invitation) -> Invitation:
    """An open invitation, withdrawn with its letter."""
    withdraw(invitation.pk, PURPOSE)
    return invitation.change(status=Invitation.Status.WITHDRAWN)


def withdraw_of_shut_accounts() -> None:
    """Take back what people sent, or were sent, whose account is shut. Such letters let nobody in anyway."""
    by_them = Q(invited_by__is_active=False)
    to_them = Q(email__in=User.objects.filter(is_active=False).values("email"))
    found = Invitation.objects.open().filter(by_them | to_them).order_by("pk")
    for invitation in found.select_for_update(of=("self",)):
        with reaching(*filter(None, [invitation.institution_id])):
            shut(invitation)
        record(SYSTEM, "instauth.invitation.withdrawn", invitation, changes={"status": ["open", "withdrawn"]})


def forget_unused() -> int:
    """Delete invitations by which nobody came, a month after their letter ran out; how many."""
    unused = Invitation.objects.exclude(status=Invitation.Status.ACCEPTED)
    return forget(unused.filter(expires_at__lt=timezone.now() - UNUSED_KEPT))


def opened(token: str) -> Invitation:
    """The invitation that a letter is about, for whoever has the letter. It stays open."""
    found = Invitation.objects.open().select_related("institution", "role", "invited_by")
    invitation = found.filter(pk=subject_of(PURPOSE, token)).first()
    if invitation is None:
        raise ProofRefused()
    return invitation


def accept(token: str, name: str, password: str) -> User:
    """Make the account of somebody who had none, with the role they were invited to."""
    email = opened(token).email
    if User.objects.filter(email=email).exists():
        raise RuleBroken("sign_in_first", "You have an account: sign in, then accept the invitation.")
    user = User(email=email, name=name)
    user.password = hashed(password, user)
    return take(token, user)


def join(user: User, token: str) -> User:
    """Give the role to somebody who is signed in, by the account that the letter was sent to."""
    if opened(token).email != user.email:
        raise RuleBroken("another_account", "This invitation was sent to another address: sign in with that account.")
    return take(token, user)


def take(token: str, user: User) -> User:
    """Use the letter up. Of several at once, one succeeds."""
    with database_refusals_named(), transaction.atomic():
        invitation = locked(opened(token))
        spend(PURPOSE, token)
        return admit(invitation, user)


def open_for(email: str, institution: UUID) -> Invitation | None:
    """The latest invitation of an address to an institution that is still good."""
    found = Invitation.objects.open().filter(email=as_login(email), institution=institution)
    return found.filter(expires_at__gt=timezone.now()).order_by("id").last()


def accept_vouched(invitation: Invitation, user: User | None) -> User:
    """Let in somebody whose address the institution's own identity provider vouches for: that outdoes a letter."""
    invitation = locked(invitation)
    withdraw(invitation.pk, PURPOSE)
    return admit(invitation, user or User(email=invitation.email, name=invitation.name, password=make_password(None)))


def locked(invitation: Invitation) -> Invitation:
    """The same invitation, if it is open and nobody else is about to change it."""
    found = Invitation.objects.open().select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if found is None:
        raise ProofRefused()
    return found


def admit(invitation: Invitation, user: User) -> User:
    """Give the role, in the name of whoever invited, to an account that is made now if it is new."""
    with reaching(*filter(None, [invitation.institution_id])):
        if user._state.adding:
            user.save_checked()
            Invitation.objects.open().filter(email=user.email).update(account=user)
        host = invitation.invited_by
        try:
            give_grant(actor_of(host) if host.is_active else NOBODY, user=user, **invitation.role_at_place)
        except RuleBroken as refusal:
            if refusal.code not in LAPSED:
                raise
            message = "Whoever invited you can't give you this role any more: ask for a new invitation."
            raise RuleBroken("invitation_lapsed", message) from refusal
        invitation.change(status=Invitation.Status.ACCEPTED, user=user)
    actor = Actor(name=user.name, id=user.pk)
    record(actor, "instauth.invitation.accepted", invitation, changes={"user": [None, str(user.pk)]})
    return user
