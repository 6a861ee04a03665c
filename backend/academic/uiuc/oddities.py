"""This file holds what is odd in the catalog: kept as it is, counted by kind, and shown by examples."""

from collections.abc import Callable, Sequence

from academic.imports.oddities import EXAMPLES, Example, Oddity
from academic.uiuc.source import LABEL, CourseRow

# kind, what it means, and what makes a course one of it.
KINDS: tuple[tuple[str, str, Callable[[CourseRow], bool]], ...] = (
    (
        "credits_vary",
        "credit hours of two amounts, “3 OR 4” or “1 TO 4”: kept as from the less up to the more",
        lambda course: course.credits_up_to is not None,
    ),
    (
        "credits_none",
        "no credit hours at all: 0, up to nothing",
        lambda course: not course.credits_up_to and not course.credits,
    ),
    (
        "number_below_100",
        "a number below 100: of level 1",
        lambda course: int(course.code.split()[1]) < 100,
    ),
    (
        "prerequisite_without_label",
        "the description speaks of prerequisites, and does not label them: none are kept",
        lambda course: "Prerequisite" in course.description and not course.prerequisite,
    ),
    (
        "prerequisite_labeled_twice",
        "prerequisites labeled twice: kept from the first label on",
        lambda course: bool(LABEL.search(course.prerequisite)),
    ),
)


def oddities_of(courses: Sequence[CourseRow]) -> list[Oddity]:
    """Every kind that occurs, with its first courses."""
    told = []
    for kind, meaning, is_odd in KINDS:
        found = [course for course in courses if is_odd(course)]
        if found:
            examples = tuple(Example(one.file, one.line, f"{one.code} {one.title}") for one in found[:EXAMPLES])
            told.append(Oddity(kind, meaning, len(found), examples))
    return told
