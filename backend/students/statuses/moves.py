"""This file holds which status of a student may follow which: the one place that says it."""

from django.db.models import TextChoices


class Status(TextChoices):
    """What a student is to an institution."""

    ACTIVE = "active"
    ON_ATTACHMENT = "on_attachment"
    DEFERRED = "deferred"
    SUSPENDED = "suspended"
    DROPPED_OUT = "dropped_out"
    GRADUATED = "graduated"
    TRANSFERRED_OUT = "transferred_out"
    DECEASED = "deceased"


STUDYING = (Status.ACTIVE, Status.ON_ATTACHMENT, Status.DEFERRED, Status.SUSPENDED)
ENDINGS = (Status.DROPPED_OUT, Status.GRADUATED, Status.TRANSFERRED_OUT, Status.DECEASED)

# Who dropped out may be awarded what was earned. Nothing follows a death.
MOVES: dict[str, tuple[Status, ...]] = {
    Status.ACTIVE: (Status.ON_ATTACHMENT, Status.DEFERRED, Status.SUSPENDED, *ENDINGS),
    Status.ON_ATTACHMENT: (Status.ACTIVE, Status.DEFERRED, Status.SUSPENDED, *ENDINGS),
    Status.DEFERRED: (Status.ACTIVE, Status.SUSPENDED, *ENDINGS),
    Status.SUSPENDED: (Status.ACTIVE, Status.DEFERRED, *ENDINGS),
    Status.DROPPED_OUT: (Status.GRADUATED, Status.DECEASED),
    Status.GRADUATED: (Status.DECEASED,),
    Status.TRANSFERRED_OUT: (Status.DECEASED,),
    Status.DECEASED: (),
}
# Whoever left comes back by a new enrollment, and not otherwise.
RETURNING = (Status.DROPPED_OUT, Status.GRADUATED, Status.TRANSFERRED_OUT)


def before(status: str) -> tuple[str, ...]:
    """What a student may be who takes this status."""
    return tuple(one for one, following in MOVES.items() if status in following)
