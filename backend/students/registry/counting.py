"""This file holds how the register of learners is kept: batch by batch, after whatever changed rows of students.

A trigger notes the digest of each person of whom a row changed; one worker counts them. It reads as the nation is read,
and writes only what is the nation's own, so that no institution's rows are ever within reach of another's.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from core.actor import Actor
from core.audit.record import record
from core.tenancy.scope import reading
from students.registry.models import DoubleEnrollment, Learner
from students.students.models import Student

# Who is so studies at the institution now; whoever deferred may well be elsewhere meanwhile.
STUDYING = (Student.Status.ACTIVE, Student.Status.ON_ATTACHMENT)
KEEPS = "students.view_learner"
KEEPER = Actor.system("students.registry", KEEPS)
AT_ONCE = 5000

# One worker at a time: what it counts was committed before, and nobody writes an older count after it.
ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('students.registry', 0))"
TAKE = """
DELETE FROM students_learnertocount
WHERE id IN (SELECT id FROM students_learnertocount ORDER BY id LIMIT %s) RETURNING index
"""


def count_learners() -> int:
    """Bring the register up to what institutions say by now; of how many people it was counted anew."""
    total = 0
    while counted := count_batch():
        total += counted
    return total


@transaction.atomic
def count_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(TAKE, [AT_ONCE])
        indexes = {bytes(index) for (index,) in cursor.fetchall()}
    if indexes:
        write(counted(indexes), timezone.now())
    return len(indexes)


def counted(indexes: set[bytes]) -> list[Learner]:
    """Those whom the register knows, or is to know, with their counts as they are now."""
    with reading(KEEPER, KEEPS):
        rows = Student.objects.filter(national_id_index__in=indexes).order_by().values_list("national_id_index")
        found = rows.annotate(known=Count("id"), active=Count("id", filter=Q(status__in=STUDYING)))
        counts = {bytes(index): (known, active) for index, known, active in found}
    registered: Any = Learner.objects.filter(index__in=indexes).values_list("index", flat=True)
    wanted = {*map(bytes, registered), *(index for index, (known, _) in counts.items() if known > 1)}
    return [
        Learner(index=index, known_at=known, active_at=active)
        for index in sorted(wanted)
        for known, active in [counts.get(index, (0, 0))]
    ]


def write(learners: list[Learner], now: datetime) -> None:
    Learner.objects.bulk_create(
        learners,
        update_conflicts=True,
        unique_fields=["index"],
        update_fields=["known_at", "active_at", "updated_at"],
    )
    these = Learner.objects.filter(index__in=[learner.index for learner in learners])
    is_open = Exists(DoubleEnrollment.objects.filter(learner=OuterRef("pk"), ended_at=None))
    for learner in these.filter(~is_open, double_active=True):
        double = DoubleEnrollment(learner=learner, noticed_at=now).save_checked()
        record(KEEPER, "students.double_enrollment.noticed", double)
    for double in DoubleEnrollment.objects.filter(ended_at=None, learner__in=these.filter(double_active=False)):
        double.change(ended_at=now)
        record(KEEPER, "students.double_enrollment.ended", double)
    these.filter(known_at=0).update(index=None)
