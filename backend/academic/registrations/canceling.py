"""This file holds what becomes of registrations whose section is canceled, and of those whose section takes place after
all: what rests on them is judged anew, and nobody comes back silently.
"""

from django.db import transaction

from academic.registrations.checks import Failure
from academic.registrations.events import SectionTakesPlace
from academic.registrations.models import Registration
from academic.registrations.rechecks import recheck_requisites
from academic.registrations.rules import CHANGE, parts_of, take_out
from academic.registrations.verdicts import verdicts_on
from academic.sections.events import SectionCanceled, SectionReopened
from academic.sections.models import Section
from academic.sections.seats import hold_sections, hold_students, with_parts
from academic.waivers.models import Waiver
from academic.waivers.queries import places_of
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.outbox.events import announce
from faculties.institutions.days import today_at

KEEPER = Actor.system("academic.registrations", CHANGE)
AT_ONCE = 200  # so that one transaction, and one lease of the outbox, never grows with the section
# What was taken meanwhile may stand against coming back. Nobody loses a seat by windows, holds or requisites.
IN_THE_WAY = {"other_part", "already_in_course", "too_many_credits", "time_clash"}


def recheck_those_in(event: SectionCanceled) -> None:
    """Judge what else the next students of a section take, as if they had left it."""
    rows = next_in(event)
    recheck_requisites(KEEPER, event.institution_id, {one.student_id for one in rows})
    if len(rows) == AT_ONCE:
        announce(SectionCanceled(event.institution_id, event.section_id, rows[-1].pk))


def take_back_those_in(event: SectionReopened) -> None:
    """Have the next students of a section in it again, and tell them. Who took meanwhile what it does not go with is
    withdrawn from it instead, and told why: the registry may reinstate them.
    """
    institution, section = event.institution_id, event.section_id
    hold_students(institution, *(one.student_id for one in next_in(event)))
    hold_sections(institution, *with_parts(institution, section))
    if Section.objects.filter(institution=institution, pk=section, status=Section.Status.CANCELED).exists():
        return
    rows = next_in(event)
    for one, why in standing(rows):
        if why:
            for registration in (one, *parts_of(one, Registration.Status.REGISTERED)):
                withdraw_from(registration)
        announce(SectionTakesPlace(institution, one.pk, why))
    recheck_requisites(KEEPER, institution, {one.student_id for one in rows})
    if len(rows) == AT_ONCE:
        announce(SectionReopened(institution, section, rows[-1].pk))


def next_in(event: SectionCanceled | SectionReopened) -> list[Registration]:
    """The next registrations without a result in the section of an event."""
    rows = Registration.objects.filter(
        institution=event.institution_id,
        section=event.section_id,
        status=Registration.Status.REGISTERED,
        result=Registration.Result.PENDING,
    )
    if event.after:
        rows = rows.filter(pk__gt=event.after)
    return list(rows.select_related("section", "enrollment", "student").order_by("pk")[:AT_ONCE])


def standing(registrations: list[Registration]) -> list[tuple[Registration, str]]:
    """Each with the code of what was taken besides and would stand against it, if its student registered now; empty
    where nothing does. What was waived goes on counting, though it may be waived no more by now.
    """
    if not registrations:
        return []
    institution = registrations[0].institution_id
    with transaction.atomic():
        gone = {"status": Registration.Status.WITHDRAWN, "result": Registration.Result.WITHDRAWN, "reservation": None}
        Registration.objects.filter(pk__in=[one.pk for one in registrations]).update(**gone)
        verdicts = verdicts_on(institution, registrations, dry=True)
        transaction.set_rollback(True)
    waivers = Waiver.objects.filter(institution=institution, student__in={one.student_id for one in registrations})
    waived = {
        (check, (student, section or course))
        for check, student, section, course in waivers.values_list("waives", "student", "section", "course")
    }

    def is_in_the_way(registration: Registration, failure: Failure) -> bool:
        places = places_of(registration)
        return failure.code in IN_THE_WAY and waived.isdisjoint((failure.check, place) for place in places)

    return [
        (one.attempt, next((failure.code for failure in one.failed if is_in_the_way(one.attempt, failure)), ""))
        for one in verdicts
    ]


def withdraw_from(registration: Registration) -> None:
    """Withdraw a student from what takes place without them."""
    before = snapshot(registration)
    withdrawn = take_out(registration, today_at(registration.institution_id))
    changes = differences(before, snapshot(withdrawn))
    record(KEEPER, "academic.registration.withdrawn", withdrawn, changes=changes)
