"""This file holds what may happen to a registration."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from academic.calendar.models import Window
from academic.calendar.weeks import days_of
from academic.calendar.windows import HOURS, window_of
from academic.enrollments.models import Enrollment
from academic.registrations.ages import age_band
from academic.registrations.checks import Failure
from academic.registrations.leaving import leaving, warnings_of_leaving
from academic.registrations.models import Registration
from academic.registrations.rechecks import recheck_requisites
from academic.registrations.verdicts import Verdict, refuse, verdicts_on
from academic.reservations.seats import give_back
from academic.sections.models import Section
from academic.sections.seats import hold_sections, hold_student_of, offers_put_off
from academic.waitlists.queries import held_for, waited_for_within
from academic.waitlists.rules import give_up_parts
from core.actor import Actor
from core.audit.record import record, record_new
from core.errors import Invalid, NotAllowed, Problem, RuleBroken
from core.removing import remove
from core.rules import rule
from faculties.institutions.days import today_at, zone_of

ADD, CHANGE = "academic.add_registration", "academic.change_registration"


# --- Registering ---
@rule("academic.registration.made", needs=ADD)
def register(actor: Actor, *, enrollment: Enrollment, section: Section, **fields: Any) -> Registration:
    """Register a student in a section, if every check passes; each that fails is told. Students register themselves
    today, and state nothing besides; the registry states on which day somebody was registered in what is over by now.
    """
    return taken(stated_attempt(actor, enrollment, section, **fields))


@rule("academic.registration.several_made", needs=ADD, bulk=True)
def register_several(actor: Actor, *, items: Sequence[dict[str, Any]]) -> list[Registration]:
    """Register students in sections, each as if by itself, with one verdict: all of them, or none. A whole and its
    parts may be among them.
    """
    attempts, problems = [], []
    for position, item in enumerate(items):
        try:
            attempts.append(stated_attempt(actor, **item))
        except RuleBroken as refusal:
            problems += [problem.at(position) for problem in refusal.problems]
    if len({one.institution_id for one in attempts}) > 1:
        problems.append(Problem("several_institutions", "Ask for registrations of one institution.", "section"))
    if problems:
        raise Invalid(problems)
    order = sorted(range(len(items)), key=lambda position: attempts[position].section.whole_id is not None)
    verdicts = verdicts_on(attempts[0].institution_id, [attempts[position] for position in order])
    answers = sorted(zip(order, verdicts, strict=True))
    refusals = [(position, refuse(verdict.failed)) for position, verdict in answers if verdict.failed]
    if refusals:
        _, first = refusals[0]
        first.problems = [problem.at(position) for position, refusal in refusals for problem in refusal.problems]
        raise first
    keys = [one.pk for one in attempts]
    made = Registration.objects.filter(institution=attempts[0].institution_id).in_bulk(keys)
    record_new(actor, register.name, list(made.values()))
    return [made[key] for key in keys]


def stated_attempt(actor: Actor, enrollment: Enrollment, section: Section, **fields: Any) -> Registration:
    """An attempt with what is stated of it: by the registry, for students register themselves today."""
    if acts_for_self(actor, ADD):
        if fields:
            raise RuleBroken("not_for_students", "Only the registry states this.", field=min(fields))
        fields = {"registered_on": today_at(section.institution_id)}
    attempt = attempt_at(enrollment, section, **fields)
    if attempt.registered_on:
        refuse_to_come(attempt, "registered_on", attempt.registered_on)
    refuse_strangers(actor, [enrollment])
    return attempt


@rule("academic.registration.cohort_made", needs=ADD, bulk=True)
def register_cohort(
    actor: Actor, *, enrollments: Sequence[Enrollment], sections: Sequence[Section], answers: list[Verdict]
) -> list[Registration]:
    """Register each of many students in each of some sections, where every check passes; who is refused one keeps the
    others. `answers` gets the verdict of each attempt, section by section.
    """
    answers += verdicts_on(enrollments[0].institution_id, cohort(actor, enrollments, sections))
    passed = [one.attempt.pk for one in answers if one.passed]
    made = list(Registration.objects.filter(institution=enrollments[0].institution_id, pk__in=passed).order_by("pk"))
    record_new(actor, register.name, made)
    return made


def register_with_parts(
    actor: Actor, enrollment: Enrollment, section: Section, parts: Sequence[Section]
) -> Registration:
    """Register a student in a section and in parts of it, today; in all of them or in none. Who withdrew from it before
    is taken back.
    """
    if gone := left_before(enrollment, section):
        return reinstate(actor, gone, parts=parts)
    answers: list[Verdict] = []
    register_cohort(actor, enrollments=[enrollment], sections=[section, *parts], answers=answers)
    if failed := [failure for verdict in answers for failure in verdict.failed]:
        raise refuse(failed)
    return Registration.objects.get(institution=section.institution_id, pk=answers[0].attempt.pk)


def check_cohort(actor: Actor, enrollments: Sequence[Enrollment], sections: Sequence[Section]) -> list[Verdict]:
    """What `register_cohort` would answer at this moment; nothing is changed."""
    return verdicts_on(enrollments[0].institution_id, cohort(actor, enrollments, sections), dry=True)


@rule("academic.registration.reinstated", needs=CHANGE, first=hold_student_of)
def reinstate(actor: Actor, registration: Registration, *, parts: Sequence[Section] = ()) -> Registration:
    """Take a student who withdrew back into the section, if every check passes as if it were the first time; and into
    the same parts of it, unless others are named.
    """
    if registration.status != Registration.Status.WITHDRAWN:
        raise RuleBroken("not_withdrawn", "This student did not withdraw.")
    if not parts:
        return taken(registration, *parts_of(registration, Registration.Status.WITHDRAWN))
    enrollment, day = registration.enrollment, today_at(registration.institution_id)
    attempts = [left_before(enrollment, part) or attempt_at(enrollment, part, registered_on=day) for part in parts]
    back = taken(registration, *attempts)
    new = [one.pk for one in attempts if one.status != Registration.Status.WITHDRAWN]
    record_new(actor, register.name, list(Registration.objects.filter(institution=back.institution_id, pk__in=new)))
    return back


def left_before(enrollment: Enrollment, section: Section) -> Registration | None:
    """The registration of who withdrew from a section: coming back, they are reinstated."""
    mine = section.registrations.filter(institution=section.institution_id, enrollment=enrollment)
    return mine.filter(status=Registration.Status.WITHDRAWN).first()


def taken(attempt: Registration, *parts: Registration) -> Registration:
    """The registration that an attempt became."""
    verdicts = verdicts_on(attempt.institution_id, [attempt, *parts])
    if failed := [failure for verdict in verdicts for failure in verdict.failed]:
        raise refuse(failed)
    return Registration.objects.get(pk=attempt.pk)


def cohort(actor: Actor, enrollments: Sequence[Enrollment], sections: Sequence[Section]) -> list[Registration]:
    """An attempt of each at each. Section by section: then the verdict takes as many turns as there are sections. Parts
    come after their wholes.
    """
    refuse_strangers(actor, enrollments)
    refuse_elsewhere(actor, enrollments, sections)
    day = today_at(enrollments[0].institution_id)
    in_order = sorted(sections, key=lambda section: section.whole_id is not None)
    return [attempt_at(one, section, registered_on=day) for section in in_order for one in enrollments]


def attempt_at(enrollment: Enrollment, section: Section, **fields: Any) -> Registration:
    """A registration that is not saved yet, with the age that figures count by. Which attempt at the course it is the
    verdict counts, unless it is stated.
    """
    student = enrollment.student
    return Registration(
        institution_id=enrollment.institution_id,
        enrollment=enrollment,
        student=student,
        section=section,
        age_band=age_band(student.birth_year, section.starts_on),
        **{"attempt": None, **fields},
    )


def acts_for_self(actor: Actor, permission: str) -> bool:
    """Whether an actor holds a permission over what is about themselves, and at no place."""
    reach = actor.reach(permission)
    return not (reach.nation or reach.institutions or reach.units)


def refuse_strangers(actor: Actor, enrollments: Sequence[Enrollment], needs: str = ADD) -> None:
    """Whoever registers only themselves learns no verdict on others, whatever else they see of them."""
    if not acts_for_self(actor, needs):
        return
    own = Enrollment.objects.visible_to(actor, needs).filter(pk__in=[one.pk for one in enrollments])
    if own.count() < len({one.pk for one in enrollments}):
        raise NotAllowed(needs)


def refuse_elsewhere(actor: Actor, enrollments: Sequence[Enrollment], sections: Sequence[Section]) -> None:
    """Whoever may register others at some places learns verdicts of those alone, in a dry run as otherwise."""
    reach, place = actor.reach(ADD), enrollments[0].institution_id
    is_own = place in reach.related and all(one.student.account_id == actor.id for one in enrollments)
    if reach.nation or place in reach.institutions or is_own:
        return
    wanted = {section.pk for section in sections}
    if Section.objects.visible_to(actor, ADD).filter(pk__in=wanted).count() < len(wanted):
        raise NotAllowed(ADD)


# --- Leaving ---
@rule("academic.registration.withdrawn", needs=CHANGE, first=hold_student_of)
def withdraw(actor: Actor, registration: Registration, *, withdrawn_on: date) -> Registration:
    """Withdraw a student from a section and its parts; the row stays, the seat is free. Students withdraw today, while
    the window for it is open and the section goes on, and keep to what dropping keeps to; the registry states what was.
    """
    refuse_result(registration)
    refuse_part_alone(registration)
    if acts_for_self(actor, CHANGE):
        if withdrawn_on != today_at(registration.institution_id):
            raise RuleBroken("today_only", "Give today: only the registry states another day.", field="withdrawn_on")
        refuse_shut(registration, Window.Kind.WITHDRAW)
        refuse_over(registration.section)
    refuse_day(registration, withdrawn_on)
    parts = held_parts(registration)
    with leaving(actor, registration, freely=not acts_for_self(actor, CHANGE)):
        withdrawn = take_out(registration, withdrawn_on)
    if parts:
        give_up_parts(actor, waited_for_within(registration))
    for part in parts:
        withdraw(actor, part, withdrawn_on=withdrawn_on)
    return withdrawn


@rule("academic.registration.dropped", needs=CHANGE, first=hold_student_of)
def drop(actor: Actor, registration: Registration, *, instead: Section | None = None) -> None:
    """Take a student out of a section and its parts without a trace, maybe for another one `instead`.

    While the window for it is open, and until the census of the term, which a program may have of its own, or, where
    there is none, the day before the section starts. Later one withdraws. The least load of a term is kept, and so
    is what other courses ask to be taken together with, unless that is waived or the other one makes up for it. What
    was canceled is dropped at any time.
    """
    refuse_result(registration)
    section = registration.section
    if instead is None or instead.whole_id is None or instead.whole_id != section.whole_id:
        refuse_part_alone(registration)
    if not section.is_gone:
        refuse_late(registration)
    parts = held_parts(registration)
    if parts:
        give_up_parts(actor, waited_for_within(registration))
    if registration.status == Registration.Status.REGISTERED:
        give_back(registration, "seats_taken")
    with leaving(actor, registration) if instead is None else nullcontext():
        forget_attendance(actor, registration)
        remove(registration)
    for part in parts:
        drop(actor, part)


def forget_attendance(actor: Actor, registration: Registration) -> None:
    """Take a student out of the registers of a section, as if they never were in it; the audit log knows what was."""
    entered = registration.attendance.filter(institution=registration.institution_id)
    if told := {f"in {register}": [status, None] for register, status in entered.values_list("register", "status")}:
        record(actor, "academic.attendance.dropped", registration, changes=told)
        entered.delete()


def check_drop(actor: Actor, registration: Registration) -> tuple[list[Problem], list[str]]:
    """Why dropping would be refused at this moment, or else what its student is warned of; nothing is changed."""
    try:
        with transaction.atomic():
            drop(actor, registration)
            warnings = warnings_of_leaving(registration)
            transaction.set_rollback(True)
    except RuleBroken as refusal:
        return refusal.problems, []
    return [], warnings


@rule("academic.registration.swapped", needs=CHANGE, first=hold_student_of)
def swap(actor: Actor, registration: Registration, *, section: Section, parts: Sequence[Section] = ()) -> Registration:
    """Drop a registration for one in another section and parts of it, if every check of these passes without it; or
    keep it. Where no parts are named, those are taken that are held with an offer.
    """
    if registration.section_id == section.pk:
        raise RuleBroken("same_section", "This student is in that section already.", field="section")
    enrollment = registration.enrollment
    parts = parts or held_for(enrollment, section)
    held_parts(registration, section, *parts)
    with leaving(actor, registration), offers_put_off():
        drop(actor, registration, instead=section)
        return register_with_parts(actor, enrollment, section, parts)


def parts_of(registration: Registration, status: str) -> list[Registration]:
    """What the same student has of the parts of a section."""
    same = Registration.objects.filter(institution=registration.institution_id, student=registration.student_id)
    return list(same.filter(section__whole=registration.section_id, status=status).order_by("pk"))


def refuse_part_alone(registration: Registration) -> None:
    """Whoever is in the whole stays in a part of it."""
    whole = registration.section.whole
    same = Registration.objects.filter(institution=registration.institution_id, student=registration.student_id)
    if whole is not None and same.filter(section=whole, status=Registration.Status.REGISTERED).exists():
        words = f"It is a part of section {whole.code}: swap it for another part, or leave that section."
        raise RuleBroken("part_of_a_whole", words)


def held_parts(registration: Registration, *others: Section) -> list[Registration]:
    """The parts that go with a registration. Where several sections are touched, they are locked in the order of the
    verdict: the student, who is locked already, then all of them.
    """
    parts = parts_of(registration, Registration.Status.REGISTERED)
    if parts or others:
        sections = {registration.section_id, *(part.section_id for part in parts), *(other.pk for other in others)}
        if parts:
            sections |= {entry.section_id for entry in waited_for_within(registration)}
        hold_sections(registration.institution_id, *sections)
    return parts


def refuse_shut(registration: Registration, kind: Window.Kind) -> None:
    """Refuse outside the window of this kind, where there is one."""
    program = registration.enrollment.program_version.program_id
    opening = window_of(registration.institution_id, registration.section_id, program, kind)
    if opening and not opening.holds(timezone.now()):
        zone = zone_of(registration.institution_id)
        opens, closes = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (opening.opens_at, opening.closes_at))
        raise RuleBroken("window_shut", HOURS.format(kind=kind, opens=opens, closes=closes, clock=zone))


def refuse_over(section: Section) -> None:
    if today_at(section.institution_id) > section.ends_on:
        raise refuse([Failure("window", "section_over", {"ends_on": section.ends_on})])


def refuse_late(registration: Registration) -> None:
    """Refuse to drop where the window is shut, or the last day for it is over."""
    refuse_shut(registration, Window.Kind.DROP)
    section = registration.section
    days = days_of(section.term, registration.enrollment.program_version.program_id)
    last = days.census_on or section.starts_on - timedelta(days=1)
    if today_at(registration.institution_id) > last:
        raise RuleBroken("drop_over", f"Dropping this was possible until {last:%Y-%m-%d}. Withdraw instead.")


def refuse_result(registration: Registration) -> None:
    if registration.result != Registration.Result.PENDING:
        raise RuleBroken("result_stands", f"This registration has the result {registration.result}.")


def refuse_day(registration: Registration, withdrawn_on: date) -> None:
    """A withdrawal is of a day that has come, and not of one before the registration. Where a source says otherwise of
    what was, a load of it keeps that: so no table refuses it.
    """
    refuse_to_come(registration, "withdrawn_on", withdrawn_on)
    since = registration.registered_on
    if since and withdrawn_on < since:
        words = f"This student is registered in section {registration.section.code} since {since:%Y-%m-%d}"
        raise RuleBroken("withdrawn_before_registered", f"{words}: give that day or a later one.", field="withdrawn_on")


def refuse_to_come(registration: Registration, field: str, day: date) -> None:
    if day > today_at(registration.institution_id):
        raise RuleBroken("not_yet", "It is entered once it was done: give a day that has come.", field=field)


def take_out(registration: Registration, withdrawn_on: date) -> Registration:
    """Take a student out of a section whose result is pending, and free the seat."""
    give_back(registration, "seats_taken")
    withdrawn = Registration.Status.WITHDRAWN
    return registration.change(
        status=withdrawn, result=Registration.Result.WITHDRAWN, withdrawn_on=withdrawn_on, reservation=None
    )


# --- Judged anew ---
@rule("academic.registration.rechecked", needs=CHANGE, first=hold_student_of)
def recheck(actor: Actor, registration: Registration) -> Registration:
    """Look anew at how the requisites stand: where a waiver, a permit or an equivalent was granted since."""
    recheck_requisites(actor, registration.institution_id, [registration.student_id])
    registration.refresh_from_db()
    return registration
