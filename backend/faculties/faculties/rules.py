"""This file holds what may happen to a faculty, and what faculties and departments have in common."""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from core.actor import Actor
from core.errors import RuleBroken
from core.freshness.changes import changed
from core.removing import remove
from core.rules import rule
from faculties.faculties.models import Faculty, Unit
from faculties.former_names.rules import keep_name
from faculties.institutions.days import today_at

AnyUnit = TypeVar("AnyUnit", bound=Unit)


@rule("faculties.faculty.opened", needs="faculties.add_faculty")
def open_faculty(actor: Actor, **fields: Any) -> Faculty:
    """Open a faculty in an institution."""
    changed("tree")
    return Faculty(institution_id=actor.at_home(), **fields).save_checked()


@rule("faculties.faculty.changed", needs="faculties.change_faculty")
def change_faculty(actor: Actor, faculty: Faculty, **fields: Any) -> Faculty:
    """Change the name, code or opening date of a faculty. A closed one stays as it was."""
    return change_unit(faculty, fields)


@rule("faculties.faculty.closed", needs="faculties.change_faculty")
def close_faculty(actor: Actor, faculty: Faculty, *, closed_on: date, merged_into: Faculty | None = None) -> Faculty:
    """Close a faculty on a day, into another one where it merged. Its departments close or merge first."""
    if faculty.departments.open_on(closed_on).exists():
        raise RuleBroken("departments_open", "Close or merge the departments of this faculty first.")
    return close_unit(faculty, closed_on, merged_into)


@rule("faculties.faculty.renamed", needs="faculties.change_faculty")
def rename_faculty(actor: Actor, faculty: Faculty, *, name: str, renamed_on: date) -> Faculty:
    """Give a faculty another name from a day on; the former one is kept."""
    return rename_unit(faculty, name, renamed_on, faculty_id=faculty.pk)


@rule("faculties.faculty.removed", needs="faculties.remove_faculty")
def remove_faculty(actor: Actor, faculty: Faculty) -> None:
    """Remove a faculty that was a mistake: one to which nothing points. Any other closes, and its history stays."""
    changed("tree")
    remove(faculty)


def change_unit(unit: AnyUnit, fields: dict[str, Any]) -> AnyUnit:
    refuse_closed(unit)
    return unit.change(**fields)


def rename_unit(unit: AnyUnit, name: str, renamed_on: date, **place: UUID) -> AnyUnit:
    refuse_closed(unit)
    today = today_at(unit.institution_id)
    keep_name(unit.name, unit.institution_id, new=name, until=renamed_on, today=today, since=unit.opened_on, **place)
    return unit.change(name=name)


def close_unit(unit: AnyUnit, closed_on: date, merged_into: AnyUnit | None) -> AnyUnit:
    refuse_closed(unit)
    if merged_into is not None and merged_into.closed_on is not None:
        raise RuleBroken("merges_into_closed", "A unit merges into one that is open.", field="merged_into")
    return unit.change(closed_on=closed_on, merged_into=merged_into)


def refuse_closed(unit: Unit) -> None:
    if unit.closed_on is not None:
        raise RuleBroken("unit_closed", f"{unit.name} closed on {unit.closed_on:%Y-%m-%d}.")
