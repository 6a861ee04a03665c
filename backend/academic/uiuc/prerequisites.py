"""This file holds which courses get a tree from their sentence, and why the others keep text alone."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from academic.imports.oddities import EXAMPLES, Example, Oddity
from academic.models import Course, Prerequisite, Requisite
from academic.requisites.circles import circle_of
from academic.requisites.trees import hard_courses, leaves_of, names_in, problems_of
from academic.uiuc.grammar import UNCLEAR, Node, NotUnderstood, tree_of
from academic.uiuc.source import CourseRow
from academic.uiuc.words import OTHER_WORDS, REASONS, TOGETHER

LONGEST_TEXT = 1000
UNKNOWN, ITSELF, LARGE, CIRCLE = "unknown_course", "names_itself", "too_large", "circle"
WHY = {
    **{code: meaning for code, meaning, _ in REASONS},
    **UNCLEAR,
    UNKNOWN: "a course that the catalog does not have",
    ITSELF: "the course names itself",
    LARGE: "more than a tree may hold",
    CIRCLE: "the tree would close a circle of courses that each must be passed before the next, whatever is chosen",
    OTHER_WORDS[0]: OTHER_WORDS[1],
}
STAGE = """
CREATE TEMP TABLE uiuc_requisites (course_id uuid, kind text, tree jsonb, text text, named uuid[], hard uuid[])
ON COMMIT DROP"""
COPY = "COPY uiuc_requisites (course_id, kind, tree, text, named, hard) FROM STDIN"
# A tree that is there stays as it is; where it says something else, that is told.
DIFFER = """
SELECT course.file, course.line, course.code || ': ' || wanted.text FROM wanted_requisite wanted
JOIN academic_requisite own ON own.institution_id = %(institution)s AND own.id = wanted.id
JOIN wanted_course course ON course.id = wanted.course_id
WHERE NOT wanted.is_new AND own.tree <> wanted.tree ORDER BY course.code"""


@dataclass(frozen=True, slots=True)
class Understood:
    """The tree of one course, with the codes of courses in it."""

    course: CourseRow
    tree: Node

    @property
    def kind(self) -> str:
        """What may all be taken together with the course is a corequisite."""
        together = all(leaf["is"] == TOGETHER for _, leaf in leaves_of(self.tree))
        return Requisite.Kind.COREQUISITE if together else Requisite.Kind.PREREQUISITE


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that stays text. `detail` is what a person wants to see besides."""

    course: CourseRow
    reason: str
    detail: str = ""


def read(courses: Iterable[CourseRow], codes: Collection[str]) -> tuple[list[Understood], list[Kept]]:
    """The sentences of all courses, as trees of courses that there are, or kept for a reason."""
    understood, kept = [], []
    for course in courses:
        if course.prerequisite:
            try:
                understood.append(Understood(course, tree_for(course, codes)))
            except NotUnderstood as refusal:
                kept.append(Kept(course, refusal.reason))
    return understood, kept


def tree_for(course: CourseRow, codes: Collection[str]) -> Node:
    tree = tree_of(course.prerequisite)
    named = {one.name for one in names_in(tree)}
    if not named <= set(codes):
        raise NotUnderstood(UNKNOWN)
    if course.code in named:
        raise NotUnderstood(ITSELF)
    if len(course.prerequisite) > LONGEST_TEXT or problems_of(tree):
        raise NotUnderstood(LARGE)
    return tree


def without_circles(institution: UUID, understood: Iterable[Understood]) -> tuple[list[Understood], list[Kept]]:
    """The trees that close no circle with the graph that is there, nor with those before them; and the others, each
    with its circle. The database refuses such an edge too. A tree that is there already is part of the graph.
    """
    asks: dict[str, list[Node]] = defaultdict(list)
    by_hand = Prerequisite.objects.filter(institution=institution, requisite=None)
    for course, required in by_hand.values_list("course__code", "requires__code"):
        asks[course].append({"is": "passed", "course": required})
    codes = {str(key): code for key, code in Course.objects.filter(institution=institution).values_list("pk", "code")}
    there = set()
    stored = Requisite.objects.filter(institution=institution)
    for course, kind, tree in stored.values_list("course__code", "kind", "tree"):
        for named in names_in(tree):
            named.becomes(codes.get(named.name, named.name))
        asks[course].append(tree)
        there.add((course, kind))
    fitting, kept = [], []
    for one in understood:
        code = one.course.code
        if (code, one.kind) in there:
            fitting.append(one)
            continue
        asks[code].append(one.tree)
        if circle := circle_of(code, asks):
            asks[code].pop()
            kept.append(Kept(one.course, CIRCLE, " requires ".join(circle)))
        else:
            fitting.append(one)
    return fitting, kept


def stage(institution: UUID, understood: Iterable[Understood]) -> None:
    """The trees with ids for codes, where the loads find them."""
    ids = dict(Course.objects.filter(institution=institution).values_list("code", "pk"))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.uiuc_requisites")
        cursor.execute(STAGE)
        with cursor.copy(COPY) as copy:
            for one in understood:
                copy.write_row((ids[one.course.code], one.kind, *as_kept(one, ids)))


def as_kept(one: Understood, ids: Mapping[str, UUID]) -> Iterator[object]:
    tree = json.loads(json.dumps(one.tree))
    for named in names_in(tree):
        named.becomes(str(ids[named.name]))
    yield json.dumps(tree)
    yield one.course.prerequisite
    yield sorted({UUID(named.name) for named in names_in(tree)})
    yield sorted({UUID(course) for course in hard_courses(tree)})


def told(kept: Iterable[Kept]) -> list[Oddity]:
    """The sentences that stay text, by reason, with the first of each."""
    by_reason: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        by_reason[one.reason].append(one)
    return [
        Oddity(f"text_{reason}", f"prerequisites kept as text: {WHY[reason]}", len(found), examples_of(found))
        for reason, found in sorted(by_reason.items(), key=lambda item: -len(item[1]))
    ]


def examples_of(kept: list[Kept]) -> tuple[Example, ...]:
    return tuple(
        Example(one.course.file, one.course.line, f"{one.course.code}: {one.detail or one.course.prerequisite}")
        for one in kept[:EXAMPLES]
    )


def different(institution: UUID) -> list[Oddity]:
    """Trees that are there and say something else than the catalog does."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFER, {"institution": institution})
        found = cursor.fetchall()
    if not found:
        return []
    examples = tuple(Example(*one) for one in found[:EXAMPLES])
    return [Oddity("another_tree", "the course has another tree here, which is left as it is", len(found), examples)]
