"""This file holds what is done to old questions, on a schedule."""

from celery import shared_task
from django.utils import timezone

from core.forgetting import forget
from instauth.factors.models import Question


@shared_task
def forget_expired() -> int:
    """Delete questions that no passkey can answer any more."""
    return forget(Question.objects.filter(expires_at__lt=timezone.now()))
