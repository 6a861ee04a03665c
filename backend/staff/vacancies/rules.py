"""This file holds what may happen to a vacancy and to an application, up to the contract of whoever is appointed."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.models import Department
from staff.contracts.rules import sign_contract
from staff.members.models import Member
from staff.members.rules import enter_member
from staff.vacancies.models import Application, State, Vacancy

Stage = Vacancy.Stage
STAGES = (Stage.OPEN, Stage.SHORTLIST, Stage.INTERVIEW, Stage.OFFER)
STATES = (State.APPLIED, State.SHORTLISTED, State.INTERVIEW, State.OFFERED)
# The stage that a vacancy has reached before an application comes so far.
STAGE_OF = dict(zip(STATES, STAGES, strict=True))
AT_ANY_TIME = (State.REJECTED, State.WITHDRAWN)
# What an applicant brings along when becoming a member.
BROUGHT = (
    "title", "given_names", "family_name", "sex", "nationality", "email", "national_id", "date_of_birth", "phone",
    "address",
)  # fmt: skip


# --- Vacancies ---
@rule("staff.vacancy.opened", needs="staff.add_vacancy")
def open_vacancy(actor: Actor, *, department: Department, **fields: Any) -> Vacancy:
    """Open a vacancy of a department that is open."""
    if department.closed_on:
        raise RuleBroken("unit_closed", f"{department.name} closed on {department.closed_on}.", field="department")
    return Vacancy(institution_id=department.institution_id, department=department, **fields).save_checked()


@rule("staff.vacancy.changed", needs="staff.change_vacancy")
def change_vacancy(actor: Actor, vacancy: Vacancy, **fields: Any) -> Vacancy:
    """Change a vacancy while applications are taken: after that, it stays what people applied for."""
    if vacancy.stage != Stage.OPEN:
        raise RuleBroken("no_longer_open", f"This vacancy is at {vacancy.stage}: it stays as it was announced.")
    return vacancy.change(**fields)


@rule("staff.vacancy.advanced", needs="staff.change_vacancy")
def advance(actor: Actor, vacancy: Vacancy) -> Vacancy:
    """Take a vacancy one stage further: open, shortlist, interview, offer. From offer on, somebody is appointed."""
    refuse_ended(vacancy)
    if vacancy.stage == Stage.OFFER:
        raise RuleBroken("last_stage", "Offer is the last stage: appoint somebody, or close the vacancy.")
    return vacancy.change(stage=STAGES[STAGES.index(Stage(vacancy.stage)) + 1])


@rule("staff.vacancy.closed", needs="staff.change_vacancy")
def close_vacancy(actor: Actor, vacancy: Vacancy) -> Vacancy:
    """Close a vacancy without appointing anybody. Applications that still stand are rejected."""
    return ended(actor, vacancy, Stage.CLOSED)


@rule("staff.vacancy.filled", needs="staff.change_vacancy")
def fill_vacancy(actor: Actor, vacancy: Vacancy) -> Vacancy:
    """Note that somebody was appointed. Applications that still stand are rejected."""
    return ended(actor, vacancy, Stage.APPOINTED)


def ended(actor: Actor, vacancy: Vacancy, stage: str) -> Vacancy:
    refuse_ended(vacancy)
    if standing := list(vacancy.applications.filter(state__in=STATES).order_by("pk")):
        reject_rest(actor, *standing)
    return vacancy.change(stage=stage)


def refuse_ended(vacancy: Vacancy) -> None:
    if vacancy.stage not in STAGES:
        raise RuleBroken("vacancy_ended", f"This vacancy is {vacancy.stage}: nothing moves any more.")


# --- Applications ---
@rule("staff.application.entered", needs="staff.add_application")
def enter_application(actor: Actor, *, vacancy: Vacancy, applied_on: date, **fields: Any) -> Application:
    """Enter an application that came in time, while the vacancy is open. A national id applies once."""
    # Locked: nobody slips in while the vacancy goes on to its shortlist, or is closed.
    locked = Vacancy.objects.select_for_update().get(pk=vacancy.pk)
    if locked.stage != Stage.OPEN:
        raise RuleBroken("no_longer_open", f"This vacancy is at {locked.stage}.", field="vacancy")
    if not locked.opens_on <= applied_on <= locked.closes_on:
        message = f"Applications were taken from {locked.opens_on} to {locked.closes_on}."
        raise RuleBroken("not_in_time", message, field="applied_on")
    return Application(
        institution_id=vacancy.institution_id, vacancy=locked, applied_on=applied_on, **fields
    ).save_checked()


@rule("staff.application.changed", needs="staff.change_application")
def change_application(actor: Actor, application: Application, **fields: Any) -> Application:
    """Correct what an applicant said, while the application stands."""
    refuse_decided(application)
    return application.change(**fields)


@rule("staff.application.moved", needs="staff.change_application")
def move_application(actor: Actor, application: Application, *, state: str) -> Application:
    """Take an application one state further, no further than its vacancy is; or reject it, or note that it was
    withdrawn. The post is offered to one at a time.
    """
    refuse_decided(application)
    if state not in AT_ANY_TIME:
        refuse_leap(application, state)
    return application.change(state=state)


@rule("staff.application.rest_rejected", needs="staff.change_application", bulk=True)
def reject_rest(actor: Actor, *applications: Application) -> list[Application]:
    """Reject those applications for a vacancy that still stand at its end."""
    return [one.change(state=State.REJECTED) for one in applications if one.state in STATES]


@rule("staff.application.appointed", needs="staff.change_application")
def appoint_applicant(
    actor: Actor,
    application: Application,
    *,
    starts_on: date,
    ends_on: date | None = None,
    number: str = "",
    member: Member | None = None,
) -> Application:
    """Appoint the person to whom the post is offered: they become a member of staff by a number, or are one already;
    the vacancy's contract is signed; the vacancy is filled, and the other applications are rejected. All of that, or
    nothing.
    """
    if application.state != State.OFFERED:
        message = f"This application is {application.state}: the post is offered before somebody is appointed."
        raise RuleBroken("not_offered", message)
    if bool(number) == bool(member):
        message = "Give an employee number to somebody new, or name the member of staff who this is."
        raise RuleBroken("number_or_member", message, field="number")
    vacancy = application.vacancy
    person = member or enter_member(
        actor,
        number=number,
        joined_on=starts_on,
        department=vacancy.department,
        position=vacancy.title,
        **{name: getattr(application, name) for name in BROUGHT},
    )
    terms = {"kind": vacancy.kind, "activity": vacancy.activity, "fte": vacancy.fte}
    sign_contract(actor, member=person, starts_on=starts_on, ends_on=ends_on, **terms)
    application.change(state=State.APPOINTED, member=person)
    fill_vacancy(actor, vacancy)
    return application


def refuse_decided(application: Application) -> None:
    if application.erased_at:
        raise RuleBroken("person_erased", "This person was erased: nothing can be entered about them.")
    if application.state not in STATES:
        raise RuleBroken("already_decided", f"This application is {application.state}: it stays so.")


def refuse_leap(application: Application, state: str) -> None:
    """Refuse another state than the next one, or one that the vacancy has not come to."""
    place = STATES.index(State(application.state))
    following = STATES[place + 1] if place + 1 < len(STATES) else None
    if state != following:
        allowed = ", ".join(filter(None, (following, *AT_ANY_TIME)))
        message = f"From {application.state} an application goes to: {allowed}."
        raise RuleBroken("no_such_move", message, field="state")
    stage, reached = STAGE_OF[following], application.vacancy.stage
    if STAGES.index(stage) > STAGES.index(Stage(reached)):
        raise RuleBroken("vacancy_not_there", f"The vacancy is at {reached}: take it to {stage} first.", field="state")
