"""This file holds what happens to memberships when something changes below."""

from core.freshness.changes import changed
from core.outbox.events import hears
from faculties.institutions.events import InstitutionClosed
from users.accounts.rules import person_key
from users.groups.models import Membership


@hears(InstitutionClosed)
def stop_its_groups(event: InstitutionClosed) -> None:
    """Nobody acts in a closed institution, by a group either."""
    here = Membership.objects.in_force().filter(institution=event.institution_id)
    changed(*map(person_key, here.values_list("user", flat=True).distinct()))
