"""This file holds what a worker does about recoveries: it completes those whose day is over."""

from celery import shared_task

from instauth.recoveries import rules


@shared_task
def complete_due() -> int:
    """Take away the lost factors that are due; of how many people."""
    return rules.complete_due()
