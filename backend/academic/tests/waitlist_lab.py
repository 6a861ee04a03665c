"""This file holds what tests of waitlists begin with: full sections, where entries stand, and offers that expired."""

from datetime import timedelta

from django.utils import timezone

from academic.factories import make_registration
from academic.models import Registration, Section, WaitlistEntry
from academic.tests.registration_lab import make_coming_section
from faculties.models import Institution

HOUR = timedelta(hours=1)


def full_section(institution: Institution, seats: int = 1, **fields) -> tuple[Section, list[Registration]]:
    """A section whose seats are all taken, and by whom."""
    section = make_coming_section(institution, capacity=seats, **fields)
    return section, [make_registration(institution, section=section) for _ in range(seats)]


def lecture_with_labs(institution: Institution, *labs: int, **fields) -> tuple[Section, list[Section]]:
    """A section with seats for all, and its laboratory groups with so many seats each."""
    whole = make_coming_section(institution, **fields)
    same = {"course": whole.course, "term": whole.term, "whole": whole, "kind": "lab"}
    return whole, [
        make_coming_section(institution, **same, code=f"L{number}", capacity=seats)
        for number, seats in enumerate(labs, start=1)
    ]


def statuses(*entries: WaitlistEntry) -> list[str]:
    found = WaitlistEntry.objects.in_bulk([one.pk for one in entries])
    return [found[one.pk].status for one in entries]


def let_expire(*entries: WaitlistEntry) -> None:
    """Make the offers of these entries a day older than they are good for."""
    past = timezone.now() - HOUR
    WaitlistEntry.objects.filter(pk__in=[one.pk for one in entries]).update(offered_at=past - HOUR, expires_at=past)
