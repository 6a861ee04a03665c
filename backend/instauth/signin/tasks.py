"""This file holds what is done to old challenges, on a schedule."""

from celery import shared_task
from django.utils import timezone

from core.forgetting import forget
from instauth.signin.models import Challenge


@shared_task
def forget_expired() -> int:
    """Delete challenges that nobody can answer any more."""
    return forget(Challenge.objects.filter(expires_at__lt=timezone.now()))
