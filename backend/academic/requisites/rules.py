"""This file holds what may happen to the requisites of a course: its trees, and edges that are entered by hand."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

from django.db.models import Q

from academic.courses.models import Course, Prerequisite
from academic.programs.models import Program
from academic.requisites.circles import refuse_circle
from academic.requisites.models import Requisite, RequisiteCourse
from academic.requisites.trees import hard_courses, names_in, problems_of
from core.actor import Actor
from core.errors import Invalid, Problem, RuleBroken
from core.rules import rule


@rule("academic.requisite.added", needs="academic.change_course")
def add_requisite(actor: Actor, *, course: Course, tree: Any, **fields: Any) -> Requisite:
    """Say what a course asks for. What nobody gets past without is an edge of the prerequisite graph too."""
    tree = understood(course, tree)
    requisite = Requisite(institution_id=course.institution_id, course=course, tree=tree, **fields).save_checked()
    return indexed(requisite)


@rule("academic.requisite.changed", needs="academic.change_course")
def change_requisite(actor: Actor, requisite: Requisite, **fields: Any) -> Requisite:
    """Say anew what a course asks for."""
    if "tree" in fields:
        fields["tree"] = understood(requisite.course, fields["tree"])
    return indexed(requisite.change(**fields))


@rule("academic.requisite.removed", needs="academic.change_course")
def remove_requisite(actor: Actor, requisite: Requisite) -> None:
    """Ask for this no more."""
    forget_index(requisite)
    requisite.delete()


@rule("academic.prerequisite.added", needs="academic.change_course")
def add_prerequisite(actor: Actor, *, course: Course, requires: Course) -> Prerequisite:
    """Require a course before another. A circle is refused and shown; the database refuses it too."""
    refuse_circle(course, [requires.pk], field="requires")
    return Prerequisite(institution_id=course.institution_id, course=course, requires=requires).save_checked()


@rule("academic.prerequisite.removed", needs="academic.change_course")
def remove_prerequisite(actor: Actor, prerequisite: Prerequisite) -> None:
    """Require a course no more. What stands for a node of a tree goes with that."""
    if prerequisite.requisite_id:
        raise RuleBroken("part_of_a_tree", "This stands for a node of the course's requisites: change that tree.")
    prerequisite.delete()


def understood(course: Course, tree: Any) -> dict[str, Any]:
    """The tree with ids for names, or `Invalid` with everything that is wrong with it, each with its node's path."""
    if problems := problems_of(tree):
        raise Invalid(problems)
    tree = deepcopy(tree)
    known = {
        "course": ids_by_name(Course, course.institution_id, tree, "course"),
        "program": ids_by_name(Program, course.institution_id, tree, "program"),
    }
    for named in names_in(tree):
        found = known[named.field].get(named.name)
        if found is None:
            message = f"There is no {named.field} {named.name} at this institution."
            problems.append(Problem(f"unknown_{named.field}", message, named.path))
        elif found == course.pk:
            problems.append(Problem("requires_itself", "A course can't name itself.", named.path))
        else:
            named.becomes(str(found))
    if problems:
        raise Invalid(problems)
    return tree


def ids_by_name(model: Any, institution: UUID, tree: Mapping[str, Any], field: str) -> dict[str, UUID]:
    """The ids of the rows that a tree names, by what it calls them."""
    names = {named.name for named in names_in(tree) if named.field == field}
    ids = {name: key for name in names if (key := id_in(name))}
    rows = model.objects.filter(Q(code__in=names) | Q(pk__in=ids.values()), institution=institution)
    found: dict[str, UUID] = {}
    for key, code in rows.values_list("pk", "code"):
        found[code] = key
        found |= {name: key for name, one in ids.items() if one == key}
    return found


def id_in(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def indexed(requisite: Requisite) -> Requisite:
    """Keep beside a tree the courses it names, and the edges of the prerequisite graph that it stands for."""
    forget_index(requisite)
    institution, course = requisite.institution_id, requisite.course
    named = {UUID(one.name) for one in names_in(requisite.tree) if one.field == "course"}
    hard = {UUID(one) for one in hard_courses(requisite.tree)}
    RequisiteCourse.objects.bulk_create(
        RequisiteCourse(institution_id=institution, requisite=requisite, course_id=one) for one in sorted(named)
    )
    refuse_circle(course, field="tree")
    Prerequisite.objects.bulk_create(
        Prerequisite(institution_id=institution, course=course, requires_id=one, requisite=requisite)
        for one in sorted(hard)
    )
    return requisite


def forget_index(requisite: Requisite) -> None:
    for model in (RequisiteCourse, Prerequisite):
        model.objects.filter(institution=requisite.institution_id, requisite=requisite).delete()
