"""This file holds what happens to grants when something changes below."""

from core.freshness.changes import changed
from core.outbox.events import hears
from faculties.institutions.events import InstitutionClosed
from users.accounts.rules import person_key
from users.roles.models import Grant


@hears(InstitutionClosed)
def stop_its_people(event: InstitutionClosed) -> None:
    """Nobody acts in a closed institution: what caches remember of its people is dropped."""
    here = Grant.objects.in_force().filter(institution=event.institution_id, group=None)
    changed(*map(person_key, here.values_list("user", flat=True).distinct()))
