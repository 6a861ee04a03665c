"""This file holds which courses are the same: those that count as each other, of which one earns credits."""

from datetime import date
from uuid import UUID

from django.db.models import Q

from academic.courses.models import Course
from academic.equivalences.models import CourseEquivalence


def is_the_same(course: Course, day: date, *, named: str, ended: str) -> Q:
    """What is of a course, or of one that counts as it by the day on which that `ended`, while the course counts as
    that one on this day. `named` is the field of the course there.
    """
    said: list[tuple[UUID, UUID, date, date]] = []
    for one in CourseEquivalence.objects.filter(
        Q(course=course) | Q(counts_as=course), institution=course.institution_id
    ):
        days = (one.starts_on, one.ends_on or date.max)
        said.append((one.course_id, one.counts_as_id, *days))
        if one.both_ways:
            said.append((one.counts_as_id, one.course_id, *days))
    alike = {other for this, other, since, until in said if this == course.pk and since <= day <= until}
    found = Q(**{named: course.pk})
    for other, _, since, until in said:
        if other in alike:
            found |= Q(**{named: other, f"{ended}__range": (since, until)})
    return found
