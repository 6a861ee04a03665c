"""This file holds what may happen to a program and its versions."""

from typing import Any

from django.utils import timezone

from academic.accounts import account_of
from academic.curricula.structure import flaws_of
from academic.programs.models import Program, ProgramVersion, VersionMove
from academic.programs.moves import MOVES, VersionStatus, named
from academic.programs.moves import refusal as refusal_of_move
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


# --- From draft to closed ---
@rule("academic.program_version.submitted", needs="academic.change_program")
def submit_version(actor: Actor, version: ProgramVersion) -> ProgramVersion:
    """Put a draft forward for approval. Everything that is wrong with its structure is told at once."""
    refuse_unless_next(version, VersionStatus.SUBMITTED)
    if flaws := flaws_of(version):
        refusal = RuleBroken("structure_flawed", "")
        refusal.problems = flaws
        raise refusal
    return move(actor, version, VersionStatus.SUBMITTED)


@rule("academic.program_version.sent_back", needs="academic.approve_program")
def send_version_back(actor: Actor, version: ProgramVersion, *, reason: str) -> ProgramVersion:
    """Make a draft again of a version that was submitted or approved, and say what is to be changed."""
    return move(actor, version, VersionStatus.DRAFT, reason)


@rule("academic.program_version.approved", needs="academic.approve_program")
def approve_version(actor: Actor, version: ProgramVersion) -> ProgramVersion:
    """Approve what somebody else submitted."""
    refuse_unless_next(version, VersionStatus.APPROVED)
    submitted = version.moves.filter(to_status=VersionStatus.SUBMITTED).latest("id")
    if actor.id and submitted.moved_by == account_of(actor):
        raise RuleBroken("own_submission", "You submitted this version: somebody else approves it.")
    return move(actor, version, VersionStatus.APPROVED)


@rule("academic.program_version.activated", needs="academic.change_program")
def activate_version(actor: Actor, version: ProgramVersion) -> ProgramVersion:
    """Open an approved version to students, in its catalog year or later. Those before it stay open beside it."""
    refuse_unless_next(version, VersionStatus.ACTIVE)
    if version.catalog_year > timezone.localdate().year:
        year = version.catalog_year
        raise RuleBroken("too_early", f"This version is for those who enter in {year}: activate it from that year on.")
    return move(actor, version, VersionStatus.ACTIVE)


@rule("academic.program_version.taught_out", needs="academic.change_program")
def teach_version_out(actor: Actor, version: ProgramVersion) -> ProgramVersion:
    """Shut a version to new students. Those in it finish under it."""
    return move(actor, version, VersionStatus.TEACH_OUT)


@rule("academic.program_version.closed", needs="academic.change_program")
def close_version(actor: Actor, version: ProgramVersion) -> ProgramVersion:
    """Close a version that is taught out, when nobody is enrolled in it any more."""
    refuse_unless_next(version, VersionStatus.CLOSED)
    inside = version.enrollments.filter(institution=version.institution_id, ended_on=None).count()
    if inside:
        students = f"{inside} students are" if inside > 1 else "1 student is"
        raise RuleBroken("still_enrolled", f"{students} enrolled in this version: it closes when all have ended.")
    return move(actor, version, VersionStatus.CLOSED)


def refuse_unless_next(version: ProgramVersion, status: VersionStatus) -> None:
    if status not in MOVES[version.status]:
        raise RuleBroken("move_not_allowed", refusal_of_move(version.status))


def move(actor: Actor, version: ProgramVersion, status: VersionStatus, reason: str = "") -> ProgramVersion:
    """Write the move; the database takes the version with it."""
    refuse_unless_next(version, status)
    VersionMove(
        institution_id=version.institution_id,
        program_version=version,
        from_status=version.status,
        to_status=status,
        reason=reason,
        moved_by=account_of(actor),
    ).save_checked()
    version.refresh_from_db()
    return version
