"""This file holds how results come to registrations, and what follows from them."""

from decimal import Decimal

from academic.calendar.models import Window
from academic.registrations.models import Registration
from academic.registrations.priorities import rank_anew
from academic.registrations.rechecks import recheck_requisites
from academic.registrations.rules import refuse_shut
from academic.sections.seats import hold_student_of
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule


@rule("academic.result.recorded", needs="academic.change_result", first=hold_student_of)
def record_result(
    actor: Actor, registration: Registration, *, result: str, result_mark: Decimal | None = None
) -> Registration:
    """Record what came of a registration, while the window for results is open, if there is one. Withdrawing is not a
    result to record: it has a date and frees a seat.
    """
    if registration.status == Registration.Status.WITHDRAWN:
        raise RuleBroken("withdrawn", "This student withdrew.")
    if result == Registration.Result.WITHDRAWN:
        raise RuleBroken("withdraw_instead", "Withdraw the registration instead.", field="result")
    if result == Registration.Result.PENDING and result_mark is not None:
        words = "A mark is recorded with the result that it led to: leave it out while that is pending."
        raise RuleBroken("mark_without_result", words, field="result_mark")
    refuse_shut(registration, Window.Kind.RESULTS)
    recorded = registration.change(result=result, result_mark=result_mark)
    recheck_requisites(actor, recorded.institution_id, [recorded.student_id])
    rank_anew(actor, recorded.institution_id, recorded.student_id)
    return recorded
