"""This file holds what a worker does about files: sweeping what nobody names, and scanning what was not scanned."""

from celery import shared_task
from django.conf import settings

from core.files import keeping


@shared_task
def sweep() -> int:
    return keeping.sweep()


@shared_task
def rescan() -> int:
    """Nothing, while no scanner is set."""
    return keeping.rescan() if settings.FILES_SCANNER else 0
