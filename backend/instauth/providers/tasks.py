"""This file holds what is done to old departures, on a schedule."""

from celery import shared_task
from django.utils import timezone

from core.forgetting import forget
from instauth.providers.models import Departure


@shared_task
def forget_expired() -> int:
    """Delete departures from which nobody can return any more."""
    return forget(Departure.objects.filter(expires_at__lt=timezone.now()))
