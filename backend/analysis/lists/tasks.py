"""This file holds the counting of derived lists at night."""

from celery import shared_task
from django.db import transaction

from analysis.lists.definitions import DEFINITIONS
from analysis.lists.models import DerivedList
from analysis.lists.rules import counted
from core.tenancy.scope import reaching
from faculties.models import Institution


@shared_task
def count_all() -> int:
    """Count every list of every open institution, each in a transaction of its own; tell how many lists."""
    lists = [(place, name) for place in Institution.objects.open().values_list("pk", flat=True) for name in DEFINITIONS]
    for place, name in lists:
        with reaching(place), transaction.atomic():
            DerivedList.objects.update_or_create(institution_id=place, name=name, defaults=counted(place, name))
    return len(lists)
