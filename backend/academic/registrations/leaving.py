"""This file holds what a student keeps to who leaves a section: the least load, and what other courses ask for."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from academic.loads.queries import Asked, loads_of
from academic.registrations.models import Registration
from academic.registrations.rechecks import recheck_requisites
from academic.registrations.verdicts import wish_of
from academic.requisites.queries import asked_together, verdicts_on
from academic.waivers.models import Waiver
from academic.waivers.queries import is_waived
from core.actor import Actor
from core.errors import RuleBroken
from faculties.institutions.days import today_at


@contextmanager
def leaving(actor: Actor, registration: Registration, *, freely: bool = False) -> Iterator[None]:
    """Leave a section within it. What else the student takes is judged anew then: whoever no longer meets what that
    asks for is told. Unless one leaves `freely`, it is refused to fall below the least load, and to leave a course with
    which another one is to be taken together. What was canceled is left freely: nothing rests on it any more. So is
    all by who is enrolled no more.
    """
    freely = freely or registration.section.is_gone or registration.enrollment.ended_on is not None
    with nullcontext() if freely else least_load_kept(registration):
        yield
    if registration.section.whole_id is None:  # a part satisfies nothing
        judged = recheck_requisites(actor, registration.institution_id, [registration.student_id])
        if not freely:
            refuse_needed(registration, [one for one in judged if one.requisites == Registration.Requisites.NOT_MET])


@contextmanager
def least_load_kept(registration: Registration) -> Iterator[None]:
    """Refuse that a student who takes the least load of a term falls below it, where the institution refuses that and
    nobody waived it. Whoever is still below it is free to choose otherwise.
    """
    asked = [Asked(registration.enrollment_id, registration.section_id)]
    before = [one for one in loads_of(registration.institution_id, asked) if one.is_kept and not one.is_short]
    yield
    if before:
        (after,) = loads_of(registration.institution_id, asked)
        if after.is_short and not is_waived(registration, Waiver.Waived.LOAD):
            words = f"{after.words} Swap it for another course, or ask for a waiver of the load."
            raise RuleBroken("below_least_load", words)


def refuse_needed(registration: Registration, lost: list[Registration]) -> None:
    """Refuse to leave a course for which others ask that are taken together with it, of those whose requisites are met
    no longer. Where each of two asks for the other, either may be left first.
    """
    if not lost:
        return
    institution, course = registration.institution_id, registration.section.course_id
    found = verdicts_on(institution, [wish_of(one) for one in lost], today_at(institution), together=())
    asked = asked_together(institution, [course])[course]
    needing = {
        one.section.course.code
        for one in lost
        if one.section.course_id not in asked
        and any(finding.code == "not_together" for finding in found[wish_of(one)].findings)
    }
    if needing:
        words = f"To be taken together with it: {', '.join(sorted(needing))}. Leave that first, or ask for a waiver."
        raise RuleBroken("needed_together", words)


def warnings_of_leaving(registration: Registration) -> list[str]:
    """What the student of a registration that was left is warned of: the load, and courses that rested on it."""
    institution, student = registration.institution_id, registration.student_id
    loads = loads_of(institution, [Asked(registration.enrollment_id, registration.section_id)])
    unmet = Registration.objects.filter(
        institution=institution,
        student=student,
        status=Registration.Status.REGISTERED,
        requisites=Registration.Requisites.NOT_MET,
        section__whole=None,
    )
    codes = unmet.order_by("section__course__code").values_list("section__course__code", flat=True)
    return [
        *(one.words for one in loads if one.is_short),
        *(f"What {code} asks for is not met then." for code in codes),
    ]
