"""This file holds what a worker does about proofs."""

from celery import shared_task

from instauth.proofs import rules


@shared_task
def forget_expired() -> int:
    """Delete tokens whose time is over."""
    return rules.forget_expired()
