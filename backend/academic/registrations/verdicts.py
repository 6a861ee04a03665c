"""This file holds how attempts to register are put to the verdict (verdict.sql), and what it answers."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import transaction

from academic.registrations.checks import Failure
from academic.registrations.models import Registration
from academic.requisites.facts import Wish
from academic.requisites.queries import resting_on
from academic.requisites.queries import verdicts_on as requisites_on
from academic.requisites.verdicts import Outcome
from core.errors import Invalid, Problem, RuleBroken
from core.lists.fetching import fetch
from faculties.institutions.days import today_at

TEXT = Path(__file__).with_name("verdict.sql")
ASKED = {
    "key": "id",
    "enrollment": "enrollment_id",
    "section": "section_id",
    "registered_on": "registered_on",
    "attempt": "attempt",
    "credits_studied": "credits_studied",
    "age_band": "age_band",
    "requisites": "requisites",
}
STANDING = {
    Outcome.MET: Registration.Requisites.MET,
    Outcome.CONDITIONAL: Registration.Requisites.CONDITIONAL,
    # Of who gets in all the same: nobody does without a waiver.
    Outcome.NOT_MET: Registration.Requisites.WAIVED,
}
Together = dict[UUID, set[Wish]]  # what each student takes at once
JUDGE = "SELECT key, failed FROM academic_register($1, $2::jsonb, $3)"


class Verdict(NamedTuple):
    """The answer to one attempt: every check that failed, in their order; without one the student is registered."""

    attempt: Registration
    failed: list[Failure]
    is_dry: bool
    waitlisted: UUID | None = None  # the entry by which the student waits instead
    warnings: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        return not self.failed

    @property
    def registration(self) -> UUID | None:
        return self.attempt.pk if self.passed and not self.is_dry else None


def verdicts_on(institution: UUID, attempts: Sequence[Registration], *, dry: bool = False) -> list[Verdict]:
    """Register the attempts of one institution that pass every check, and answer each, in order.

    An attempt is a registration that is not saved yet, or one that was withdrawn. A dry run is a real one, undone. A
    whole and its parts that are asked for together are taken together, or none of them. A course that is refused is not
    being taken: where another one rests on it, all are judged anew without it.
    """
    left_out: dict[UUID, list[Failure]] = {}
    together = wanted_by(attempts)
    is_final = not dry and len(together) == len(attempts)  # nobody who asks once can undo what came of the others
    while True:
        asked = [one for one in attempts if one.pk not in left_out]
        with nullcontext() if is_final else transaction.atomic():
            failed = judged(institution, asked, together)
            refused = left_over(asked, failed)
            in_vain = {} if refused else asked_in_vain(institution, asked, failed, together)
            if dry or refused or in_vain:
                transaction.set_rollback(True)
        left_out |= refused
        if in_vain:
            together |= {student: together[student] - wishes for student, wishes in in_vain.items()}
            left_out.clear()  # what they gave back may be for others
        elif not refused:
            return [Verdict(one, told((failed | left_out)[one.pk]), dry) for one in attempts]


def judged(institution: UUID, attempts: Sequence[Registration], together: Together) -> dict[UUID, list[Failure]]:
    """What failed of each attempt; those of which nothing did are registered."""
    unmet = judge_requisites(institution, attempts, together)
    asked = [asked_of(one) | {"unmet": unmet.get(one.pk, [])} for one in attempts]
    rows = fetch(JUDGE, [institution, orjson.dumps(asked, default=str).decode(), today_at(institution)])
    return {key: [Failure(**one) for one in found] for key, found in rows}


def asked_of(one: Registration) -> dict[str, Any]:
    """An attempt as the verdict reads it. Whoever comes back comes today: the day that is kept is of the first time."""
    told = {name: getattr(one, attribute) for name, attribute in ASKED.items()}
    return told if one._state.adding else told | {"registered_on": None}


def left_over(attempts: Sequence[Registration], failed: dict[UUID, list[Failure]]) -> dict[UUID, list[Failure]]:
    """Which attempts can't pass any more, where of a whole and its parts some passed and others were refused, and why.

    Whoever is torn apart keeps no seat, so what was refused to those who came later for the want of one may yet be
    theirs. All others are refused at once, that a full part is not judged anew for each of hundreds.
    """
    groups: dict[tuple[UUID, UUID], list[Registration]] = defaultdict(list)
    for one in attempts:
        groups[one.enrollment_id, one.section.whole_id or one.section_id].append(one)
    torn = [some for some in groups.values() if len({bool(failed[one.pk]) for one in some}) > 1]
    if not torn:
        return {}
    nth = {one.pk: number for number, one in enumerate(attempts)}
    loose: dict[UUID, int] = {}  # the first attempt at each section that has a seat and can't keep it
    first_of: dict[UUID, list[Registration]] = {}  # what is torn first of each student
    for some in torn:
        first_of.setdefault(some[0].student_id, some)
        for one in some:
            if not failed[one.pk]:
                loose[one.section.meets_as] = min(nth[one.pk], loose.get(one.section.meets_as, nth[one.pk]))

    def lasts(failure: Failure, one: Registration, some: list[Registration]) -> bool:
        if failure.check == "seats":
            return nth[one.pk] < loose.get(one.section.meets_as, len(nth))
        if failure.code == "whole_missing":
            return all(other.section_id != one.section.whole_id for other in some)
        return first_of.get(one.student_id, some) is some  # of what else they take, nothing is given back

    refused: dict[UUID, list[Failure]] = {}
    for some in groups.values():
        refused |= torn_by({one: [each for each in failed[one.pk] if lasts(each, one, some)] for one in some})
    return refused or torn_by({one: failed[one.pk] for one in torn[0]})


def torn_by(found: dict[Registration, list[Failure]]) -> dict[UUID, list[Failure]]:
    """Why each of a whole and its parts is refused, where one is: by itself, or because of those that are."""
    codes = ", ".join(one.section.code for one, some in found.items() if some)
    because = [Failure("linked", "torn_apart", {"sections": codes})]
    return {one.pk: some or because for one, some in found.items()} if codes else {}


def wish_of(one: Registration) -> Wish:
    return Wish(one.student_id, one.section.course_id, one.section_id, one.section.starts_on)


def wanted_by(attempts: Sequence[Registration]) -> Together:
    """What each student asks for."""
    wanted: Together = defaultdict(set)
    for one in attempts:
        wanted[one.student_id].add(wish_of(one))
    return wanted


def asked_in_vain(
    institution: UUID, attempts: Sequence[Registration], failed: dict[UUID, list[Failure]], together: Together
) -> Together:
    """What was refused to students though another course that they ask for rests on it."""
    wanted, gets = wanted_by(attempts), wanted_by([one for one in attempts if not failed[one.pk]])
    refused = {student: together[student] - gets[student] for student in wanted if len(together[student]) > 1}
    refused = {student: wishes for student, wishes in refused.items() if wishes}
    if not refused:
        return {}
    asking = {one.course for student in refused for one in wanted[student]}
    resting = resting_on(institution, asking, {one.course for wishes in refused.values() for one in wishes})
    return {
        student: wishes
        for student, wishes in refused.items()
        if any(one.course in resting[wish.course] - {wish.course} for one in wishes for wish in wanted[student])
    }


def judge_requisites(
    institution: UUID, attempts: Sequence[Registration], together: Together
) -> dict[UUID, list[dict[str, Any]]]:
    """Have each attempt say how the requisites of its course stand, where a student takes some courses together; those
    that are not met, by attempt.
    """
    wishes = {one.pk: wish_of(one) for one in attempts}
    at_once = [wish for student in {one.student_id for one in attempts} for wish in together[student]]
    found = requisites_on(institution, list(wishes.values()), today_at(institution), at_once)
    unmet: dict[UUID, list[dict[str, Any]]] = {}
    for one in attempts:
        outcome, findings = found[wishes[one.pk]]
        one.requisites = STANDING[outcome]
        unmet[one.pk] = [
            {"code": finding.code, "figures": {"message": finding.message, "remedy": finding.remedy}}
            for finding in findings
            if finding.outcome == Outcome.NOT_MET
        ]
    return unmet


def told(failed: list[Failure]) -> list[Failure]:
    """Who is registered already is told that, and nothing that follows from it."""
    return failed[:1] if failed and failed[0].check == "once" else failed


def refuse(failed: list[Failure]) -> RuleBroken:
    """The refusal of one attempt, with a problem for each check that failed."""
    problems = [Problem(one.code, f"{one.message} {one.remedy}", one.field) for one in failed]
    if failed[0].check == "once":
        return Invalid(problems)
    refusal = RuleBroken(problems[0].code, problems[0].message)
    refusal.problems = problems
    return refusal
