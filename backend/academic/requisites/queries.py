"""This file holds reads of requisites: what courses ask for, and how that stands for students."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from academic.requisites.facts import Facts, Wish, facts_of
from academic.requisites.trees import ABOUT_A_COURSE, ABOUT_TOGETHER, leaves_of, names_in
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
# Whenever it was so: facts know on which days.
COUNTS_AS = """
SELECT course_id, counts_as_id FROM academic_courseequivalence
WHERE institution_id = $1 AND course_id = ANY ($2)
UNION ALL
SELECT counts_as_id, course_id FROM academic_courseequivalence
WHERE institution_id = $1 AND counts_as_id = ANY ($2) AND both_ways
"""
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


def resting_on(institution: UUID, courses: Collection[UUID], others: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Which of the others each course looks at while they are being taken: by name, by what they count as, or for their
    credits.
    """
    counts_as: dict[UUID, set[UUID]] = {other: {other} for other in others}
    for other, course in fetch(COUNTS_AS, [institution, list(others)]):
        counts_as[other].add(course)
    resting = {}
    for course, trees in required_by(institution, courses).items():
        leaves = [leaf for _, tree in trees for _, leaf in leaves_of(tree)]
        if any(leaf["is"] == "credits_at_least" for leaf in leaves):
            resting[course] = set(others)
        else:
            named = {UUID(leaf["course"]) for leaf in leaves if leaf["is"] in ABOUT_A_COURSE}
            resting[course] = {other for other in others if not named.isdisjoint(counts_as[other])}
    return resting


def verdicts_on(
    institution: UUID, wishes: Collection[Wish], on: date, together: Collection[Wish] | None = None
) -> dict[Wish, Verdict]:
    """How the requisites of what students want stand. It is taken together, unless it is said what is."""
    trees = required_by(institution, {one.course for one in wishes})
    asked = {one.student for one in wishes if trees[one.course]}
    names = codes_in(institution, (tree for some in trees.values() for _, tree in some))
    facts = facts_of(institution, asked, on, wishes if together is None else together) if asked else {}
    return {one: judged(trees[one.course], case_of(one, facts.get(one.student, NOTHING), names)) for one in wishes}


def case_of(wish: Wish, facts: Facts, names: Mapping[str, str]) -> Case:
    return Case(wish.course, facts, names, wish.starts_on, wish.section)
