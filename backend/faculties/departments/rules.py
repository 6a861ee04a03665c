"""This file holds what may happen to a department."""

from datetime import date
from typing import Any

from core.actor import Actor
from core.errors import RuleBroken
from core.freshness.changes import changed
from core.removing import remove
from core.rules import rule
from faculties.departments.models import Department
from faculties.faculties.models import Faculty
from faculties.faculties.rules import change_unit, close_unit, rename_unit


@rule("faculties.department.opened", needs="faculties.add_department")
def open_department(actor: Actor, *, faculty: Faculty, **fields: Any) -> Department:
    """Open a department in a faculty that is open."""
    if faculty.closed_on is not None:
        raise RuleBroken("faculty_closed", "A department opens in a faculty that is open.", field="faculty")
    changed("tree")
    return Department(institution_id=faculty.institution_id, faculty=faculty, **fields).save_checked()


@rule("faculties.department.changed", needs="faculties.change_department")
def change_department(actor: Actor, department: Department, **fields: Any) -> Department:
    """Change the name, code or opening date of a department. A closed one stays as it was."""
    return change_unit(department, fields)


@rule("faculties.department.closed", needs="faculties.change_department")
def close_department(
    actor: Actor, department: Department, *, closed_on: date, merged_into: Department | None = None
) -> Department:
    """Close a department on a day, into another one where it merged. It keeps its programs and its history."""
    return close_unit(department, closed_on, merged_into)


@rule("faculties.department.renamed", needs="faculties.change_department")
def rename_department(actor: Actor, department: Department, *, name: str, renamed_on: date) -> Department:
    """Give a department another name from a day on; the former one is kept."""
    return rename_unit(department, name, renamed_on, department_id=department.pk)


@rule("faculties.department.removed", needs="faculties.remove_department")
def remove_department(actor: Actor, department: Department) -> None:
    """Remove a department that was a mistake: one to which nothing points. Any other closes, and its history stays."""
    changed("tree")
    remove(department)
