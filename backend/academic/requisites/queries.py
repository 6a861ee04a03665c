"""This file holds reads of requisites: what courses ask for, and how that stands for students."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from academic.requisites.facts import Facts, facts_of
from academic.requisites.trees import ABOUT_TOGETHER, leaves_of, names_in
from academic.requisites.verdicts import Case, Verdict, judged
from core.lists.fetching import fetch

# An edge that was entered by hand asks as a node that is `passed` does. Where a tree asks for the same course of
# everybody, it says all that the edge does.
REQUIRED = """
SELECT course_id, kind, tree FROM academic_requisite
WHERE institution_id = $1 AND course_id = ANY ($2)
UNION ALL
SELECT course_id, 'edges', jsonb_build_object(
  'is', 'all_of', 'of', jsonb_agg(jsonb_build_object('is', 'passed', 'course', requires_id) ORDER BY id))
FROM academic_prerequisite edge
WHERE institution_id = $1 AND course_id = ANY ($2) AND requisite_id IS NULL
  AND NOT EXISTS (
    SELECT FROM academic_prerequisite told WHERE told.institution_id = $1
      AND told.course_id = edge.course_id AND told.requires_id = edge.requires_id AND told.requisite_id IS NOT NULL)
GROUP BY course_id
ORDER BY 1, 2
"""
CODES = {
    "course": "SELECT id, code FROM academic_course WHERE institution_id = $1 AND id = ANY ($2)",
    "program": "SELECT id, code FROM academic_program WHERE institution_id = $1 AND id = ANY ($2)",
}
Trees = list[tuple[str, Mapping[str, Any]]]
NOTHING = Facts()  # what courses that ask for nothing are judged by


def required_by(institution: UUID, courses: Collection[UUID]) -> dict[UUID, Trees]:
    """The trees of each course with where each stands: `edges`, `prerequisite` or `corequisite`."""
    trees: dict[UUID, Trees] = {course: [] for course in courses}
    for course, kind, tree in fetch(REQUIRED, [institution, list(courses)]):
        trees[course].append((kind, tree))
    return trees


def codes_in(institution: UUID, trees: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The codes of all courses and programs that trees name, by their ids in text."""
    named: dict[str, set[str]] = {"course": set(), "program": set()}
    for tree in trees:
        for one in names_in(tree):
            named[one.field].add(one.name)
    return {
        str(key): code
        for field, statement in CODES.items()
        if named[field]
        for key, code in fetch(statement, [institution, [UUID(one) for one in named[field]]])
    }


def asked_together(institution: UUID, courses: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The courses of which each asks whether they are taken together with it."""
    return {
        course: {
            UUID(leaf["course"]) for _, tree in trees for _, leaf in leaves_of(tree) if leaf["is"] in ABOUT_TOGETHER
        }
        for course, trees in required_by(institution, courses).items()
    }


def verdicts_on(
    institution: UUID,
    wanted: Mapping[UUID, Collection[UUID]],
    on: date,
    together: Mapping[UUID, Collection[UUID]] | None = None,
) -> dict[tuple[UUID, UUID], Verdict]:
    """How the requisites of the courses that each student wants stand, by student and course. They are taken together,
    unless it is said which are.
    """
    trees = required_by(institution, {course for some in wanted.values() for course in some})
    asked = {student for student, some in wanted.items() if any(trees[course] for course in some)}
    names = codes_in(institution, (tree for some in trees.values() for _, tree in some))
    at_once = {student: frozenset((together or wanted)[student]) for student in asked}
    facts = facts_of(institution, asked, on, at_once) if asked else {}
    return {
        (student, course): judged(trees[course], Case(course, facts.get(student, NOTHING), names))
        for student, some in wanted.items()
        for course in some
    }
