"""This file holds what happens to delegations when something changes below."""

from core.freshness.changes import changed
from core.outbox.events import hears
from faculties.institutions.events import InstitutionClosed
from users.accounts.rules import person_key
from users.delegations.models import Delegation


@hears(InstitutionClosed)
def stop_its_borrowers(event: InstitutionClosed) -> None:
    """Nobody acts in a closed institution, by what was lent there."""
    here = Delegation.objects.in_force().filter(institution=event.institution_id)
    changed(*map(person_key, here.values_list("delegate", flat=True).distinct()))
