"""This file holds how a version of a program moves from draft to closed: the one place that says it."""

from pathlib import Path

from django.db.models import TextChoices

# What the database sees to, whoever writes: that only a move changes a status, and what each asks for.
TEXT = Path(__file__).with_name("moves.sql")


class VersionStatus(TextChoices):
    """Where a version of a program stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ACTIVE = "active"
    TEACH_OUT = "teach_out", "taught out"
    CLOSED = "closed"


# Nobody is enrolled in what is not active yet, so that an approved one may go back. What was active ends.
MOVES: dict[str, tuple[VersionStatus, ...]] = {
    VersionStatus.DRAFT: (VersionStatus.SUBMITTED,),
    VersionStatus.SUBMITTED: (VersionStatus.APPROVED, VersionStatus.DRAFT),
    VersionStatus.APPROVED: (VersionStatus.ACTIVE, VersionStatus.DRAFT),
    VersionStatus.ACTIVE: (VersionStatus.TEACH_OUT,),
    VersionStatus.TEACH_OUT: (VersionStatus.CLOSED,),
    VersionStatus.CLOSED: (),
}


def refusal(status: str) -> str:
    """Why another status may not follow, in words."""
    following = " or ".join(named(one) for one in MOVES[status])
    return f"This version is {named(status)}: {f'it becomes {following} next' if following else 'it stays so'}."


def named(status: str) -> str:
    return str(VersionStatus(status).label).lower()
