"""This file holds circles of courses: those that nobody can pass, whichever way, because each is to be passed before.

Whatever else than a pass a tree asks for, somebody may have. So it is passes alone that close circles.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from academic.courses.models import Course
from academic.requisites.queries import required_by
from academic.requisites.trees import COMBINING, asked_of, hard_courses
from core.errors import RuleBroken
from core.lists.fetching import fetch

Node = Mapping[str, Any]
Asks = Mapping[str, Sequence[Node]]  # the trees of each course that has any, by the names that trees call courses by
# Two changes at once could close a circle that neither sees: the database takes the same lock for each edge.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('prerequisites:' || %(institution)s, 0))"
# All that courses ask for, and what that asks for: each course once, however many ways lead to it.
BEHIND = """
WITH RECURSIVE behind (course_id) AS (
    SELECT unnest($2::uuid[])
  UNION
    SELECT asked.course_id FROM behind CROSS JOIN LATERAL (
      SELECT edge.requires_id FROM academic_prerequisite edge
      WHERE edge.institution_id = $1 AND edge.course_id = behind.course_id
      UNION ALL
      SELECT named.course_id FROM academic_requisite requisite
      JOIN academic_requisitecourse named ON named.institution_id = $1 AND named.requisite_id = requisite.id
      WHERE requisite.institution_id = $1 AND requisite.course_id = behind.course_id
    ) asked (course_id)
)
SELECT course_id FROM behind
"""


def refuse_circle(course: Course, requires: Collection[UUID] = (), *, field: str) -> None:
    """Refuse that a course, with what it `requires` besides, waits for itself, whatever is chosen, and show the circle.
    That it does not require itself is for the row to say.
    """
    institution = course.institution_id
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, {"institution": institution})
    behind = [key for (key,) in fetch(BEHIND, [institution, [course.pk, *requires]])]
    asks = {str(key): [tree for _, tree in trees] for key, trees in required_by(institution, behind).items()}
    asks[str(course.pk)] += [{"is": "passed", "course": str(key)} for key in requires if key != course.pk]
    if circle := circle_of(str(course.pk), asks):
        keys = [UUID(one) for one in circle]
        codes = dict(Course.objects.filter(institution=institution, pk__in=keys).values_list("id", "code"))
        shown = " requires ".join(codes[key] for key in keys)
        others = "" if is_the_only_way(circle, asks) else ", and so does whatever may be chosen instead"
        raise RuleBroken("prerequisite_circle", f"This closes a circle: {shown}{others}.", field=field)


def circle_of(course: str, asks: Asks) -> list[str] | None:
    """The shortest circle that keeps a course from ever being passed, from it and back to it; None without one."""
    waiting = {course}
    unseen = [course]
    while unseen:
        further = set(lacking(unseen.pop(), asks, None)) - waiting
        waiting |= further
        unseen += further
    # Whoever waits for nothing that waits can be passed, until nothing changes any more.
    while passable := {one for one in waiting if not any(lacking(one, asks, waiting))}:
        waiting -= passable
    return way_round(course, asks, waiting) if course in waiting else None


def way_round(course: str, asks: Asks, waiting: Collection[str]) -> list[str] | None:
    """The shortest way over what is lacking from a course back to it; None where others are the circle."""
    ways, seen = deque([[course]]), set()
    while ways:
        way = ways.popleft()
        for one in lacking(way[-1], asks, waiting):
            if one == course:
                return [*way, one]
            if one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return None


def lacking(course: str, asks: Asks, waiting: Collection[str] | None) -> Iterator[str]:
    """The courses that keep what a course asks for from holding while they wait to be passed; None: as all do."""
    for tree in asks.get(course, ()):
        yield from missing(tree, waiting)


def missing(node: Node, waiting: Collection[str] | None) -> list[str]:
    """The courses that keep one tree from holding; none where enough of it holds without them."""
    if node["is"] == "passed":
        return [node["course"]] if waiting is None or node["course"] in waiting else []
    if node["is"] not in COMBINING:
        return []
    below = [missing(one, waiting) for one in node["of"]]
    holding = sum(not one for one in below)
    return [] if holding >= asked_of(node) else [course for one in below for course in one]


def is_the_only_way(circle: Sequence[str], asks: Asks) -> bool:
    """Whether each course of a circle is asked for by the one before it whatever else somebody has."""
    hard = {course: {one for tree in asks[course] for one in hard_courses(tree)} for course in circle}
    return all(later in hard[course] for course, later in pairwise(circle))
