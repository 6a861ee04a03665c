"""This file holds what may happen to a section."""

from typing import Any

from academic.calendar.models import Term
from academic.course_versions.queries import course_on, follow
from academic.courses.models import Course
from academic.occurrences.fitting import refuse_small_room
from academic.occurrences.making import reclaim_section, renew_section
from academic.sections.models import Section, SectionCohort, Teaching
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
    section = Section(institution_id=course.institution_id, course=course, term=term, **{**days, **fields})
    return section.change(credits=course_on(course, section.starts_on).credits)


@rule("academic.section.changed", needs="academic.change_section")
def change_section(actor: Actor, section: Section, **fields: Any) -> Section:
    """Change a section. Its capacity never falls below the seats taken, and its rooms go on holding everybody.

    Its meetings follow its days; of a canceled section none takes place.
    """
    section.change(**fields)
    if "starts_on" in fields:
        follow(section.institution_id, [section.course_id])
        section.refresh_from_db(fields=["credits", "version", "updated_at"])
    refuse_small_rooms(section)
    renew_section(section.institution_id, section.pk)
    return section


@rule("academic.teaching.given", needs="academic.change_section")
def give_teaching(actor: Actor, *, section: Section, account: User) -> Teaching:
    """Let a person teach a section. They then see its registrations and keep its marks, and its hours are theirs."""
    teaching = Teaching(institution_id=section.institution_id, section=section, account=account).save_checked()
    reclaim_section(section.institution_id, section.pk)
    return teaching


@rule("academic.teaching.ended", needs="academic.change_section")
def end_teaching(actor: Actor, teaching: Teaching) -> None:
    """Let a person teach a section no more."""
    teaching.delete()
    reclaim_section(teaching.institution_id, teaching.section_id)


@rule("academic.section_cohort.added", needs="academic.change_section")
def add_section_cohort(actor: Actor, *, section: Section, **fields: Any) -> SectionCohort:
    """Let a cohort take a section: nothing else that it takes meets at the same time."""
    cohort = SectionCohort(institution_id=section.institution_id, section=section, **fields).save_checked()
    reclaim_section(section.institution_id, section.pk)
    return cohort


@rule("academic.section_cohort.removed", needs="academic.change_section")
def remove_section_cohort(actor: Actor, cohort: SectionCohort) -> None:
    """Let a cohort take a section no more."""
    cohort.delete()
    reclaim_section(cohort.institution_id, cohort.section_id)


def refuse_small_rooms(section: Section) -> None:
    """Each room in which a section meets holds everybody, or that is waived."""
    meetings = section.meetings.filter(status="scheduled").exclude(waivers__waives="capacity").select_related("room")
    for meeting in meetings.filter(room__isnull=False):
        room: Any = meeting.room
        refuse_small_room(section.seats_needed, room, is_exam=meeting.kind == "exam", field="capacity")
