"""This file holds how a rule says that something which is remembered elsewhere changed."""

from datetime import timedelta

from django.utils import timezone

from core.freshness.models import Change

KEPT = timedelta(days=1)  # longer than any transaction, and than any process sleeps without looking


def changed(*keys: str) -> None:
    """Note the keys in the current transaction. Every process drops what it remembers of them within a second."""
    Change.objects.bulk_create(Change(key=key) for key in keys)


def forget_old() -> int:
    """Delete what every process has heard long ago; the number of rows that went."""
    return Change.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
