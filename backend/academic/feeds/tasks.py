"""This file holds the forgetting of sections that somebody left."""

from celery import shared_task

from academic.feeds.models import LeftSection
from core.tenancy.scope import reaching
from faculties.institutions.days import today_at
from faculties.models import Institution


@shared_task
def forget_left() -> int:
    """Forget who left a section once it ended, and tell how many that were."""
    forgotten = 0
    for place in Institution.objects.values_list("pk", flat=True):
        with reaching(place):
            forgotten += LeftSection.objects.filter(section__ends_on__lt=today_at(place)).delete()[0]
    return forgotten
