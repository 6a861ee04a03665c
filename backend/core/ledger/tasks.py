"""This file holds what is done for the audit log on a schedule: sealing it."""

from celery import shared_task

from core.ledger.sealer import seal as seal_log


@shared_task
def seal() -> int:
    """Close what can be closed; how many blocks."""
    return seal_log()
