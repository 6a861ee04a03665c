"""This file holds how the structure of one version is copied into another, and how two of them differ."""

# ruff: noqa: S608  What is pasted into the SQL are names of ours.

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model

from academic.curricula.models import CourseGroup, ProgramCourse
from academic.programs.models import ProgramVersion

# What is a row's own, or says where in a version it stands.
OWN = {"id", "created_at", "updated_at", "version", "institution", "program_version", "group"}
# What a version itself asks for: groups and courses do besides.
ASKED = ("credits_required", "most_credits_from_elsewhere")
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


def copied(model: type[Model]) -> list[str]:
    """The fields of a group or course that a copy shares with it."""
    fields = (one for one in model._meta.concrete_fields if not one.generated)
    return [str(one.column) for one in fields if one.name not in OWN]


def copy_structure(source: ProgramVersion, target: ProgramVersion) -> None:
    """Copy groups and courses in one statement; a group is found again by its name, which a version has once."""
    groups, courses = copied(CourseGroup), copied(ProgramCourse)
    sql = f"""
    WITH made AS (
      INSERT INTO academic_coursegroup
        (id, created_at, updated_at, version, institution_id, program_version_id, {", ".join(groups)})
      SELECT uuidv7(), now(), now(), 1, institution_id, %(target)s, {", ".join(groups)}
      FROM academic_coursegroup WHERE institution_id = %(institution)s AND program_version_id = %(source)s
      RETURNING id, name
    )
    INSERT INTO academic_programcourse
      (id, created_at, updated_at, version, institution_id, program_version_id, group_id, {", ".join(courses)})
    SELECT uuidv7(), now(), now(), 1, course.institution_id, %(target)s, made.id,
      {", ".join(f"course.{name}" for name in courses)}
    FROM academic_programcourse course
    LEFT JOIN academic_coursegroup own ON own.institution_id = course.institution_id AND own.id = course.group_id
    LEFT JOIN made ON made.name = own.name
    WHERE course.institution_id = %(institution)s AND course.program_version_id = %(source)s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"institution": source.institution_id, "source": source.pk, "target": target.pk})


class Difference(NamedTuple):
    """One thing in which a later version differs: the version itself, a group or a course."""

    what: str
    name: str
    is_: str
    fields: list[dict[str, Any]]


def differences(before: ProgramVersion, after: ProgramVersion) -> Iterator[Difference]:
    """What was added, removed and changed on the way from one version to another: groups by name, courses by code."""
    if fields := changes(asked_by(before), asked_by(after)):
        yield Difference("version", str(after.catalog_year), CHANGED, fields)
    for what, told in (("group", groups_of), ("course", courses_of)):
        old, new = told(before), told(after)
        for name in sorted(old.keys() | new.keys()):
            fields = changes(old.get(name, {}), new.get(name, {}))
            if name not in old:
                yield Difference(what, name, ADDED, fields)
            elif name not in new:
                yield Difference(what, name, REMOVED, fields)
            elif fields:
                yield Difference(what, name, CHANGED, fields)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "before": plain(old.get(name)), "after": plain(new.get(name))}
        for name in (new or old)
        if old.get(name) != new.get(name)
    ]


def plain(value: Any) -> Any:
    return f"{value:.1f}" if isinstance(value, Decimal) else value


def asked_by(version: ProgramVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in ASKED}


def groups_of(version: ProgramVersion) -> dict[str, dict[str, Any]]:
    names = [name for name in copied(CourseGroup) if name != "name"]
    rows = CourseGroup.objects.filter(institution=version.institution_id, program_version=version)
    return {row.name: {name: getattr(row, name) for name in names} for row in rows}


def courses_of(version: ProgramVersion) -> dict[str, dict[str, Any]]:
    names = [name for name in copied(ProgramCourse) if name != "course_id"]
    rows = ProgramCourse.objects.filter(institution=version.institution_id, program_version=version)
    return {
        row.course.code: {"group": row.group and row.group.name, **{name: getattr(row, name) for name in names}}
        for row in rows.select_related("course", "group")
    }
