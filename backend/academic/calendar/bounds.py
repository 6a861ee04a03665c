"""This file holds which days a calendar has at all. A day beyond them is a slip of the hand; and to the last ones that
Python counts nothing can be added, which feeds and weeks do.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q

from core.limits import Limit

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
# What is asked for, as days and as instants.
A_DAY = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
AN_INSTANT = [
    MinValueValidator(datetime.combine(FIRST_DAY, time(), UTC)),
    MaxValueValidator(datetime.combine(LAST_DAY, time(), UTC)),
]
LONGEST_TERM = timedelta(days=731)


def in_the_calendar(what: str) -> list[Limit]:
    """The limits of a row from `starts_on` to `ends_on`, which lie in this order."""
    words = {
        "violation_error_code": "beyond_the_calendar",
        "violation_error_message": f"Days of the calendar lie from {FIRST_DAY} to {LAST_DAY}.",
    }
    return [
        Limit(field="starts_on", condition=Q(starts_on__gte=FIRST_DAY), name=f"{what}_not_before_1900", **words),
        Limit(field="ends_on", condition=Q(ends_on__lte=LAST_DAY), name=f"{what}_not_after_2200", **words),
    ]
