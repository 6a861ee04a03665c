"""This file holds what may happen to a contract."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.periods import overlapping
from core.rules import rule
from staff.contracts.models import Contract
from staff.members.models import Member
from staff.members.rules import employed

MOST = Decimal("1.5")


@rule("staff.contract.signed", needs="staff.add_contract")
def sign_contract(actor: Actor, *, member: Member, ends_on: date | None = None, **fields: Any) -> Contract:
    """Give a member a contract. Two for one activity share no day, and all together are one and a half posts at most.
    None lasts beyond the day on which the member leaves, and who was erased gets none.
    """
    locked = employed(member, ends_on)
    contract = Contract(institution_id=member.institution_id, member=locked, ends_on=ends_on, **fields)
    return within_the_most(contract.save_checked())


@rule("staff.contract.changed", needs="staff.change_contract")
def change_contract(actor: Actor, contract: Contract, **fields: Any) -> Contract:
    """Correct a contract, within the limits of signing one."""
    employed(contract.member, fields.get("ends_on", contract.ends_on))
    return within_the_most(contract.change(**fields))


@rule("staff.contract.ended", needs="staff.change_contract")
def end_contract(actor: Actor, contract: Contract, *, ends_on: date) -> Contract:
    """End a contract on a day, its last. One that ends sooner is not made longer by that."""
    if contract.ends_on and contract.ends_on < ends_on:
        raise RuleBroken("ends_sooner", f"This contract ends on {contract.ends_on}.", field="ends_on")
    return contract.change(ends_on=ends_on)


def within_the_most(contract: Contract) -> Contract:
    """Refuse the day on which a member's contracts come to more than one and a half posts."""
    shared = overlapping(contract.starts_on, contract.ends_on)
    others = list(Contract.objects.filter(shared, member=contract.member_id).exclude(pk=contract.pk))
    # The load rises only where a contract starts: one of those days is the heaviest.
    days = {contract.starts_on, *(one.starts_on for one in others if one.starts_on > contract.starts_on)}
    for day in sorted(days):
        load = contract.fte + sum(one.fte for one in others if one.starts_on <= day <= (one.ends_on or date.max))
        if load > MOST:
            message = f"On {day} the contracts of this member come to {load} posts; {MOST} is the most."
            raise RuleBroken("too_many_posts", message, field="fte")
    return contract
