"""This file holds which day it is at an institution: rules go by its own calendar, not by that of the servers."""

from datetime import date
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from faculties.institutions.models import Institution

# An institution hardly ever changes its time zone, and not within a term: nobody has to hear of it sooner.
KEPT_SECONDS = 60

zones: dict[UUID, tuple[ZoneInfo, float]] = {}  # what this process has read, by institution, and when


def today_at(place: UUID) -> date:
    """The day it is now at an institution. Asking costs a statement once a minute."""
    return timezone.localdate(timezone=zone_of(place))


def zone_of(place: UUID) -> ZoneInfo:
    """The time zone of an institution that there is, as it was within the last minute."""
    zone, read_at = zones.get(place, (None, 0.0))
    if zone is None or monotonic() - read_at >= KEPT_SECONDS:
        zone = ZoneInfo(Institution.objects.values_list("time_zone", flat=True).get(pk=place))
        zones[place] = zone, monotonic()
    return zone
