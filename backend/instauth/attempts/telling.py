"""This file holds what the audit log is told of closed counts: of each at most once in a minute, so that whoever sends
a flood of requests doesn't fill the log with refusals.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.actor import Actor
from core.audit.models import AuditEntry
from core.audit.record import record
from core.errors import RuleBroken
from instauth.attempts.counting import Limit, Tally, counts
from users.models import User

ONCE_A_MINUTE = Limit(most=1, seconds=60)


@dataclass(frozen=True, slots=True)
class Closed:
    """Somebody was not let in, because these gauges were closed. Whose login it is, is looked up only for the log."""

    code: str
    gauges: list[str]
    login: str

    def record(self) -> None:
        user = User.objects.filter(email=self.login).first()
        actor = Actor(name=user.name if user else "unknown", id=user.pk if user else None)
        refused, told = AuditEntry.Decision.REFUSED, {"gauges": self.gauges}
        record(actor, "instauth.attempt.admitted", user, decision=refused, code=self.code, changes=told)


def told(refusal: RuleBroken, gauges: Mapping[str, str], login: str = "") -> RuleBroken:
    """The refusal, to be put on record where it is news. `gauges` are the closed ones: their keys and their names."""
    if is_news(*gauges):
        refusal.refusal = Closed(refusal.code, sorted(gauges.values()), login)
    return refusal


def is_news(*keys: str) -> bool:
    """Whether none of these was told within the last minute; they are told now. Ask outside a transaction."""
    return counts.take([Tally(f"told:{key}", ONCE_A_MINUTE) for key in keys])[0]
