"""This file holds reads of requisites: what courses ask for, and how that stands for students."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from academic.courses.models import Course
from academic.programs.models import Program
from academic.requisites.facts import facts_of
from academic.requisites.trees import names_in
from academic.requisites.verdicts import Case, Verdict, judged

# An edge that was entered by hand asks as a node that is `passed` does. Where a tree asks for the same course of
# everybody, it says all that the edge does.
REQUIRED = """
SELECT course_id, kind, tree FROM academic_requisite
WHERE institution_id = %(institution)s AND course_id = ANY (%(courses)s)
UNION ALL
SELECT course_id, 'edges', jsonb_build_object(
  'is', 'all_of', 'of', jsonb_agg(jsonb_build_object('is', 'passed', 'course', requires_id) ORDER BY id))
FROM academic_prerequisite edge
WHERE institution_id = %(institution)s AND course_id = ANY (%(courses)s) AND requisite_id IS NULL
  AND NOT EXISTS (
    SELECT FROM academic_prerequisite told WHERE told.institution_id = %(institution)s
      AND told.course_id = edge.course_id AND told.requires_id = edge.requires_id AND told.requisite_id IS NOT NULL)
GROUP BY course_id
ORDER BY 1, 2
"""
Trees = list[tuple[str, Mapping[str, Any]]]


def required_by(institution: UUID, courses: Collection[UUID]) -> dict[UUID, Trees]:
    """The trees of each course with where each stands: `edges`, `prerequisite` or `corequisite`."""
    trees: dict[UUID, Trees] = {course: [] for course in courses}
    with connection.cursor() as cursor:
        cursor.execute(REQUIRED, {"institution": institution, "courses": list(courses)})
        for course, kind, tree in cursor.fetchall():
            trees[course].append((kind, loaded(tree)))
    return trees


def loaded(tree: Any) -> Mapping[str, Any]:
    return json.loads(tree) if isinstance(tree, str) else tree


def codes_in(institution: UUID, trees: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The codes of all courses and programs that trees name, by their ids in text."""
    named: dict[str, set[str]] = {"course": set(), "program": set()}
    for tree in trees:
        for one in names_in(tree):
            named[one.field].add(one.name)
    found: dict[str, str] = {}
    for model, field in ((Course, "course"), (Program, "program")):
        if named[field]:
            rows = model.objects.filter(institution=institution, pk__in=named[field]).values_list("pk", "code")
            found |= {str(key): code for key, code in rows}
    return found


def verdicts_on(
    institution: UUID, wanted: Mapping[UUID, Collection[UUID]], on: date
) -> dict[tuple[UUID, UUID], Verdict]:
    """How the requisites of the courses that each student wants at once stand, by student and course."""
    courses = {course for some in wanted.values() for course in some}
    trees = required_by(institution, courses)
    names = codes_in(institution, (tree for some in trees.values() for _, tree in some))
    facts = facts_of(institution, wanted, on, {student: frozenset(some) for student, some in wanted.items()})
    return {
        (student, course): judged(trees[course], Case(course, facts[student], names))
        for student, some in wanted.items()
        for course in some
    }
