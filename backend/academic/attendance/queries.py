"""This file holds the figures of attendance, each from one statement."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from academic.attendance.models import LEAST_PERCENT, Attendance, AttendancePolicy, AttendanceRegister
from academic.registrations.models import Registration

DEFINITION = (
    "present and late, in percent of present, late and absent, in closed registers of classes that were held while the"
    " student was registered; excused ones are left out"
)
CLOSED = Q(attendance__register__status=AttendanceRegister.Status.CLOSED)
COUNTED = {
    status: Count("attendance", filter=CLOSED & Q(attendance__status=status)) for status in Attendance.Status.values
}


def rates_of(registrations: QuerySet[Registration]) -> QuerySet[Any]:
    """Registrations with the count of each status, those who were in no class among them."""
    counted = registrations.annotate(**{f"times_{status}": count for status, count in COUNTED.items()})
    there = F("times_present") + F("times_late")
    return counted.annotate(times_there=there, times_counted=there + F("times_absent"))


def percent(there: int, counted: int) -> Decimal | None:
    """The rate with one digit, rounded half up; None where nothing counts."""
    if not counted:
        return None
    return (Decimal(100) * there / counted).quantize(Decimal("0.1"), ROUND_HALF_UP)


def shown(row: Any) -> dict[str, Any]:
    counts = {status: getattr(row, f"times_{status}") for status in Attendance.Status.values}
    return {
        "registration": row.pk,
        "student": row.student_id,
        "section": row.section_id,
        **counts,
        "counted": row.times_counted,
        "percent": percent(row.times_there, row.times_counted),
    }


def least_percent_at(institution: UUID) -> int:
    """What students of an institution are to attend at least."""
    said = AttendancePolicy.objects.filter(institution=institution).values_list("least_percent", flat=True).first()
    return said or LEAST_PERCENT
