"""This file holds what may happen to a program and its versions."""

from typing import Any

from academic.programs.models import Program, ProgramVersion
from academic.programs.moves import VersionStatus, named
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.models import Department


@rule("academic.program.opened", needs="academic.add_program")
def open_program(actor: Actor, *, department: Department, **fields: Any) -> Program:
    """Open a program in a department that is open."""
    if department.closed_on is not None:
        raise RuleBroken("department_closed", "A program opens in a department that is open.", field="department")
    return Program(institution_id=department.institution_id, department=department, **fields).save_checked()


@rule("academic.program.changed", needs="academic.change_program")
def change_program(actor: Actor, program: Program, **fields: Any) -> Program:
    """Change a program. A closed one stays as it was."""
    if program.status == Program.Status.CLOSED:
        raise RuleBroken("program_closed", "This program is closed.")
    return program.change(**fields)


@rule("academic.program.suspended", needs="academic.change_program")
def suspend_program(actor: Actor, program: Program) -> Program:
    """Take no new students into an active program until it is reopened. Those enrolled go on."""
    if program.status != Program.Status.ACTIVE:
        raise RuleBroken("program_not_active", f"This program is {program.status}: an active one is suspended.")
    return program.change(status=Program.Status.SUSPENDED)


@rule("academic.program.reopened", needs="academic.change_program")
def reopen_program(actor: Actor, program: Program) -> Program:
    """Open a program to new students that was suspended, or only planned."""
    if program.status not in {Program.Status.SUSPENDED, Program.Status.PLANNED}:
        raise RuleBroken("program_not_suspended", f"This program is {program.status}: a suspended one is reopened.")
    return program.change(status=Program.Status.ACTIVE)


@rule("academic.program.closed", needs="academic.change_program")
def close_program(actor: Actor, program: Program) -> Program:
    """Close a program to new students. Those enrolled finish under their version."""
    if program.status == Program.Status.CLOSED:
        raise RuleBroken("program_closed", "This program is closed.")
    return program.change(status=Program.Status.CLOSED)


@rule("academic.program_version.added", needs="academic.add_program")
def add_program_version(actor: Actor, *, program: Program, **fields: Any) -> ProgramVersion:
    """Add the structure for a catalog year, as a draft."""
    given = {"status": VersionStatus.DRAFT, **fields}
    return ProgramVersion(institution_id=program.institution_id, program=program, **given).save_checked()


@rule("academic.program_version.changed", needs="academic.change_program")
def change_program_version(actor: Actor, version: ProgramVersion, **fields: Any) -> ProgramVersion:
    """Change a draft, or one that was taken over and nobody is enrolled in: who enters under it stays under it as it
    was.
    """
    refuse_in_use(version)
    return version.change(**fields)


def refuse_in_use(version: ProgramVersion) -> None:
    refuse_frozen(version)
    if version.enrollments.exists():
        raise RuleBroken("version_in_use", "Students are enrolled in this version: add one for a later catalog year.")


def refuse_frozen(version: ProgramVersion) -> None:
    """From submitting on a version stays as it is. One that no move touched was taken over without its structure."""
    if version.status != VersionStatus.DRAFT and version.moves.exists():
        raise RuleBroken(
            "version_frozen",
            f"This version is {named(version.status)}, and stays as it was submitted: have it sent back before it is"
            " active, or copy it into a later catalog year.",
        )
