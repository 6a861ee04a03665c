"""This file holds what is wrong with the structure of a program version: what nobody could study as it stands.

It judges what the structure says and no student: a choice counts as taken where somebody could take it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import Q

from academic.courses.models import Course
from academic.curricula.models import CourseGroup, ProgramCourse
from academic.equivalences.models import CourseEquivalence
from academic.programs.models import ProgramVersion
from academic.requisites.queries import codes_in, required_by
from academic.requisites.trees import COMBINING, asked_of, exactly, in_words
from core.errors import Problem

LAST_TERM = 6
Place = tuple[int, int]


@dataclass(slots=True)
class Structure:
    """A version with its groups and courses, and which courses count as which other ones."""

    version: ProgramVersion
    groups: list[CourseGroup]
    courses: list[ProgramCourse]
    stand_ins: dict[UUID, set[UUID]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether any course counts somewhere."""
        return any(group.open_to_any for group in self.groups)

    def in_group(self, group: CourseGroup | None) -> list[ProgramCourse]:
        return [one for one in self.courses if one.group_id == (group and group.pk)]

    @property
    def compulsory(self) -> list[ProgramCourse]:
        return [one for one in self.courses if one.is_compulsory]


def structure_of(version: ProgramVersion) -> Structure:
    of_version = {"institution": version.institution_id, "program_version": version}
    groups = list(CourseGroup.objects.filter(**of_version).order_by("place", "id"))
    placed = ProgramCourse.objects.filter(**of_version).select_related("course")
    courses = list(placed.order_by("year_of_study", "term_of_study", "course__code"))
    keys = [one.course_id for one in courses]
    stand_ins: dict[UUID, set[UUID]] = {}
    equal = CourseEquivalence.objects.filter(
        Q(course__in=keys) | Q(counts_as__in=keys), institution=version.institution
    )
    for one in equal:
        stand_ins.setdefault(one.counts_as_id, set()).add(one.course_id)
        if one.both_ways:
            stand_ins.setdefault(one.course_id, set()).add(one.counts_as_id)
    return Structure(version, groups, courses, stand_ins)


def flaws_of(version: ProgramVersion) -> list[Problem]:
    """Everything that is wrong with a version's structure, each with what would mend it."""
    structure = structure_of(version)
    if not structure.courses:
        return [Problem("no_courses", "This version has no courses: put in what is studied.", "courses")]
    return [
        *flaws_of_groups(structure),
        *flaws_of_credits(structure),
        *flaws_of_years(structure),
        *flaws_of_retired(structure),
        *flaws_of_requisites(structure),
    ]


def flaws_of_groups(structure: Structure) -> Iterator[Problem]:
    """Groups that ask for more than their courses give."""
    for group in structure.groups:
        inside = structure.in_group(group)
        if group.open_to_any:
            continue
        if group.min_credits and group.min_credits > (given := most_credits_in(inside)):
            yield Problem(
                "group_without_the_credits",
                f"The group {group.name} asks for {plain(group.min_credits)} credits, and its courses give"
                f" {plain(given)}: add courses, or ask for less.",
                "groups",
            )
        if group.min_courses and group.min_courses > len(inside):
            yield Problem(
                "group_without_the_courses",
                f"The group {group.name} asks for {group.min_courses} courses, and has {len(inside)}:"
                " add courses, or ask for fewer.",
                "groups",
            )


def flaws_of_credits(structure: Structure) -> Iterator[Problem]:
    """Credits of the whole that its parts exceed, or can't reach."""
    whole = structure.version.credits_required
    if whole is None:
        yield Problem("no_credits_required", "Say how many credits this version asks for.", "credits_required")
        return
    asked = sum((asked_by(structure, part) for part in (None, *structure.groups)), Decimal(0))
    if asked > whole:
        yield Problem(
            "more_than_required",
            f"Its groups and compulsory courses ask for {plain(asked)} credits, and the version for {plain(whole)}:"
            " ask for less in the parts, or for more in the whole.",
            "credits_required",
        )
    given = most_credits_in(structure.courses)
    if given < whole and not structure.is_open:
        yield Problem(
            "credits_out_of_reach",
            f"The version asks for {plain(whole)} credits, and its courses give {plain(given)}:"
            " add courses or a group that is open to any, or ask for less.",
            "credits_required",
        )


