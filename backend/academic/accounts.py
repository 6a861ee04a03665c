"""This file holds how a row remembers who decided: the account of the actor."""

from uuid import UUID

from django.contrib.auth import get_user_model

from core.actor import Actor


def account_of(actor: Actor) -> UUID | None:
    """The account of the actor, where a person acts who has one."""
    accounts = get_user_model()._default_manager
    return accounts.filter(pk=actor.id).values_list("pk", flat=True).first() if actor.id else None
