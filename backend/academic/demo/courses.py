"""This file holds the courses that an award is made of: three in each half of a year, twenty credits each."""

from collections.abc import Iterator
from dataclasses import dataclass

from academic.demo.catalog import Award, DepartmentPlan, Level

CREDITS, PRACTICE_CREDITS = 20, 60
# The year whose entrants were the first to study by the renewed structure, and what it put in place of a topic.
FIRST_CATALOG, RENEWED_CATALOG = 2020, 2025
RENEWAL = "Innovation and Entrepreneurship"
GENERAL = ("Communication Skills", "Digital Literacy")


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """One course at its place in a program. `requires` is the title of the course to pass before."""

    title: str
    year: int
    half: int
    credits: int = CREDITS
    requires: str | None = None
    is_general: bool = False


def courses_of(award: Award, department: DepartmentPlan) -> list[CoursePlan]:
    """Every course of an award, in the order of study."""
    if award.level == Level.MASTER:
        return list(master(department))
    if award.years == 1:
        return [CoursePlan(f"{topic} in Practice", 1, half_of(place)) for place, topic in enumerate(department.topics)]
    return list(taught(award, department))


def half_of(place: int) -> int:
    return 1 if place < 3 else 2


def master(department: DepartmentPlan) -> Iterator[CoursePlan]:
    for place, topic in enumerate(department.topics):
        yield CoursePlan(f"{topic}: Theory and Research", 1, half_of(place))
    for topic in department.topics[:2]:
        yield CoursePlan(f"Seminar on {topic}", 2, 1, requires=f"{topic}: Theory and Research")
    yield CoursePlan("Research Methods", 2, 1)
    yield CoursePlan("Dissertation", 2, 2, PRACTICE_CREDITS, requires="Research Methods")


def taught(award: Award, department: DepartmentPlan) -> Iterator[CoursePlan]:
    """Introductions first, then every topic, deeper from year to year; at the end a project. One year is practice."""
    topics, before = department.topics, dict.fromkeys(department.topics)
    for year in range(1, award.years + 1):
        if year == award.practice_year:
            for half in (1, 2):
                yield CoursePlan(f"{award.practice} {'I' * half}", year, half, PRACTICE_CREDITS)
            continue
        is_last = year > 1 and year >= award.years - (award.practice_year == award.years)
        title = title_in(year, is_last)
        for place, topic in enumerate(topics[:4] if year == 1 or is_last else topics):
            named = title.format(topic)
            yield CoursePlan(named, year, half_of(place), requires=before[topic])
            before[topic] = named
        if year == 1:
            for general in GENERAL:
                yield CoursePlan(general, 1, 2, is_general=True)
        elif is_last:
            yield CoursePlan("Research Methods", year, 2)
            yield CoursePlan("Research Project", year, 2, requires=before[topics[0]])


def title_in(year: int, is_last: bool) -> str:
    """How a topic is called in a year of study."""
    if is_last:
        return "Advanced {}"
    return {1: "Introduction to {}", 2: "{}", 3: "Applied {}"}.get(year, "Case Studies in {}")
