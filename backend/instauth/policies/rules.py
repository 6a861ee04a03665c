"""This file holds how an institution sets what it asks, and what that comes to for one person or one address."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core.actor import Actor
from core.errors import RuleBroken
from core.freshness.changes import changed
from core.rules import rule
from instauth.permissions import CHANGE_POLICY
from instauth.policies.domains import as_domains, domain_of
from instauth.policies.models import Policy
from users.accounts.addresses import is_deceptive
from users.models import User
from users.roles.actors import actor_of
from users.roles.limits import Limits, is_staff, limits_for

OF_EVERYBODY = "roles"  # what caches of everybody's access watch


@rule("instauth.policy.set", needs=CHANGE_POLICY, step_up=True)
def set_policy(actor: Actor, **fields: Any) -> Policy:
    """Say what one's institution asks. There is one policy of each: after this it is changed."""
    changed(OF_EVERYBODY)
    return Policy(institution_id=actor.at_home(), **tidy(fields)).save_checked()


@rule("instauth.policy.changed", needs=CHANGE_POLICY, step_up=True)
def change_policy(actor: Actor, policy: Policy, **fields: Any) -> Policy:
    """Change what an institution asks. Sessions that are under way follow at their next renewal."""
    changed(OF_EVERYBODY)
    return policy.change(**tidy(fields))


def tidy(fields: dict[str, Any]) -> dict[str, Any]:
    if "email_domains" in fields:
        fields["email_domains"] = as_domains(fields["email_domains"])
    return fields


def asked_of(user: User, actor: Actor | None = None) -> Limits:
    """What is asked of a person: the nation's limits, made stricter by each institution at which they hold a role.
    `actor` is the person, where it is known what they hold.
    """
    actor = actor or actor_of(user)
    limits = limits_for(actor, is_demo=user.is_demo)
    policies = list(Policy.objects.filter(institution__in=actor.institutions))
    idle = [timedelta(minutes=policy.idle_minutes) for policy in policies if policy.idle_minutes]
    longest = [timedelta(minutes=policy.longest_minutes) for policy in policies if policy.longest_minutes]
    asks_factor = any(asks_second_factor(policy, actor) for policy in policies)
    return Limits(
        min([limits.idle, *idle]),
        min([limits.longest, *longest]),
        limits.needs_second_factor or (asks_factor and not user.is_demo),
    )


def asks_second_factor(policy: Policy, actor: Actor) -> bool:
    """Whether one institution asks a second factor of somebody, beyond what the nation does."""
    if policy.second_factor == Policy.SecondFactor.STAFF:
        return is_staff(actor.within(policy.institution_id))
    return policy.second_factor == Policy.SecondFactor.ALL


def refuse_address(institution: UUID | None, email: str) -> None:
    """Refuse an address that passes for another one, or of a domain that the institution does not take."""
    if is_deceptive(email):
        message = "This e-mail address mixes alphabets, or holds signs that can't be seen. Type it anew."
        raise RuleBroken("deceptive_address", message, field="email")
    policy = Policy.objects.filter(institution=institution).first() if institution else None
    if policy and policy.email_domains and domain_of(email) not in policy.email_domains:
        names = ", ".join(policy.email_domains)
        raise RuleBroken(
            "foreign_domain", f"This institution takes only addresses of these domains: {names}.", field="email"
        )
