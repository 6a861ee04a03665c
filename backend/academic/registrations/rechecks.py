"""This file holds what becomes of registrations that rest on other courses, once these have results or are left."""

from collections.abc import Collection
from uuid import UUID

from academic.registrations.events import RequisitesNotMet
from academic.registrations.models import Registration
from academic.registrations.verdicts import STANDING, wish_of
from academic.requisites.queries import verdicts_on
from academic.requisites.verdicts import Outcome
from academic.sections.models import Section
from academic.waivers.models import Waiver
from academic.waivers.queries import places_of, waived_for
from core.actor import Actor
from core.audit.record import differences, record, snapshot
from core.outbox.events import announce
from faculties.institutions.days import today_at


def recheck_requisites(actor: Actor, institution: UUID, students: Collection[UUID]) -> list[Registration]:
    """Judge the requisites of all that these students are registered for anew; those that stand otherwise now.

    Nobody is taken out by it: the registry withdraws whom it must, or waives. Whoever no longer meets them is told.
    """
    open_ones = list(
        Registration.objects.filter(institution=institution, student__in=students)
        .filter(status=Registration.Status.REGISTERED, result=Registration.Result.PENDING)
        .exclude(section__status=Section.Status.CANCELED)
        .select_related("section")
        .order_by("pk")
    )
    changed = [(one, now) for one, now in judged(institution, open_ones) if one.requisites != now]
    for one, now in changed:
        before = snapshot(one)
        one.change(requisites=now)
        record(actor, "academic.registration.requisites_judged", one, changes=differences(before, snapshot(one)))
        if now == Registration.Requisites.NOT_MET:
            announce(RequisitesNotMet(institution, one.pk))
    return [one for one, _ in changed]


def judged(
    institution: UUID, registrations: Collection[Registration]
) -> list[tuple[Registration, Registration.Requisites]]:
    """Each registration with how its requisites stand today."""
    found = verdicts_on(institution, [wish_of(one) for one in registrations], today_at(institution), together=())
    waived = waived_for(institution, {one.student_id for one in registrations}, Waiver.Waived.REQUISITES)
    answers = []
    for one in registrations:
        outcome, _ = found[wish_of(one)]
        is_waived = one.requisites == Registration.Requisites.WAIVED or not waived.isdisjoint(places_of(one))
        refused = Registration.Requisites.WAIVED if is_waived else Registration.Requisites.NOT_MET
        answers.append((one, refused if outcome == Outcome.NOT_MET else STANDING[outcome]))
    return answers
