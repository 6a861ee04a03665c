"""This file holds what may happen to a section."""

from typing import Any

from academic.calendar.models import Term
from academic.courses.models import Course
from academic.sections.models import Section, Teaching
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from users.models import User


@rule("academic.section.offered", needs="academic.add_section")
def offer_section(actor: Actor, *, course: Course, term: Term, **fields: Any) -> Section:
    """Offer an active course in a term or a part of one, for all its days unless others are given."""
    if course.status != Course.Status.ACTIVE:
        raise RuleBroken("course_retired", "Only an active course is offered.", field="course")
    if term.kind == Term.Kind.YEAR:
        raise RuleBroken("offered_in_a_year", f"{term.code} is a year: choose a term of it.", field="term")
    days = {"starts_on": term.starts_on, "ends_on": term.ends_on}
    return Section(institution_id=course.institution_id, course=course, term=term, **{**days, **fields}).save_checked()


@rule("academic.section.changed", needs="academic.change_section")
def change_section(actor: Actor, section: Section, **fields: Any) -> Section:
    """Change a section. Its capacity never falls below the seats taken."""
    return section.change(**fields)


@rule("academic.teaching.given", needs="academic.change_section")
def give_teaching(actor: Actor, *, section: Section, account: User) -> Teaching:
    """Let a person teach a section. They then see its registrations and keep its marks."""
    return Teaching(institution_id=section.institution_id, section=section, account=account).save_checked()


@rule("academic.teaching.ended", needs="academic.change_section")
def end_teaching(actor: Actor, teaching: Teaching) -> None:
    """Let a person teach a section no more."""
    teaching.delete()