def asked_by(structure: Structure, group: CourseGroup | None) -> Decimal:
    """The credits that a group asks for, or what its compulsory courses and the smallest of as many others as it asks
    for give, if that is more.
    """
    inside = structure.in_group(group)
    compulsory = [one for one in inside if one.is_compulsory]
    others = sorted((one for one in inside if not one.is_compulsory), key=lambda one: one.course.credits)
    if group is None or group.open_to_any:
        return max(credits_in(compulsory), (group and group.min_credits) or Decimal(0))
    more = max((group.min_courses or 0) - len(compulsory), 0)
    return max(credits_in(compulsory + others[:more]), group.min_credits or Decimal(0))


def flaws_of_years(structure: Structure) -> Iterator[Problem]:
    """Courses that stand after the end of the program."""
    duration = structure.version.program.duration_years
    for one in structure.courses:
        if duration and one.year_of_study > ceil(duration):
            yield Problem(
                "after_the_end",
                f"{one.course.code} stands in year {one.year_of_study}, and the program takes {plain(duration)} years:"
                " move it, or prolong the program.",
                "courses",
            )


def flaws_of_retired(structure: Structure) -> Iterator[Problem]:
    """Compulsory courses that are offered no more."""
    for one in structure.compulsory:
        if one.course.status == Course.Status.RETIRED:
            yield Problem(
                "retired_course",
                f"{one.course.code} is compulsory, and retired: put another course in its place.",
                "courses",
            )


def flaws_of_requisites(structure: Structure) -> Iterator[Problem]:
    """Compulsory courses that require what the structure doesn't have before them."""
    institution = structure.version.institution_id
    trees = required_by(institution, [one.course_id for one in structure.compulsory])
    names = codes_in(institution, (tree for some in trees.values() for _, tree in some))
    for one in structure.compulsory:
        before = Before(structure, one)
        for _, tree in trees[one.course_id]:
            if not before.satisfies(tree):
                yield Problem(
                    "requisites_out_of_reach",
                    f"{one.course.code}, in {told(one)}, requires: {in_words(tree, names)}. The version doesn't have"
                    " that before: move the course, put in what it requires, or change its requisites.",
                    "courses",
                )


@dataclass(slots=True)
class Before:
    """What somebody who keeps to the structure can have done when a course of it comes."""

    structure: Structure
    course: ProgramCourse

    def satisfies(self, node: Mapping[str, Any]) -> bool:
        """Whether a tree of requisites can hold by then. What no structure tells, such as a mark, can."""
        if node["is"] in COMBINING:
            return sum(self.satisfies(one) for one in node["of"]) >= asked_of(node)
        match node["is"]:
            case "passed":
                return self.has(UUID(node["course"]), self.is_before)
            case "in_progress" | "registered_together":
                return self.has(UUID(node["course"]), self.is_not_after)
            case "not_taken":
                named = UUID(node["course"])
                return not any(one.course_id == named and self.is_before(one) for one in self.structure.compulsory)
            case "credits_at_least":
                level = node.get("level", 0)
                earned = most_credits_in(
                    one for one in self.structure.courses if one.course.level >= level and self.is_before(one)
                )
                return self.structure.is_open or earned >= exactly(node["credits"])
            case "level_at_least":
                return self.course.year_of_study >= node["level"]
            case "program":
                return str(self.structure.version.program_id) in node["programs"]
            case _:
                return True

    def has(self, course: UUID, fits: Any) -> bool:
        counting = {course, *self.structure.stand_ins.get(course, ())}
        return any(one.course_id in counting and fits(one) for one in self.structure.courses)

    def is_before(self, other: ProgramCourse) -> bool:
        return earliest(other) < latest(self.course)

    def is_not_after(self, other: ProgramCourse) -> bool:
        return earliest(other) <= latest(self.course)


def earliest(one: ProgramCourse) -> Place:
    return one.year_of_study, one.term_of_study or 1


def latest(one: ProgramCourse) -> Place:
    """One that may be in any term of its year can wait for the last."""
    return one.year_of_study, one.term_of_study or LAST_TERM


def credits_in(courses: Iterable[ProgramCourse]) -> Decimal:
    """What courses give at least."""
    return sum((one.course.credits for one in courses), Decimal(0))


def most_credits_in(courses: Iterable[ProgramCourse]) -> Decimal:
    """What courses can give: some can be taken for more."""
    return sum((one.course.credits_up_to or one.course.credits for one in courses), Decimal(0))


def told(one: ProgramCourse) -> str:
    return f"year {one.year_of_study}" + (f", term {one.term_of_study}" if one.term_of_study else "")


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
