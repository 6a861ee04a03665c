"""This file holds how students come to wait for a seat, and accept one: the verdict decides both."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from academic.enrollments.models import Enrollment
from academic.registrations.models import Registration
from academic.registrations.priorities import priorities_of
from academic.registrations.rules import (
    attempt_at,
    left_before,
    refuse_strangers,
    register_cohort,
    register_with_parts,
)
from academic.registrations.verdicts import Verdict, refuse, verdicts_on
from academic.sections.models import Section
from academic.sections.seats import hold, hold_sections, hold_students, with_parts
from academic.waitlists.models import WaitlistEntry
from academic.waitlists.queries import (
    clashing_kinds,
    held_for,
    most_waiting_at,
    others_of_course,
    waiting_for,
    with_seats,
)
from academic.waitlists.rules import JOIN, refuse_closed
from core.actor import Actor
from core.audit.record import record_new
from core.errors import Invalid, Problem, RuleBroken
from core.rules import rule

GONE = Registration.Status.WITHDRAWN


@rule("academic.waitlist.joined", needs=JOIN)
def join_waitlist(actor: Actor, *, enrollment: Enrollment, section: Section) -> WaitlistEntry:
    """Wait for a seat of a section, or of a part of some kind that is taken with it, where nothing else stands against
    registering: whatever does is told as the verdict tells it.

    Who is in another section of the course, or in another part, may wait for a better one: that is judged as if they
    left it for this one.
    """
    refuse_strangers(actor, [enrollment], JOIN)
    # Locked before the dry run: what that locks is free again when it is undone.
    hold(section.institution_id, enrollment.student_id, *with_parts(section.institution_id, section.pk))
    attempt = left_before(enrollment, section) or attempt_at(enrollment, section)
    with transaction.atomic():
        others_of_course(attempt).update(status=GONE, result=Registration.Result.WITHDRAWN, reservation=None)
        (verdict,) = verdicts_on(section.institution_id, [attempt], dry=True)
        transaction.set_rollback(True)
    # Of the parts, one is chosen when a seat is offered.
    failed = [failure for failure in verdict.failed if failure.code != "part_missing"]
    if others := [failure for failure in failed if failure.check != "seats"]:
        raise refuse(others)
    refuse_clashing_parts(section, enrollment)
    if not failed and with_seats(section.institution_id, [attempt]):
        raise RuleBroken("seat_free", "A seat is free: register or swap for it instead of waiting.", field="section")
    (entry,) = entries_for([attempt])
    refuse_long_list(section)
    return entry.save_checked()


def hold_seats_of(entry: WaitlistEntry) -> None:
    """Lock the student of an entry, and its section with its parts, before the entry itself."""
    hold(entry.institution_id, entry.student_id, *with_parts(entry.institution_id, entry.section_id))


@rule("academic.waitlist.accepted", needs=JOIN, first=hold_seats_of)
def accept_offer(actor: Actor, entry: WaitlistEntry, *, parts: Sequence[Section] = ()) -> WaitlistEntry:
    """Register by an offer before it expires, if every check passes as if it were the first time. With a section that
    has parts go those that are held with it, unless others with seats are chosen.
    """
    refuse_closed(entry)
    if entry.status == WaitlistEntry.Status.WAITING:
        raise RuleBroken("no_offer", "No seat is offered yet: whoever is next is written to.")
    parts = parts or held_for(entry.enrollment, entry.section)
    register_with_parts(actor, entry.enrollment, entry.section, parts)
    entry.refresh_from_db()
    return entry


def refuse_clashing_parts(section: Section, enrollment: Enrollment) -> None:
    """Nobody waits for a section of whose parts none could be taken whatever is free."""
    if kinds := clashing_kinds(section, enrollment.student_id):
        words = f"Each {kinds[0]} of it meets at the same time as something else that this student takes."
        raise RuleBroken("time_clash", f"{words} Choose a section at another time.", field="section")


def refuse_long_list(section: Section) -> None:
    most = most_waiting_at(section.institution_id)
    if most is not None and waiting_for(section.institution_id, [section.pk])[section.pk] >= most:
        words = f"{most} wait for this section, and no more may: choose another one."
        raise RuleBroken("waitlist_full", words, field="section")


# --- Many at once ---
@rule("academic.waitlist.several_joined", needs=JOIN, bulk=True)
def join_several(actor: Actor, *, items: Sequence[dict[str, Any]]) -> list[WaitlistEntry]:
    """Let students wait for sections, each as if by itself: all of them, or none. Everything is locked before the first
    joins, so that two such lists never wait for each other.
    """
    institutions = {item["section"].institution_id for item in items}
    if len(institutions) > 1:
        words = "Ask for waitlists of one institution."
        raise Invalid([Problem("several_institutions", words, f"{len(items) - 1}/section")])
    (institution,) = institutions
    hold_students(institution, *(item["enrollment"].student_id for item in items))
    hold_sections(institution, *with_parts(institution, *(item["section"].pk for item in items)))
    made, refusals = [], []
    for position, item in enumerate(items):
        try:
            made.append(join_waitlist(actor, **item))
        except RuleBroken as refusal:
            refusal.problems = [problem.at(position) for problem in refusal.problems]
            refusals.append(refusal)
    if refusals:
        refusals[0].problems = [problem for refusal in refusals for problem in refusal.problems]
        raise refusals[0]
    return made


@rule("academic.waitlist.cohort_made", needs=JOIN, bulk=True)
def register_or_wait(
    actor: Actor, *, enrollments: Sequence[Enrollment], sections: Sequence[Section], answers: list[Verdict]
) -> list[WaitlistEntry]:
    """Register each of many students in each of some sections. Who fails by seats alone is put on the list of the
    section, while it takes more, and the answer says so; who is on it already stays where they are. So is who finds the
    parts full that are asked for with a section, where no others are free.
    """
    register_cohort(actor, enrollments=enrollments, sections=sections, answers=answers)
    waiting = {(one.student_id, one.section_id): one.pk for one in open_entries(answers)}
    # A part is taken with its whole: who finds that full waits for it, and who finds the part full for neither.
    wholes = {key_of(one) for one in answers}
    parts: dict[tuple[UUID, UUID | None], list[Verdict]] = defaultdict(list)
    for one in answers:
        parts[whole_of(one)].append(one)
    torn = [one.attempt for one in answers if is_torn_by_seats(one, parts[key_of(one)])]
    seated = with_seats(enrollments[0].institution_id, torn)
    lacking = {one.pk for one in torn if (one.enrollment_id, one.section_id) not in seated}
    # A cohort may name a student or a section twice.
    alone = {
        key_of(one): one.attempt
        for one in answers
        if one.attempt.pk in lacking or (is_full_alone(one) and whole_of(one) not in wholes)
    }
    new = list(within_the_lists(entries_for([one for key, one in alone.items() if key not in waiting])))
    WaitlistEntry.objects.bulk_create(new)
    record_new(actor, join_waitlist.name, new)
    waiting |= {(one.student_id, one.section_id): one.pk for one in new}
    answers[:] = [one._replace(waitlisted=waiting.get(key_of(one)) if one.failed else None) for one in answers]
    return new


def key_of(answer: Verdict) -> tuple[UUID, UUID]:
    return answer.attempt.student_id, answer.attempt.section_id


def open_entries(answers: Sequence[Verdict]) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.filter(
        institution=answers[0].attempt.institution_id,
        status__in=WaitlistEntry.OPEN,
        student__in={one.attempt.student_id for one in answers},
        section__in={one.attempt.section_id for one in answers},
    )


def within_the_lists(entries: Sequence[WaitlistEntry]) -> Iterator[WaitlistEntry]:
    """Those of the entries for whom there is room, in their order."""
    if not entries:
        return
    institution = entries[0].institution_id
    most, waiting = most_waiting_at(institution), waiting_for(institution, {one.section_id for one in entries})
    for section, some in groupby(sorted(entries, key=attrgetter("section_id")), attrgetter("section_id")):
        room = None if most is None else max(0, most - waiting[section])
        yield from list(some)[:room]


def entries_for(attempts: Sequence[Registration]) -> list[WaitlistEntry]:
    """An entry, not saved yet, for each attempt."""
    return [
        WaitlistEntry(
            institution_id=one.institution_id,
            enrollment=one.enrollment,
            student_id=one.student_id,
            section=one.section,
            priority=priority,
        )
        for one, priority in zip(attempts, priorities_of(attempts), strict=True)
    ]


def is_full_alone(answer: Verdict) -> bool:
    return [failure.check for failure in answer.failed] == ["seats"]


def is_torn_by_seats(answer: Verdict, parts: Sequence[Verdict]) -> bool:
    """Whether an attempt at a whole fails by the seats of its parts alone."""
    return (
        answer.attempt.section.whole_id is None
        and has_failed_by(answer, "torn_apart")
        and all(is_full_alone(one) or has_failed_by(one, "torn_apart") for one in parts)
    )


def has_failed_by(answer: Verdict, code: str) -> bool:
    return [failure.code for failure in answer.failed] == [code]


def whole_of(answer: Verdict) -> tuple[UUID, UUID | None]:
    """The student of an attempt, and the whole of which it wants a part; no section where it wants no part."""
    return answer.attempt.student_id, answer.attempt.section.whole_id
