"""This file holds what a person reads of the programs that they let in."""

from django.db.models import QuerySet

from core.actor import Actor
from instauth.oauth.models import Consent


def consents_of(actor: Actor) -> QuerySet[Consent]:
    """What the actor let programs do and did not take back, with the programs."""
    mine = Consent.objects.filter(user=actor.id, revoked_at__isnull=True)
    return mine.select_related("client__institution").order_by("client__name", "id")
