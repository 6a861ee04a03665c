"""This file holds what tests of program versions begin with: drafts with their groups and courses, and refusals."""

from datetime import date

import pytest

from academic.factories import make_course, make_program_version
from academic.models import CourseGroup, ProgramCourse, ProgramVersion
from academic.permissions import PERMISSIONS
from core.actor import Actor
from core.errors import RuleBroken
from faculties.factories import saved
from faculties.models import Institution
from users.factories import person_with

VERSIONS = "/api/v1/academic/program-versions/"
DAY = date(2026, 3, 2)


def account_at(institution: Institution) -> Actor:
    """Somebody with an account and every permission of this app: moves remember accounts."""
    return person_with(institution, *PERMISSIONS, "students.view_student").actor


def draft(institution: Institution, **fields) -> ProgramVersion:
    """A draft of 40 credits with two compulsory courses of 20 in the terms of its first year."""
    version = make_program_version(institution, **{"status": "draft", "credits_required": 40, **fields})
    for term in (1, 2):
        put(version, term_of_study=term)
    return version


def put(version: ProgramVersion, course=None, **fields) -> ProgramCourse:
    course = course or make_course(version.institution, program=version.program)
    return saved(ProgramCourse(institution=version.institution, program_version=version, course=course, **fields))


def group(version: ProgramVersion, **fields) -> CourseGroup:
    return saved(CourseGroup(institution=version.institution, program_version=version, **fields))


def refused(rule, *args, **fields) -> tuple[str, str]:
    with pytest.raises(RuleBroken) as refusal:
        rule(*args, **fields)
    return refusal.value.code, refusal.value.message
