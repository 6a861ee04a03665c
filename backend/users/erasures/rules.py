"""This file holds how a person is erased: one asks, another confirms, and it can't be undone."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from core.actor import Actor
from core.errors import NotVisible, RuleBroken
from core.outbox.events import announce
from core.personal.erasing import Erasure, erase, planned
from core.personal.oneself import OWN
from core.personal.walk import PERMISSION, found_person, persons_of
from core.rules import rule
from users.accounts.models import User
from users.accounts.rules import rights_changed
from users.erasures.events import ErasureProposed, ErasureRefused, PersonErased
from users.erasures.models import ErasureRequest
from users.roles.models import Grant

WALKER = Actor.system("users.erasures", PERMISSION)


@rule("users.own_erasure.asked", needs=OWN)
def ask_for_own(actor: Actor, *, place: UUID | None, reason: str = "") -> ErasureRequest:
    """Ask to be erased from the institution where one acts. Asked twice, it is one request."""
    user = User.objects.get(pk=str(actor.id))
    if place is None:
        raise RuleBroken("institution_needed", "Say in which institution: act in one of those you reach.")
    return proposed(actor, user, place, reason)


@rule("users.erasure.asked", needs="users.add_erasure")
def ask_for_person(actor: Actor, *, person: UUID, reason: str) -> ErasureRequest:
    """Ask for a person within reach to be erased. Asked twice, it is one request; an erased person stays erased."""
    found = found_person(actor, "users.add_erasure", person)
    if found is None:
        raise NotVisible()
    return proposed(actor, found, getattr(found, "institution_id", None) or actor.at_home(), reason)


def proposed(actor: Actor, person: Any, institution: UUID, reason: str) -> ErasureRequest:
    if person.erased_at:
        raise RuleBroken("person_erased", "This person was erased before.")
    same = ErasureRequest.objects.filter(institution=institution, person_id=person.pk, status="proposed").first()
    if same is not None:
        return same
    asking = User.objects.get(pk=str(actor.id))
    account = next((one for one in persons_of(person) if isinstance(one, User)), None)
    request = ErasureRequest(
        institution_id=institution,
        person_id=person.pk,
        account=account,
        requested_by=asking,
        reason=reason,
    ).save_checked()
    announce(ErasureProposed(institution, request.pk, request.requested_by_id))
    return request


@rule("users.erasure.confirmed", needs="users.change_erasure", step_up=True)
def confirm_erasure(actor: Actor, request: ErasureRequest) -> ErasureRequest:
    """Erase the person for good: their key is destroyed, what names them is blanked, their sessions end, their copies
    go; what the law keeps is told. Somebody else than who asked, and than the person, confirms. It must not be decided.
    An account goes only where nothing else needs it: with no grant, and no student, in another institution. Something
    must be left to erase.
    """
    refuse_decided(actor, request)
    persons = erased_with(request)
    if not persons:
        raise RuleBroken("needed_elsewhere", "Another institution needs this account: end its roles here instead.")
    done = erase(persons, request.institution_id)
    rights_changed(*(one.pk for one in persons))
    request.refresh_from_db()  # its own words were blanked too
    announce(PersonErased(request.institution_id, request.pk, request.person_id))
    return decided(actor, request, status=ErasureRequest.Status.DONE, outcome=done.as_json())


@rule("users.erasure.refused", needs="users.change_erasure")
def refuse_erasure(actor: Actor, request: ErasureRequest, *, answer: str) -> ErasureRequest:
    """Say why a person is not erased. Somebody else than who asked decides. It must not be decided."""
    refuse_decided(actor, request)
    announce(ErasureRefused(request.institution_id, request.pk, request.account_id))
    return decided(actor, request, status=ErasureRequest.Status.REFUSED, answer=answer)


def refuse_decided(actor: Actor, request: ErasureRequest) -> None:
    if request.status != ErasureRequest.Status.PROPOSED:
        raise RuleBroken("already_decided", "This was decided before.")
    if actor.id is None or actor.id in (request.requested_by_id, request.account_id, request.person_id):
        raise RuleBroken("own_request", "An erasure is decided by somebody else than who asked, and than the person.")


def decided(actor: Actor, request: ErasureRequest, **fields: Any) -> ErasureRequest:
    decider = User.objects.get(pk=str(actor.id))
    return request.change(decided_by=decider, decided_at=timezone.now(), **fields)


def preview(request: ErasureRequest) -> Erasure:
    """What confirming would do; nothing happens."""
    return planned(erased_with(request), request.institution_id)


def erased_with(request: ErasureRequest) -> list[Any]:
    """The rows that are the person in this institution, with the account where nothing else needs it."""
    start = found_person(WALKER, PERMISSION, request.person_id)
    if start is None:
        raise NotVisible()
    everything = persons_of(start)
    here = [one for one in everything if getattr(one, "institution_id", None) == request.institution_id]
    elsewhere = [
        one
        for one in everything
        if not isinstance(one, User) and one.institution_id != request.institution_id and not one.erased_at
    ]
    accounts = [one for one in everything if isinstance(one, User) and not one.erased_at]
    needed = elsewhere or any(
        Grant.objects.held_by(one.pk).exclude(institution=request.institution_id).exists() for one in accounts
    )
    return [one for one in here if not one.erased_at] + ([] if needed else accounts)
