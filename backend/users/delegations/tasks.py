"""This file holds what happens to delegations when something changes below."""

from django.db.models import Q

from core.actor import Actor
from core.audit.record import record
from core.freshness.changes import changed
from core.outbox.events import hears
from faculties.institutions.events import InstitutionClosed
from users.accounts.events import UserDeactivated
from users.accounts.rules import person_key
from users.delegations.models import Delegation

SYSTEM = Actor.system("users.delegations")


@hears(InstitutionClosed)
def stop_its_borrowers(event: InstitutionClosed) -> None:
    """Nobody acts in a closed institution, by what was lent there."""
    here = Delegation.objects.in_force().filter(institution=event.institution_id)
    changed(*map(person_key, here.values_list("delegate", flat=True).distinct()))


@hears(UserDeactivated)
def end_of_shut(event: UserDeactivated) -> None:
    """What somebody lent or borrowed whose account is shut does not come back with the account."""
    shut = Q(delegator=event.user_id, delegator__is_active=False) | Q(delegate=event.user_id, delegate__is_active=False)
    for delegation in Delegation.objects.not_over().filter(shut).select_for_update(of=("self",)):
        delegation.end()
        changed(person_key(delegation.delegate_id))
        record(SYSTEM, "users.delegation.ended", delegation, changes={"is_revoked": [False, True]})
