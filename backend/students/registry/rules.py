"""This file holds what may happen to a double enrollment."""

from django.utils import timezone

from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule
from students.registry.models import DoubleEnrollment


@rule("students.double_enrollment.acknowledged", needs="students.acknowledge_double_enrollment")
def acknowledge(actor: Actor, double: DoubleEnrollment, *, note: str) -> DoubleEnrollment:
    """Say what was found about a double enrollment, once. When it is over, the register sees for itself."""
    if double.acknowledged_at:
        raise RuleBroken("already_acknowledged", "This double enrollment was looked into before.")
    return double.change(acknowledged_at=timezone.now(), acknowledged_by=actor.id, note=note)
