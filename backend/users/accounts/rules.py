"""This file holds what may happen to an account."""

import secrets
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils import timezone

from core.actor import Actor
from core.errors import NotVisible, RuleBroken
from core.freshness.changes import changed
from core.outbox.events import announce
from core.personal.oneself import OWN
from core.rules import rule
from users.accounts.events import UserAdded, UserDeactivated
from users.accounts.models import User
from users.accounts.passwords import check_password_rules


@rule("users.user.added", needs="users.add_user")
def add_user(actor: Actor, *, email: str, name: str, password: str | None = None, is_demo: bool = False) -> User:
    """Make an account. Without a password the person is sent a letter to choose one.

    No API passes `is_demo`: only the commands that fill a country to look at do.
    """
    user = User(email=email, name=name, is_demo=is_demo)
    if password is not None:
        check_password_rules(password, user)
    user.set_password(password)
    if password is None:
        announce(UserAdded(user.pk))
    return user.save_checked()


@rule("users.user.changed", needs="users.change_user")
def change_user(actor: Actor, user: User, **fields: Any) -> User:
    """Change a person's name. That of one who was erased stays erased."""
    refuse_erased(user)
    return user.change(**fields)


@rule("users.profile.changed", needs=OWN)
def change_profile(actor: Actor, user: User, *, name: str) -> User:
    """Change one's own name."""
    if user.pk != actor.id:
        raise NotVisible()
    return user.change(name=name)


@rule("users.user.deactivated", needs="users.change_user")
def deactivate_user(actor: Actor, user: User) -> User:
    """Shut an account: its sessions are refused within a second. Nobody shuts their own."""
    if user.pk == actor.id:
        raise RuleBroken("own_account", "Ask someone else to deactivate your account.")
    rights_changed(user.pk)
    announce(UserDeactivated(user.pk))
    return user.change(is_active=False, signed_out_at=timezone.now())


@rule("users.user.reactivated", needs="users.change_user")
def reactivate_user(actor: Actor, user: User) -> User:
    """Open a shut account again. One that was erased never opens."""
    refuse_erased(user)
    rights_changed(user.pk)
    return user.change(is_active=True)


def sign_out_everywhere(*users: UUID) -> None:
    """End every session that these people have begun, in the transaction of whatever asks for it."""
    User.objects.filter(pk__in=users).update(signed_out_at=timezone.now())
    rights_changed(*users)


def refuse_erased(user: User) -> None:
    if user.erased_at:
        raise RuleBroken("person_erased", "This person was erased: the account stays empty and shut.")


def rights_changed(*users: UUID) -> None:
    """Note that what these people may do changed: for them, and for those to whom they lend rights."""
    lent: Any = apps.get_model("users.Delegation")._default_manager
    borrowers = lent.in_force().filter(delegator__in=users).values_list("delegate", flat=True)
    changed(*map(person_key, {*users, *borrowers}))


def person_key(user: UUID) -> str:
    """What caches of a person's access watch."""
    return f"person:{user}"


def generated_password() -> str:
    """A password nobody chose: 24 characters of a URL-safe alphabet, 144 random bits."""
    return secrets.token_urlsafe(18)
