"""This file holds what moves courses on when a version of theirs has started."""

from uuid import UUID

from celery import shared_task
from django.db.models import Exists, OuterRef

from academic.courses.models import Course
from academic.courses.versions.models import CourseVersion
from academic.courses.versions.rules import CHANGE, take_up
from core.actor import Actor
from core.tenancy.scope import reaching
from faculties.institutions.days import today_at
from faculties.models import Institution

SYSTEM = Actor.system("academic.courses.versions", CHANGE)


@shared_task
def move_on() -> int:
    """Let each course of which a version started become what that says, one after the other; tell how many."""
    moved = 0
    for place in Institution.objects.open().values_list("pk", flat=True):
        with reaching(place):
            for course in started(place):
                take_up(SYSTEM.within(place), course)
                moved += 1
    return moved


def started(place: UUID) -> list[Course]:
    """The courses of an institution that a version has overtaken."""
    versions = CourseVersion.objects.filter(institution=place)
    current = versions.filter(course=OuterRef("course"), is_current=True, starts_on__gte=OuterRef("starts_on"))
    due = versions.filter(~Exists(current), starts_on__lte=today_at(place))
    return list(Course.objects.filter(institution=place, pk__in=due.values("course")).order_by("pk"))
