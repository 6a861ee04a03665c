"""This file holds what is done to sessions that are over, on a schedule."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.forgetting import forget
from instauth.attempts.rules import NETWORK_KNOWN_FOR
from instauth.sessions.models import RefreshToken, Session

TOKENS_KEPT = timedelta(days=1)


@shared_task
def forget_over() -> int:
    """Forget refresh tokens a day after their session has ended, and the session once its network is known no longer.

    The audit log keeps that it was.
    """
    now = timezone.now()
    over = Session.objects.over_since(now - TOKENS_KEPT)
    tokens = forget(RefreshToken.objects.filter(session__in=over))
    return tokens + forget(Session.objects.over_since(now - NETWORK_KNOWN_FOR))
