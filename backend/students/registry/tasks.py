"""This file holds what a worker does for the register of learners, on a schedule."""

from celery import shared_task

from students.registry import counting


@shared_task
def count_learners() -> int:
    """Count anew the people of whom an institution wrote something; of how many."""
    return counting.count_learners()
