"""This file holds how a version of a program is copied, and goes from draft over approval to the end."""

from academic.accounts import account_of
from academic.curricula.copying import asked_by, copy_structure
from academic.curricula.structure import flaws_of
from academic.programs.models import ProgramVersion, VersionMove
from academic.programs.moves import MOVES, VersionStatus, refusal
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from faculties.institutions.days import today_at


@rule("academic.program_version.copied", needs="academic.add_program")
def copy_version(actor: Actor, version: ProgramVersion, *, catalog_year: int | None = None) -> ProgramVersion:
    """Copy a version with its groups and courses as a draft for a later catalog year: the next where none is named."""
    year = catalog_year or version.catalog_year + 1
    if year <= version.catalog_year:
        words = f"This version is that of {version.catalog_year}: copy it into a later year."
        raise RuleBroken("not_later", words, field="catalog_year")
    draft = ProgramVersion(
        institution_id=version.institution_id,
        program_id=version.program_id,
        catalog_year=year,
        status=VersionStatus.DRAFT,
        **asked_by(version),
    ).save_checked()
    copy_structure(version, draft)
    return draft


@rule("academic.program_version.submitted", needs="academic.change_program")
def submit_version(actor: Actor, version: ProgramVersion) -> ProgramVersion:
    """Put a draft forward for approval. Everything that is wrong with its structure is told at once."""
    refuse_unless_next(version, VersionStatus.SUBMITTED)
    if flaws := flaws_of(version):
        refused = RuleBroken("structure_flawed", "")
        refused.problems = flaws
        raise refused
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
    if version.catalog_year > today_at(version.institution_id).year:
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
        raise RuleBroken("move_not_allowed", refusal(version.status))


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
