"""This file holds how a course is revised: it is something else from a day on, and what was taught stays as it was."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q

from academic.courses.models import Course
from academic.courses.versions.models import CourseVersion
from academic.courses.versions.queries import follow
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at

CHANGE = "academic.change_course"
OF_THE_COURSE = ("title", "credits", "credits_up_to", "level", "description")
BESIDES = ("contact_hours", "assessment_plan")


@rule("academic.course.revised", needs=CHANGE)
def revise_course(actor: Actor, *, course: Course, starts_on: date | None = None, **fields: Any) -> CourseVersion:
    """Say what a course is from a day on; what is not said stays as it was before. Without a day it is said from the
    beginning, of the course as it is: its hours and plan.
    """
    course = Course.objects.select_for_update().get(pk=course.pk)
    fields = judged(fields)
    if starts_on is None:
        refuse_other(course, fields)
    else:
        refuse_taught(course, starts_on)
        if not course.versions.exists():
            keep_from_the_beginning(course)
    version = CourseVersion(
        institution_id=course.institution_id, course=course, starts_on=starts_on, **said_before(course, starts_on)
    ).change(**fields)
    if starts_on is None or starts_on <= today_at(course.institution_id):
        take_up(actor, course)
        version.refresh_from_db()
    else:
        follow(course.institution_id, [course.pk])
    return version


@rule("academic.course_version.changed", needs=CHANGE)
def change_course_version(actor: Actor, version: CourseVersion, **fields: Any) -> CourseVersion:
    """Correct a version. Of one that was taught only the description changes."""
    fields = judged(fields)
    if version.is_current:
        refuse_other(version.course, fields)
    if fields.keys() - {"description"}:
        refuse_taught(version.course, version.starts_on)
    version.change(**fields)
    follow(version.institution_id, [version.course_id])
    return version


@rule("academic.course_version.removed", needs=CHANGE)
def remove_course_version(actor: Actor, version: CourseVersion) -> None:
    """Take back a version that has not started. One that has is followed by another."""
    if version.starts_on is None or version.starts_on <= today_at(version.institution_id):
        raise RuleBroken("version_started", "This version has started: revise the course from a later day instead.")
    version.delete()
    follow(version.institution_id, [version.course_id])


@rule("academic.course.moved_on", needs=CHANGE)
def take_up(actor: Actor, course: Course) -> Course:
    """Let a course, and sections that nobody takes yet, say what its version of today says."""
    version = in_force(course, today_at(course.institution_id))
    if version and not version.is_current:
        course.versions.filter(is_current=True).update(is_current=False)
        version.change(is_current=True)
        course.change(**{name: getattr(version, name) for name in OF_THE_COURSE})
    follow(course.institution_id, [course.pk])
    return course


def in_force(course: Course, day: date) -> CourseVersion | None:
    """The version that started last by a day."""
    started = course.versions.filter(Q(starts_on=None) | Q(starts_on__lte=day))
    return started.order_by(F("starts_on").desc(nulls_last=True)).first()


def keep_from_the_beginning(course: Course) -> None:
    """Before a course becomes something else, its first version keeps what it was."""
    said = {name: getattr(course, name) for name in OF_THE_COURSE}
    CourseVersion(institution_id=course.institution_id, course=course, is_current=True, **said).save_checked()


def said_before(course: Course, starts_on: date | None) -> dict[str, Any]:
    """What a version from a day on says where nobody says otherwise."""
    before = in_force(course, starts_on) if starts_on else None
    if before is None:
        return {name: getattr(course, name) for name in OF_THE_COURSE}
    return {name: getattr(before, name) for name in (*OF_THE_COURSE, *BESIDES)}


def judged(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a version, as JSON keeps it; a plan whose weights do not sum to 100 is refused."""
    plan = fields.get("assessment_plan", ())
    twice = [code for code, times in Counter(part["code"] for part in plan).items() if times > 1]
    if twice:
        raise RuleBroken("code_twice", f"The plan has {twice[0]} twice: give each a code.", field="assessment_plan")
    total = sum((Decimal(part["weight"]) for part in plan), Decimal(0))
    if plan and total != 100:
        words = f"The weights of the plan sum to {total.normalize():f}: they have to sum to 100."
        raise RuleBroken("weights_not_100", words, field="assessment_plan")
    plain = {name: json.loads(json.dumps(fields[name], cls=DjangoJSONEncoder)) for name in BESIDES if name in fields}
    return {**fields, **plain}


def refuse_other(course: Course, fields: Mapping[str, Any]) -> None:
    """What a course is called now, and counts, is said by the course alone."""
    for name in OF_THE_COURSE:
        if fields.get(name, getattr(course, name)) != getattr(course, name):
            words = "What the course is now, it says itself: change it there, or revise it from a day on."
            raise RuleBroken("said_by_the_course", words, field=name)


def refuse_taught(course: Course, starts_on: date | None) -> None:
    """Refuse to say otherwise, from a day on and until the next version, what a course was that students took."""
    from_then = Q() if starts_on is None else Q(starts_on__gte=starts_on)
    later = course.versions.filter(starts_on__gt=starts_on or date.min).order_by("starts_on").first()
    until = Q(starts_on__lt=later.starts_on) if later else Q()
    begun = Q(starts_on__lte=today_at(course.institution_id))
    taken = course.sections.filter(from_then, until, begun, registrations__isnull=False)
    if section := taken.order_by("-starts_on").first():
        words = f"Students took it as it was in section {section.code}, which began on {section.starts_on}"
        raise RuleBroken("taught_already", f"{words}: revise the course from a later day on.", field="starts_on")
