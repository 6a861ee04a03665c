"""This file holds the courses that an award is made of: three in each half of a year, twenty credits each."""

from collections.abc import Iterator
from dataclasses import dataclass

from academic.demo.catalog import Award, DepartmentPlan, Level

CREDITS, LONG_CREDITS = 20, 60
# What every first-year student takes, by the catalog year that introduced it.
GENERAL = {
    2020: ("Communication Skills", "Digital Literacy"),
    2025: ("Communication Skills", "Innovation and Entrepreneurship"),
}


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """One course at its place in a program. `requires` is the title of the course to pass before it."""

    title: str
    year: int
    half: int
    credits: int = CREDITS
    requires: str | None = None
    is_general: bool = False


def courses_of(award: Award, department: DepartmentPlan, catalog_year: int) -> list[CoursePlan]:
    """Every course of an award as entered from a catalog year on, in the order of study."""
    if award.level == Level.MASTER:
        return list(of_master(department))
    if award.years == 1:
        topics = enumerate(department.topics)
        return [CoursePlan(f"{topic} in Practice", 1, half_of(place)) for place, topic in topics]
    return [course for year in range(1, award.years + 1) for course in of_year(award, department, year, catalog_year)]


def half_of(place: int) -> int:
    return 1 if place < 3 else 2


def of_master(department: DepartmentPlan) -> Iterator[CoursePlan]:
    for place, topic in enumerate(department.topics):
        yield CoursePlan(f"{topic}: Theory and Research", 1, half_of(place))
    for topic in department.topics[:2]:
        yield CoursePlan(f"Seminar on {topic}", 2, 1, requires=f"{topic}: Theory and Research")
    yield CoursePlan("Research Methods", 2, 1)
    yield CoursePlan("Dissertation", 2, 2, LONG_CREDITS, requires="Research Methods")


def of_year(award: Award, department: DepartmentPlan, year: int, catalog_year: int) -> Iterator[CoursePlan]:
    """Introductions first, then every topic, deeper from year to year, at the end a project. One year is practice."""
    if year == award.practice_year:
        for half in (1, 2):
            yield CoursePlan(f"{award.practice} {'I' * half}", year, half, LONG_CREDITS)
        return
    taught = [one for one in range(1, award.years + 1) if one != award.practice_year]
    step, is_last = taught.index(year), year == taught[-1] and year > 1
    for place, topic in enumerate(department.topics[:4] if is_last or step == 0 else department.topics):
        # In the second taught year the last two topics are new.
        before = named(topic, step - 1) if step > 1 or (step == 1 and place < 4) else None
        yield CoursePlan(f"Advanced {topic}" if is_last else named(topic, step), year, half_of(place), requires=before)
    if step == 0:
        for title in GENERAL[catalog_year]:
            yield CoursePlan(title, year, 2, is_general=True)
    elif is_last:
        yield CoursePlan("Research Methods", year, 2)
        yield CoursePlan("Research Project", year, 2, requires=f"Advanced {department.topics[0]}")


def named(topic: str, step: int) -> str:
    """How a topic is called in the first, second, ... taught year before the last."""
    return ("Introduction to {}", "{}", "Applied {}", "Case Studies in {}")[step].format(topic)
