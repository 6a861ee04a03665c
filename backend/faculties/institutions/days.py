"""This file holds which day it is at an institution: rules go by its own calendar, not by that of the servers."""

from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from faculties.institutions.models import Institution

# An institution hardly ever changes its time zone, and not within a term: nobody has to hear of it sooner.
KEPT_SECONDS = 60
# The day it is now at the institution of an upload, or of any other statement that has this parameter.
TODAY = """(SELECT (now() AT TIME ZONE here.time_zone)::date FROM faculties_institution here
  WHERE here.id = %(institution)s)"""

zones: dict[UUID, tuple[ZoneInfo, float]] = {}  # what this process has read, by institution, and when


def today_at(place: UUID | None) -> date:
    """The day it is now at an institution; without one, for the nation. Asking costs a statement once a minute."""
    return timezone.localdate(timezone=zone_of(place))


def zone_of(place: UUID | None) -> ZoneInfo:
    """The time zone of an institution that there is, as it was within the last minute; else that of the nation."""
    if place is None:
        return ZoneInfo(settings.TIME_ZONE)
    zone, read_at = zones.get(place, (None, 0.0))
    if zone is None or monotonic() - read_at >= KEPT_SECONDS:
        zone = ZoneInfo(Institution.objects.values_list("time_zone", flat=True).get(pk=place))
        zones[place] = zone, monotonic()
    return zone


def day_ends(*places: UUID | None) -> float:
    """When the day that it is now at places is over at the first of them, in seconds since the epoch."""
    tomorrows = (datetime.combine(today_at(one) + timedelta(days=1), time(), zone_of(one)) for one in places)
    return min(tomorrows).timestamp()


class TodayThere(Func):
    """In a query, the day it is now at the institution that a path leads to; where it leads nowhere, for the nation.

    It goes into `alias`, and is compared from there: compared at once, it would leave out the rows of the nation.
    """

    template = "(%(expressions)s)::date"
    arg_joiner = " AT TIME ZONE "
    output_field = models.DateField()

    def __init__(self, institution: str = "institution") -> None:
        super().__init__(Now(), Coalesce(F(f"{institution}__time_zone"), Value(settings.TIME_ZONE)))


class DayThere(models.DateField):
    """A day that is the one it is where its row lies, unless another is said."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"default": None, **options})

    def clean(self, value: Any, model_instance: Any) -> Any:
        return super().clean(value or today_at(model_instance.institution_id), model_instance)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        if getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, today_at(model_instance.institution_id))
        return super().pre_save(model_instance, add)
