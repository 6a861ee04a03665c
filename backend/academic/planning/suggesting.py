"""This file holds what is suggested for a meeting: places that the rules accept, since they were asked."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from academic.meetings.models import Meeting
from academic.meetings.rules import change_meeting, refuse_canceled, schedule_meeting
from academic.planning.slots import Proposal, proposals
from academic.planning.wanted import Wanted
from core.actor import Actor
from core.errors import RuleBroken

MOST_SUGGESTED, MOST_TRIED = 5, 15


class Undone(Exception):
    """A trial went well; nothing of it stays."""


def suggestions(actor: Actor, wanted: Wanted) -> list[tuple[Proposal, dict[str, Any]]]:
    """The best places for a meeting, each with the fields that change it so. The rules were tried with each: so what is
    suggested is accepted, whatever they come to look at.
    """
    meeting: Any = wanted.meeting
    refuse_canceled(meeting)
    return list(islice(accepted(actor, meeting, proposals(actor, wanted)[:MOST_TRIED]), MOST_SUGGESTED))


def accepted(actor: Actor, meeting: Meeting, found: list[Proposal]) -> Iterator[tuple[Proposal, dict[str, Any]]]:
    for proposal in found:
        fields = change_to(meeting, proposal)
        if is_accepted(actor, meeting, fields):
            yield proposal, fields


def is_accepted(actor: Actor, meeting: Meeting, fields: dict[str, Any]) -> bool:
    """Whether the rules would let the meeting be there, and scheduled."""
    try:
        with transaction.atomic():
            changed = change_meeting(actor, meeting, **fields)
            if changed.status == Meeting.Status.PLANNED:
                schedule_meeting(actor, changed)
            raise Undone
    except Undone:
        return True
    except RuleBroken:
        return False


def change_to(meeting: Meeting, proposal: Proposal) -> dict[str, Any]:
    """What a change of the meeting would say."""
    slot = proposal.slot
    hours = {"starts_at": slot.starts, "ends_at": proposal.ends, "room": proposal.room}
    if not meeting.on_date:
        return {"weekday": slot.weekday, **hours}
    return {"on_date": meeting.on_date + timedelta(days=slot.weekday - meeting.on_date.isoweekday()), **hours}
