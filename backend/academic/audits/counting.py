"""This file holds how a degree audit counts: which pass counts where in a program version, and what remains.

Each course that was passed counts once, and so do courses that count as each other: one of them, unless the version
makes several compulsory. Where a course stands in the version itself, it counts there; then it may stand in for an
equivalent one, so that as many as can be are done; then it is an elective of the first group that is open to any and
still asks for something. What is being taken comes after all that is done.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from academic.curricula.models import CourseGroup, ProgramCourse
from academic.requisites.facts import Earned, Facts

DONE, IN_PROGRESS, MISSING = "done", "in_progress", "missing"
PASSED = "passed"


@dataclass(slots=True)
class Line:
    """One course of a group, how it stands, and which course counts for it, with its credits and how it has them."""

    course: UUID
    is_compulsory: bool
    year_of_study: int | None = None
    term_of_study: int | None = None
    status: str = MISSING
    by: UUID | None = None
    credits: Decimal = Decimal(0)
    earned_by: str | None = None

    def take(self, by: UUID, earned: Earned, status: str) -> None:
        self.by, self.credits, self.status = by, earned.credits, status
        self.earned_by = how_earned(earned) if status == DONE else None


@dataclass(slots=True)
class Part:
    """One group of a version, or the courses that stand in none: what is done of what it asks for."""

    group: CourseGroup | None
    lines: list[Line] = field(default_factory=list)

    def credits_that_are(self, status: str) -> Decimal:
        return sum((line.credits for line in self.lines if line.status == status), Decimal(0))

    @property
    def courses_done(self) -> int:
        return sum(line.status == DONE for line in self.lines)

    @property
    def credits_missing(self) -> Decimal:
        return self.credits_besides(DONE)

    @property
    def courses_missing(self) -> int:
        return self.courses_besides(DONE)

    @property
    def is_complete(self) -> bool:
        return self.is_filled_by(DONE)

    def is_filled_by(self, *statuses: str) -> bool:
        """Whether courses of these statuses are all that it asks for."""
        return not self.credits_besides(*statuses) and not self.courses_besides(*statuses)

    def credits_besides(self, *statuses: str) -> Decimal:
        asked = (self.group and self.group.min_credits) or Decimal(0)
        return max(asked - sum(map(self.credits_that_are, statuses)), Decimal(0))

    def courses_besides(self, *statuses: str) -> int:
        """How many more courses it asks for: by number, or because they are compulsory."""
        asked = (self.group and self.group.min_courses) or 0
        others = [line for line in self.lines if line.status not in statuses]
        return max(asked - len(self.lines) + len(others), sum(line.is_compulsory for line in others))


def counted(
    groups: Iterable[CourseGroup], courses: Iterable[ProgramCourse], facts: Facts
) -> tuple[list[Part], list[UUID]]:
    """The parts of a version as they stand for a student, and the courses passed that count nowhere in it."""
    apart = Part(None)
    parts: dict[UUID, Part] = {group.pk: Part(group) for group in groups}
    for one in courses:
        line = Line(one.course_id, one.is_compulsory, one.year_of_study, one.term_of_study)
        (parts[one.group_id] if one.group_id else apart).lines.append(line)
    ordered = [*([apart] if apart.lines else []), *parts.values()]
    lines = [line for part in ordered for line in part.lines]
    used: set[UUID] = set()
    for status, known in ((DONE, facts.earned), (IN_PROGRESS, facts.taking)):
        fill(lines, facts, known, status, used)
    extra = []
    for status, known in ((DONE, facts.earned), (IN_PROGRESS, facts.taking)):
        for course in [one for one in known if one not in used]:
            is_new = facts.same_as(course).isdisjoint(used)
            if is_new and (part := asking(ordered, besides=status)):
                used.add(course)
                elective = Line(course, is_compulsory=False)
                elective.take(course, known[course], status)
                part.lines.append(elective)
            elif status == DONE:
                extra.append(course)
    return ordered, extra


def fill(lines: list[Line], facts: Facts, known: dict[UUID, Earned], status: str, used: set[UUID]) -> None:
    """Let what is known count where it stands itself first, and then where it is equivalent."""
    missing = sorted((line for line in lines if line.status == MISSING), key=lambda line: not line.is_compulsory)
    for line in missing:
        if line.course in known and (line.is_compulsory or facts.same_as(line.course).isdisjoint(used)):
            line.take(line.course, known[line.course], status)
            used.add(line.course)
    left = [line for line in missing if line.status == MISSING]
    fitting = [[one for one in instead(facts, line.course, status) if one in known] for line in left]
    unused = (one for some in fitting for one in some if used.isdisjoint({one, *facts.same_as(one)}))
    free = facts.once(dict.fromkeys(unused))
    for place, other in matched([[one for one in some if one in free] for some in fitting]).items():
        left[place].take(other, known[other], status)
        used.add(other)


def matched(offered: list[list[UUID]]) -> dict[int, UUID]:
    """One of what each place is offered, for as many places as can be, and the first before the last: whoever has
    something already takes another one where that lets one more place have any.
    """
    holder: dict[UUID, int] = {}

    def finds(place: int, asked: set[UUID]) -> bool:
        for one in offered[place]:
            if one not in asked:
                asked.add(one)
                if one not in holder or finds(holder[one], asked):
                    holder[one] = place
                    return True
        return False

    for place in range(len(offered)):
        finds(place, set())
    return {place: one for one, place in holder.items()}


def how_earned(earned: Earned) -> str:
    """Passed here, or the kind of exemption by which it counts."""
    return earned.how or PASSED


def instead(facts: Facts, course: UUID, status: str) -> list[UUID]:
    """The other courses that count as this one."""
    if status == IN_PROGRESS:
        return [one.course for one in facts.in_progress.get(course, ()) if one.course != course]
    return [one.instead for one in facts.passes.get(course, ()) if one.instead]


def asking(parts: list[Part], *, besides: str) -> Part | None:
    """The first group that is open to any course and asks for more than what is done, and in progress where that is
    asked `besides`; one that asks nothing always does.
    """
    for part in parts:
        group = part.group
        if group and group.open_to_any:
            asks_nothing = group.min_credits is None and group.min_courses is None
            if asks_nothing or not part.is_filled_by(*{DONE, besides}):
                return part
    return None
