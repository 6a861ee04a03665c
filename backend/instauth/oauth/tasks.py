"""This file holds what is done to old codes and accesses, on a schedule."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from core.forgetting import forget
from instauth.oauth.models import AuthorizationCode, ClientAccess

KEPT = timedelta(days=1)  # so long a second use of what is over is still told as one


@shared_task
def prune() -> int:
    """Forget codes and accesses that ended a day ago; the audit log keeps that they were."""
    before = timezone.now() - KEPT
    codes = forget(AuthorizationCode.objects.filter(expires_at__lt=before))
    return codes + forget(ClientAccess.objects.filter(Q(ends_at__lt=before) | Q(ended_at__lt=before)))
