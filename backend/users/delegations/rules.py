"""This file holds what may happen to delegations: a person lends of their own rights, and takes them back."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from core.actor import Actor
from core.errors import RuleBroken
from core.mail.posting import post
from core.rules import rule
from faculties.institutions.days import today_at
from users.accounts.addresses import as_login
from users.accounts.models import User
from users.accounts.rules import rights_changed
from users.delegations.models import Delegation
from users.roles.actors import over_place_at, rights_of
from users.roles.models import Grant

# Whoever borrowed one of these could keep more than was lent, and for longer.
NEVER_LENT = frozenset({
    "users.add_user", "users.change_user", "users.add_grant", "users.change_grant", "users.add_role",
    "users.change_role", "users.add_group", "users.change_group", "users.add_delegation", "users.change_delegation",
    "instauth.change_provider", "instauth.approve_provider",
})  # fmt: skip


@rule("users.delegation.made", needs="users.add_delegation", step_up=True)
def delegate(
    actor: Actor,
    *,
    to: str,
    reason: str,
    valid_until: date,
    permissions: Collection[str] | None = None,
    **first_day: Any,
) -> Delegation:
    """Lend permissions that one holds over a place to a colleague of the institution, named by their e-mail address:
    those named, or all that may be lent. Nothing that was borrowed or gives rights to others is lent. The colleague is
    told by letter.
    """
    if actor.id is None:
        raise RuleBroken("own_account", "Only a person lends their rights.")
    institution = actor.at_home()
    delegate = colleague_at(institution, to)
    if delegate.pk == actor.id:
        raise RuleBroken("own_account", "Name somebody else: these are your own rights.", field="to")
    if valid_until < today_at(institution):
        raise RuleBroken("in_the_past", "Name a last day that is not over.", field="valid_until")
    lendable = lendable_by(actor.id, institution)
    wanted = lendable if permissions is None else set(permissions)
    if not_mine := sorted(wanted - lendable):
        message = (
            f"You can't lend this: it gives rights to others, or you don't hold it here: {', '.join(not_mine[:5])}."
        )
        raise RuleBroken("not_lendable", message, field="permissions")
    delegation = Delegation(
        institution_id=institution,
        delegator_id=actor.id,
        delegate=delegate,
        permissions=sorted(wanted),
        reason=reason,
        valid_until=valid_until,
        **first_day,
    ).save_checked()
    rights_changed(delegate.pk)
    tell(delegation, "delegation-made", delegate)
    return delegation


@rule("users.delegation.ended", needs="users.change_delegation", step_up=True)
def end_delegation(actor: Actor, delegation: Delegation) -> Delegation:
    """End a delegation at once: who lent takes it back, who borrowed gives it back, or who may at the institution ends
    it. The others are told by letter.
    """
    if delegation.is_revoked:
        raise RuleBroken("already_ended", "This delegation was ended before.")
    rights_changed(delegation.delegate_id)
    for person in (delegation.delegator, delegation.delegate):
        if person.pk != actor.id:
            tell(delegation, "delegation-ended", person)
    return delegation.end()


def colleague_at(institution: UUID, email: str) -> User:
    """The person with this address who holds something at the institution. One answer for all others."""
    user = User.objects.filter(email=as_login(email), is_active=True).first()
    if user is None or not Grant.objects.held_by(user.pk).filter(institution=institution).exists():
        raise RuleBroken("no_colleague", "Nobody with this address holds a role at your institution.", field="to")
    return user


def lendable_by(user: UUID, institution: UUID) -> set[str]:
    """What a person may lend at an institution: what they hold over a place there, by grants of their own."""
    held = rights_of(user).items()
    return {code for code, reach in held if over_place_at(institution, reach)} - NEVER_LENT


def tell(delegation: Delegation, letter: str, person: User) -> None:
    post(
        letter,
        person.email,
        name=person.name,
        lender=delegation.delegator.name,
        borrower=delegation.delegate.name,
        reason=delegation.reason,
        until=str(delegation.valid_until),
        institution=delegation.institution.name,
    )
