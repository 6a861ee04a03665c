"""This file holds how the requisites of a course are judged for one student: from facts alone, without the database.

What is asked to be passed, or to be in progress, may be in progress: the condition is looked at again with the result.
But only what comes before: it begins, with its section or its term, no later than the section that is wanted, so that
courses of one term count for each other, and those of a later one don't. So do credits. Whether a course is taken
together with another one, or not at all, is asked whatever its term.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple
from uuid import UUID

from academic.requisites.facts import Earned, Facts, Taking
from academic.requisites.trees import COMBINING, asked_of, exactly, in_words


class Outcome(IntEnum):
    """How a condition stands. A conditional one rests on a course in progress: results decide it."""

    NOT_MET = 0
    CONDITIONAL = 1
    MET = 2


class Finding(NamedTuple):
    """One condition that is not met, or only conditionally: where it stands, why, and what would satisfy it."""

    path: str
    outcome: Outcome
    code: str
    message: str
    remedy: str


class Verdict(NamedTuple):
    """How a tree stands, and each condition that holds it down."""

    outcome: Outcome
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Case:
    """One student who wants one course, in a section that starts on a day, or on one not known yet. `names` holds the
    codes of courses and programs by their ids in text.
    """

    course: UUID
    facts: Facts
    names: Mapping[str, str]
    starts_on: date | None = None
    section: UUID | None = None

    def taking(self, course: UUID) -> list[Taking]:
        """What is being taken that counts as a course, besides the course that is wanted."""
        return [one for one in self.facts.in_progress.get(course, ()) if one.course != self.course]

    def takes_before(self, course: UUID) -> bool:
        """Whether some of it begins no later than what is wanted."""
        starts_on = self.starts_on or date.max
        return any(one.begins is None or one.begins <= starts_on for one in self.taking(course))


Found = tuple[Outcome, str]  # the outcome, and the sentence where it is not MET
MET: Found = (Outcome.MET, "")


def judged(trees: Iterable[tuple[str, Mapping[str, Any]]], case: Case) -> Verdict:
    """The verdict on all trees of a course together; each comes with the path at which it stands."""
    return together([verdict_on(tree, path, case) for path, tree in trees])


def verdict_on(node: Mapping[str, Any], path: str, case: Case) -> Verdict:
    """How a tree stands: `n` nodes hold as well as the n-th best of them does."""
    if node["is"] not in COMBINING:
        outcome, message = CONDITIONS[node["is"]](node, case)
        remedy = f"It asks for: {in_words(node, case.names)}."
        findings = [] if outcome is Outcome.MET else [Finding(path, outcome, CODES[node["is"]], message, remedy)]
        return Verdict(outcome, findings)
    below = [verdict_on(one, f"{path}/of/{place}", case) for place, one in enumerate(node["of"])]
    return together(below, asked_of(node))


def together(verdicts: list[Verdict], asked: int | None = None) -> Verdict:
    """Several verdicts as one of which so many must hold; all of them where nothing is said."""
    asked = len(verdicts) if asked is None else asked
    if not asked:
        return Verdict(Outcome.MET, [])
    outcome = sorted((one.outcome for one in verdicts), reverse=True)[asked - 1]
    if outcome is Outcome.MET:
        return Verdict(outcome, [])
    # Where it is conditional, what is not met at all is not needed.
    telling = [one for one in verdicts if outcome is Outcome.NOT_MET or one.outcome is not Outcome.NOT_MET]
    return Verdict(outcome, [finding for one in telling for finding in one.findings])


def passed(node: Mapping[str, Any], case: Case) -> Found:
    course, code = UUID(node["course"]), case.names.get(node["course"], "?")
    passes = case.facts.passes.get(course, ())
    wants_distinction = node.get("min_result") == "distinction"
    least = exactly(node["min_mark"]) if "min_mark" in node else None
    graded = [one for one in passes if not wants_distinction or one.result == "distinction"]
    if any(least is None or (one.mark is not None and one.mark >= least) for one in graded):
        return MET
    if case.takes_before(course):
        return Outcome.CONDITIONAL, f"{code} is in progress: its result decides."
    if not passes:
        later = ", and is taken only after this course begins" if case.taking(course) else ""
        return Outcome.NOT_MET, f"{code} was not passed{later}."
    if all(one.how for one in passes):
        return Outcome.NOT_MET, f"{code} counts as passed, and was not passed here: it takes {asked_for(node)}."
    if not graded:
        return Outcome.NOT_MET, f"{code} was passed, and not with distinction."
    marks = [one.mark for one in graded if one.mark is not None]
    if not marks:
        return Outcome.NOT_MET, f"{code} was passed, and no mark is recorded."
    return Outcome.NOT_MET, f"{code} was passed with {max(marks).normalize():f}: it takes at least {least}."


def asked_for(node: Mapping[str, Any]) -> str:
    """What a pass has to be, in words."""
    least = node.get("min_mark")
    return "a distinction" if least is None else f"at least {least}"


def in_progress(node: Mapping[str, Any], case: Case) -> Found:
    course, code = UUID(node["course"]), case.names.get(node["course"], "?")
    if case.facts.passes.get(course):
        return MET
    if case.takes_before(course):
        return Outcome.CONDITIONAL, f"{code} is in progress: its result decides."
    return Outcome.NOT_MET, f"{code} is not in progress, and was not passed."


def registered_together(node: Mapping[str, Any], case: Case) -> Found:
    course = UUID(node["course"])
    if case.taking(course) or case.facts.passes.get(course):
        return MET
    return Outcome.NOT_MET, f"{case.names.get(node['course'], '?')} is not registered together with this course."


def not_taken(node: Mapping[str, Any], case: Case) -> Found:
    course, code = UUID(node["course"]), case.names.get(node["course"], "?")
    if case.facts.passes.get(course):
        return Outcome.NOT_MET, f"{code} was passed already, or counts as passed."
    if case.taking(course):
        return Outcome.NOT_MET, f"{code} is being taken."
    return MET


def credits_at_least(node: Mapping[str, Any], case: Case) -> Found:
    level, program, facts = node.get("level", 0), node.get("program"), case.facts
    asked = exactly(node["credits"])

    def counted(known: Mapping[UUID, Earned]) -> Decimal:
        kept = {key: one for key, one in known.items() if one.level >= level and program in (None, str(one.program))}
        most_first = sorted(kept, key=lambda key: kept[key].credits, reverse=True)
        return sum((kept[key].credits for key in facts.once(most_first)), Decimal(0))

    have = counted(facts.earned)
    if have >= asked:
        return MET
    new = {
        key: one
        for key, one in facts.taking.items()
        if facts.earned.keys().isdisjoint({key, *facts.same_as(key)}) and case.takes_before(key)
    }
    if (coming := counted(new)) and have + coming >= asked:
        return Outcome.CONDITIONAL, f"{have} of {node['credits']} credits are earned, and {coming} are in progress."
    return Outcome.NOT_MET, f"{have} of {node['credits']} credits are earned."


def level_at_least(node: Mapping[str, Any], case: Case) -> Found:
    if case.facts.level >= node["level"]:
        return MET
    if not case.facts.level:
        return Outcome.NOT_MET, "The student is in no year of study: no enrollment is open."
    return Outcome.NOT_MET, f"The student is in year {case.facts.level} of study."


def program(node: Mapping[str, Any], case: Case) -> Found:
    if any(UUID(one) in case.facts.programs for one in node["programs"]):
        return MET
    return Outcome.NOT_MET, "The student is enrolled in none of these programs."


def permission(node: Mapping[str, Any], case: Case) -> Found:
    who, permits = node["who"], case.facts.permits
    if (case.course, who, None) in permits or (case.course, who, case.section) in permits:
        return MET
    where = ""
    if any((course, giver) == (case.course, who) for course, giver, _ in permits):
        where = " in this section" if case.section else " in every section"
    return Outcome.NOT_MET, f"The {who.replace('_', ' ')} has not permitted it{where}."


CONDITIONS: dict[str, Callable[[Mapping[str, Any], Case], Found]] = {
    "passed": passed,
    "in_progress": in_progress,
    "registered_together": registered_together,
    "not_taken": not_taken,
    "credits_at_least": credits_at_least,
    "level_at_least": level_at_least,
    "program": program,
    "permission": permission,
}
CODES = {
    "passed": "not_passed",
    "in_progress": "not_in_progress",
    "registered_together": "not_together",
    "not_taken": "taken_already",
    "credits_at_least": "too_few_credits",
    "level_at_least": "level_too_low",
    "program": "other_program",
    "permission": "not_permitted",
}
