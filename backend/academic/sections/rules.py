"""This file holds what may happen to a section."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from academic.calendar.models import Term
from academic.courses.models import Course
from academic.occurrences.fitting import refuse_small_room
from academic.occurrences.making import hold_timetable, hours_by_hand, reclaim_section, renew_section
from academic.sections.models import WHOLE, Section, SectionCohort, Teaching
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.errors import RuleBroken
from core.rules import rule
from users.models import User

TEXT = Path(__file__).with_name("shares.sql")
TOGETHER = Path(__file__).with_name("together.sql")
CHANGE = "academic.change_section"
# As what one is in the room, unless it is said otherwise.
IN_THE_ROOM = {Teaching.Role.LECTURER, Teaching.Role.TUTOR, Teaching.Role.DEMONSTRATOR}


@rule("academic.section.offered", needs="academic.add_section")
def offer_section(actor: Actor, *, course: Course, term: Term, **fields: Any) -> Section:
    """Offer an active course in a term or a part of one, for all its days unless others are given."""
    if course.status != Course.Status.ACTIVE:
        raise RuleBroken("course_retired", "Only an active course is offered.", field="course")
    if term.kind == Term.Kind.YEAR:
        raise RuleBroken("offered_in_a_year", f"{term.code} is a year: choose a term of it.", field="term")
    refuse_other_whole(fields.get("whole"), course, term)
    refuse_other_host(fields.get("meets_with"), term)
    days = {"starts_on": term.starts_on, "ends_on": term.ends_on}
    return Section(institution_id=course.institution_id, course=course, term=term, **{**days, **fields}).save_checked()


@rule("academic.section.changed", needs=CHANGE)
def change_section(actor: Actor, section: Section, **fields: Any) -> Section:
    """Change a section. Its capacity never falls below the seats taken, and its rooms go on holding everybody.

    Its meetings follow its days; of a canceled section none takes place. Whoever teaches it, and its cohorts, attend
    the meetings of the section that it is cross-listed with.
    """
    host = fields.get("meets_with")
    refuse_other_host(host, section.term, section)
    before = section.meets_as
    if (most := fields.get("combined_capacity")) is not None:
        taken = Section.objects.filter(institution=section.institution_id, meets_as=section.pk)
        seats = sum(taken.values_list("seats_taken", flat=True))
        if seats > most:
            words = f"{seats} seats are taken by all who meet together: give at least that many."
            raise RuleBroken("capacity_under_seats", words, field="combined_capacity")
    section.change(**fields)
    section.refresh_from_db(fields=["meets_as"])
    for one in Section.objects.filter(institution=section.institution_id, pk__in={before, section.meets_as}):
        refuse_small_rooms(one, field=field_of_seats(section, one, fields))
        renew_section(one.institution_id, one.pk)
    return section


def field_of_seats(section: Section, host: Section, fields: dict[str, Any]) -> str:
    """Which field of a change a room too small is about."""
    if section != host and "capacity" not in fields:
        return "meets_with"
    return "capacity" if fields.get("combined_capacity") is None else "combined_capacity"


def refuse_other_whole(whole: Section | None, course: Course, term: Term) -> None:
    """A part is of the course and term of its whole, which is no part itself."""
    if whole is None:
        return
    if (whole.course_id, whole.term_id) != (course.pk, term.pk):
        words = "A part is of the same course and in the same term as its whole."
        raise RuleBroken("other_course_or_term", words, field="whole")
    if whole.whole_id:
        raise RuleBroken("section_in_steps", f"{named(whole)} is a part itself: name its whole.", field="whole")


def refuse_other_host(host: Section | None, term: Term, section: Section | None = None) -> None:
    """A section is cross-listed with one of its term that has meetings, and then has none of its own."""
    if host is None:
        return
    if host.term_id != term.pk:
        words = f"{named(host)} is in another term: sections that meet together are of one."
        raise RuleBroken("other_term", words, field="meets_with")
    if host.meets_with_id or host == section:
        words = f"{named(host)} has no meetings of its own: name the section that has them."
        raise RuleBroken("section_in_steps", words, field="meets_with")
    if section is not None and section.met_by.exists():
        words = "Other sections meet with this one: let them meet with that one first."
        raise RuleBroken("section_in_steps", words, field="meets_with")
    if section is not None and section.meetings.exclude(status="canceled").exists():
        words = "This section has meetings: cancel them before it meets with another one."
        raise RuleBroken("meets_elsewhere", words, field="meets_with")


def named(section: Section) -> str:
    return f"{section.course.code} {section.code}"


# --- Who teaches ---
@rule("academic.teaching.given", needs=CHANGE)
def give_teaching(actor: Actor, *, section: Section, account: User, **fields: Any) -> Teaching:
    """Let a person teach a section. They then see its registrations and keep its marks; if they attend, its hours are
    theirs. Whether they attend follows from the role unless it is said.
    """
    teaching = Teaching(institution_id=section.institution_id, section=section, account=account, **fields)
    if "attends" not in fields:
        teaching.attends = teaching.role in IN_THE_ROOM
    return settled(teaching)


@rule("academic.teaching.changed", needs=CHANGE)
def change_teaching(actor: Actor, teaching: Teaching, **fields: Any) -> Teaching:
    """Change as what a person teaches a section, whether they attend, and their share of its hours."""
    for name, value in fields.items():
        setattr(teaching, name, value)
    if "role" in fields and "attends" not in fields:
        teaching.attends = teaching.role in IN_THE_ROOM
    return settled(teaching)


@rule("academic.teaching.shared_out", needs=CHANGE)
def share_teaching(actor: Actor, section: Section, *, shares: list[dict[str, Any]]) -> Section:
    """Share out the hours of a section anew, among those who attend; who is not named keeps their share."""
    hold_timetable(section.institution_id)
    teachings = {one.pk: one for one in section.teachings.select_for_update(of=("self",)).order_by("pk")}
    before = {key: snapshot(teaching) for key, teaching in teachings.items()}
    for place, said in enumerate(shares):
        teaching = teachings.get(said["teaching"])
        if teaching is None:
            words = "Nobody teaches this section by this id: give one of /academic/teachings/."
            raise RuleBroken("no_such_teaching", words, field=f"shares/{place}/teaching")
        teaching.share = said["share"]
        teaching.full_clean()
    refuse_wrong_shares(teachings.values(), field="shares")
    changes = {key: differences(before[key], snapshot(teaching)) for key, teaching in teachings.items()}
    changed = [teaching for key, teaching in teachings.items() if changes[key]]
    for teaching in changed:
        teaching.version += 1
        record(actor, change_teaching.name, teaching, changes=changes[teaching.pk])
    # In one statement: before it and after it they add up, and in between they need not.
    Teaching.objects.bulk_update(changed, ["share", "version"])
    return section


@rule("academic.teaching.ended", needs=CHANGE)
def end_teaching(actor: Actor, teaching: Teaching) -> None:
    """Let a person teach a section no more. What they had a share of is shared out first."""
    hold_timetable(teaching.institution_id)
    refuse_wrong_shares(teaching.section.teachings.exclude(pk=teaching.pk), field=None)
    with hours_by_hand():
        teaching.delete()
        reclaim_section(teaching.institution_id, teaching.section_id)


def settled(teaching: Teaching) -> Teaching:
    """The teaching saved, with the hours that follow from it."""
    hold_timetable(teaching.institution_id)
    teaching.clean()
    refuse_wrong_shares([*teaching.section.teachings.exclude(pk=teaching.pk), teaching], field="share")
    with hours_by_hand():
        teaching.save_checked()
        reclaim_section(teaching.institution_id, teaching.section_id)
    return teaching


def refuse_wrong_shares(teachings: Iterable[Teaching], field: str | None) -> None:
    """The shares of those who attend are at most the whole, and the whole where each has one."""
    shares = [one.share for one in teachings if one.attends]
    total = sum((share for share in shares if share is not None), Decimal(0))
    if total > WHOLE or (shares and None not in shares and total != WHOLE):
        must = "at most 1" if total > WHOLE else "exactly 1 where all who attend have one"
        words = f"The shares of this section would be {total.normalize():f} in all: they are {must}."
        remedy = " Share it out at /academic/sections/{id}/share-teaching/, where some may have none."
        raise RuleBroken("shares_do_not_add_up", words + remedy, field=field)


# --- Who comes ---
@rule("academic.section_cohort.added", needs=CHANGE)
def add_section_cohort(actor: Actor, *, section: Section, **fields: Any) -> SectionCohort:
    """Let a cohort take a section: nothing else that it takes meets at the same time."""
    cohort = SectionCohort(institution_id=section.institution_id, section=section, **fields)
    with hours_by_hand():
        cohort.save_checked()
        reclaim_section(section.institution_id, section.pk)
    return cohort


@rule("academic.section_cohort.removed", needs=CHANGE)
def remove_section_cohort(actor: Actor, cohort: SectionCohort) -> None:
    """Let a cohort take a section no more."""
    with hours_by_hand():
        cohort.delete()
        reclaim_section(cohort.institution_id, cohort.section_id)


def refuse_small_rooms(section: Section, field: str) -> None:
    """Each room in which a section meets holds everybody, or that is waived."""
    meetings = section.meetings.filter(status="scheduled").exclude(waivers__waives="capacity").select_related("room")
    for meeting in meetings.filter(room__isnull=False):
        room: Any = meeting.room
        refuse_small_room(section.seats_needed, room, is_exam=meeting.kind == "exam", field=field)
