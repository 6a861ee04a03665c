"""This file holds what may happen to a section."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from academic.calendar.holding import hold_timetable, hold_timetable_of
from academic.calendar.models import Term
from academic.calendar.weeks import days_of
from academic.calendar.windows import outside
from academic.courses.models import Course
from academic.norms.limits import within_most_hours
from academic.occurrences.fitting import refuse_small_room
from academic.occurrences.following import refuse_moved_astray
from academic.occurrences.making import (
    hours_by_hand,
    reclaim_section,
    refuse_astray,
    renew_section,
    scheduled_of,
)
from academic.sections.earning import credits_for, restate
from academic.sections.events import SectionCanceled, SectionReopened
from academic.sections.models import WHOLE, Section, SectionCohort, Teaching
from academic.sections.seats import held, hold_together
from academic.sections.together import (
    field_of_seats,
    refuse_deserting,
    refuse_few_together,
    refuse_other_host,
    refuse_other_whole,
)
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.errors import RuleBroken
from core.outbox.events import announce
from core.rules import rule
from users.models import User

TEXT = Path(__file__).with_name("shares.sql")
CHANGE = "academic.change_section"
# What a section may become that ended.
AFTER_THE_END: dict[str, tuple[str, ...]] = {
    Section.Status.FINISHED: (Section.Status.OPEN,),
    Section.Status.CANCELED: (Section.Status.PLANNED, Section.Status.OPEN),
}
NO_CHANGES: Mapping[str, Any] = {}
# As what one is in the room, unless it is said otherwise.
IN_THE_ROOM = {Teaching.Role.LECTURER, Teaching.Role.TUTOR, Teaching.Role.DEMONSTRATOR}


@rule("academic.section.offered", needs="academic.add_section")
def offer_section(actor: Actor, *, course: Course, term: Term, **fields: Any) -> Section:
    """Offer an active course in a term or a part of one, for all days that its program has there unless others are
    given.
    """
    if course.status != Course.Status.ACTIVE:
        raise RuleBroken("course_retired", "Only an active course is offered.", field="course")
    if term.kind == Term.Kind.YEAR:
        raise RuleBroken("offered_in_a_year", f"{term.code} is a year: choose a term of it.", field="term")
    hold_timetable(course.institution_id)  # or the last meeting of its host is canceled meanwhile
    refuse_other_whole(fields.get("whole"), course, term)
    refuse_other_host(fields.get("meets_with"), term)
    own = days_of(term, course.program_id)
    days = {"starts_on": own.starts_on, "ends_on": own.ends_on}
    section = Section(institution_id=course.institution_id, course=course, term=term, **{**days, **fields})
    refuse_outside_term(section)
    section.credits = credits_for(section, fields.get("credits"))
    refuse_no_meetings(section, {})
    return section.save_checked()


def hold_timetable_and_sections(section: Section) -> None:
    """Lock what all who change a section lock before it, in their order."""
    hold_timetable_of(section)
    hold_together(section)


@rule("academic.section.changed", needs=CHANGE, first=hold_timetable_and_sections)
def change_section(actor: Actor, section: Section, **fields: Any) -> Section:
    """Change a section. Its capacity never falls below the seats taken, reserved and offered; its rooms go on holding
    everybody.

    Its meetings follow its days, and each goes on having one; windows of its own follow its first day, and keep near
    its term. Of a canceled section no meeting takes place. An open one has a meeting, or says it is taught without any.
    Whoever teaches it, and its cohorts, attend the meetings of the section that it is cross-listed with. What rests on
    a section is judged anew when it is canceled, and who is in it when it takes place after all.
    """
    days, status, host = (section.starts_on, section.ends_on), section.status, section.meets_as
    met = how_it_meets(section)
    refuse_other_end(section, fields.get("status", status))
    refuse_other_host(fields.get("meets_with"), section.term, section)
    if fields.get("combined_capacity") is not None:
        refuse_few_together(section, fields["combined_capacity"])
    if fields.get("capacity") is not None:
        section = held(section)
        refuse_few_seats(section, fields["capacity"])
    if fields.keys() & {"starts_on", "ends_on"}:
        refuse_outside_term(section, fields)
    section.change(**{name: value for name, value in fields.items() if name != "credits"})
    # Seats may have been offered: nothing saved later may take that back.
    section.refresh_from_db(fields=["meets_as", "seats_reserved", "seats_offered"])
    restate(section, fields)
    refuse_no_meetings(section, met)
    if section.status == Section.Status.CANCELED and section.status != status:
        refuse_deserting(section)
        announce(SectionCanceled(section.institution_id, section.pk))
    if status == Section.Status.CANCELED and section.status != status:
        announce(SectionReopened(section.institution_id, section.pk))
    for one in Section.objects.filter(institution=section.institution_id, pk__in={host, section.meets_as}):
        refuse_small_rooms(one, field=field_of_seats(section, one, fields))
    has_moved = days != (section.starts_on, section.ends_on)
    if has_moved:
        refuse_windows_outside(section)
    if has_moved or section.status != status or section.meets_as != host:
        for one in sorted({host, section.meets_as}):
            renew_section(section.institution_id, one)
    if has_moved and section.status != Section.Status.CANCELED:
        field = "starts_on" if section.ends_on == days[1] else "ends_on"
        refuse_astray(section.institution_id, section.pk, field)
        refuse_moved_astray(section.institution_id, scheduled_of(section.institution_id, section.pk), field)
    return section


# --- Who teaches ---
@rule("academic.teaching.given", needs=CHANGE)
def give_teaching(actor: Actor, *, section: Section, account: User, **fields: Any) -> Teaching:
    """Let a person teach a section. They then see its registrations and keep its marks; if they attend, its hours are
    theirs. Whether they attend follows from the role unless it is said.
    """
    hold_timetable(section.institution_id)
    teaching = Teaching(institution_id=section.institution_id, section=section, account=account, **fields)
    if "attends" not in fields:
        teaching.attends = teaching.role in IN_THE_ROOM
    return settled(teaching)


@rule("academic.teaching.changed", needs=CHANGE, first=hold_timetable_of)
def change_teaching(actor: Actor, teaching: Teaching, **fields: Any) -> Teaching:
    """Change as what a person teaches a section, whether they attend, and their share of its hours."""
    for name, value in fields.items():
        setattr(teaching, name, value)
    if "role" in fields and "attends" not in fields:
        teaching.attends = teaching.role in IN_THE_ROOM
    return settled(teaching)


@rule("academic.teaching.shared_out", needs=CHANGE, first=hold_timetable_of)
def share_teaching(actor: Actor, section: Section, *, shares: list[dict[str, Any]]) -> Section:
    """Share out the hours of a section anew, among those who attend; who is not named keeps their share."""
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
    with within_most_hours(section.institution_id, section.pk, section.term, field="shares"):
        Teaching.objects.bulk_update(changed, ["share", "version"])
    return section


@rule("academic.teaching.ended", needs=CHANGE, first=hold_timetable_of)
def end_teaching(actor: Actor, teaching: Teaching) -> None:
    """Let a person teach a section no more. What they had a share of is shared out first."""
    refuse_wrong_shares(teaching.section.teachings.exclude(pk=teaching.pk), field=None)
    with hours_by_hand():
        teaching.delete()
        reclaim_section(teaching.institution_id, teaching.section_id)


def settled(teaching: Teaching) -> Teaching:
    """The teaching saved, with the hours that follow from it."""
    teaching.clean()
    refuse_wrong_shares([*teaching.section.teachings.exclude(pk=teaching.pk), teaching], field="share")
    field = "share" if teaching.share else "account"
    with (
        within_most_hours(teaching.institution_id, teaching.section_id, teaching.section.term, field),
        hours_by_hand(),
    ):
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
    hold_timetable(section.institution_id)
    cohort = SectionCohort(institution_id=section.institution_id, section=section, **fields)
    refuse_cohort_twice(cohort)
    with hours_by_hand():
        cohort.save_checked()
        reclaim_section(section.institution_id, section.pk)
    return cohort


@rule("academic.section_cohort.removed", needs=CHANGE, first=hold_timetable_of)
def remove_section_cohort(actor: Actor, cohort: SectionCohort) -> None:
    """Let a cohort take a section no more."""
    with hours_by_hand():
        cohort.delete()
        reclaim_section(cohort.institution_id, cohort.section_id)


def refuse_outside_term(section: Section, changes: Mapping[str, Any] = NO_CHANGES) -> None:
    """A section shares a day with its term, as that is or as its program has it; the database says so too."""
    term, own = section.term, days_of(section.term, section.course.program_id)
    first, last = min(term.starts_on, own.starts_on), max(term.ends_on, own.ends_on)
    starts_on, ends_on = (changes.get(name, getattr(section, name)) for name in ("starts_on", "ends_on"))
    if starts_on > last or ends_on < first:
        words = f"A section of {term.code} has a day from {first} to {last}."
        raise RuleBroken("outside_the_term", words, field="starts_on" if starts_on > last else "ends_on")


def refuse_cohort_twice(cohort: SectionCohort) -> None:
    """All groups of a cohort and one of them are in a class once, be it by the section or one that meets with it."""
    same = {name: getattr(cohort, name) for name in ("institution_id", "program_version", "year_of_study")}
    there = SectionCohort.objects.filter(**same, section__meets_as=cohort.section.meets_as)
    # The same groups may come by both of two sections that meet together; by one section twice the table refuses.
    known = there.filter(group__isnull=cohort.group is not None).select_related("section__course").first()
    if known is not None:
        takes = "All groups of this cohort take" if known.group is None else f"Group {known.group} of this cohort takes"
        words = f"{takes} {known.section.course.code} {known.section.code} already: remove that first."
        raise RuleBroken("cohort_there", words, field="group")


def refuse_other_end(section: Section, status: str) -> None:
    """What was held to its end is not canceled, and what was canceled has not been held."""
    allowed = AFTER_THE_END.get(section.status, ())
    if allowed and status not in (section.status, *allowed):
        words = f"This section is {section.status}: it can become {' or '.join(allowed)}."
        raise RuleBroken("ended_otherwise", words, field="status")


def how_it_meets(section: Section) -> dict[str, Any]:
    return {name: getattr(section, name) for name in ("status", "without_meetings", "meets_with_id")}


def refuse_no_meetings(section: Section, met: dict[str, Any]) -> None:
    """A section that opens, or now meets otherwise than it `met`, has a scheduled meeting, or is taught without any."""
    changed = [name for name, value in how_it_meets(section).items() if value != met.get(name)]
    if section.status != Section.Status.OPEN or section.without_meetings or not changed:
        return
    host = section.meets_with_id or section.pk
    is_deserted = Section.objects.filter(pk=host, status=Section.Status.CANCELED).exists()
    if is_deserted or not scheduled_of(section.institution_id, host):
        words = "It has no scheduled meeting: add one at /academic/meetings/ first, or say `without_meetings`."
        raise RuleBroken("no_meetings", words, field=changed[0].removesuffix("_id"))


def refuse_windows_outside(section: Section) -> None:
    """Windows of its own keep near the days of its term when its first day moves them."""
    for window in section.windows.select_related("institution", "section"):
        if told := outside(window, section.term):
            words = f"Its window to {window.kind} would not fit: {told[1]}"
            raise RuleBroken("windows_outside", words, field="starts_on")


def refuse_few_seats(section: Section, capacity: int) -> None:
    """A capacity holds every seat that is somebody's."""
    if capacity < section.seats_held:
        held = f"{section.seats_taken} are taken, {section.seats_reserved} reserved and {section.seats_offered} offered"
        raise RuleBroken("too_few_seats", f"Of its seats {held}: give at least {section.seats_held}.", field="capacity")


def refuse_small_rooms(section: Section, field: str) -> None:
    """Each room in which a section meets holds everybody, or that is waived."""
    meetings = section.meetings.filter(status="scheduled").exclude(waivers__waives="capacity").select_related("room")
    for meeting in meetings.filter(room__isnull=False):
        room: Any = meeting.room
        refuse_small_room(section.seats_needed, room, is_exam=meeting.kind == "exam", field=field)
