"""This file holds what may happen to a derived list."""

from uuid import UUID

from django.utils import timezone

from analysis.lists.counting import count
from analysis.lists.models import DerivedList
from core.actor import Actor
from core.rules import rule
from faculties.institutions.days import today_at


@rule("analysis.list.begun", needs="analysis.count_list")
def begin_list(actor: Actor, *, name: str) -> DerivedList:
    """Count a list for the first time, before the worker does at night."""
    row = DerivedList(institution_id=actor.at_home(), name=name, counted_at=timezone.now(), members=0).save_checked()
    return row.change(**counted(row.institution_id, name))


@rule("analysis.list.counted", needs="analysis.count_list")
def count_list(actor: Actor, row: DerivedList) -> DerivedList:
    """Count a list anew, now."""
    return row.change(**counted(row.institution_id, row.name))


def counted(institution: UUID, name: str) -> dict:
    return {"members": count(institution, name, today_at(institution)), "counted_at": timezone.now()}
