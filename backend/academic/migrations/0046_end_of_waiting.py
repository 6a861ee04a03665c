"""Seats are offered while registering is possible; who waits when it is over, or for what is canceled, is told."""

from django.db import migrations, models
from django.db.models import F, Q

from academic.sections import seats

STATUSES = [
    ("waiting", "Waiting"),
    ("offered", "Offered"),
    ("accepted", "Accepted"),
    ("expired", "the offer was not accepted in time"),
    ("canceled", "the section was canceled"),
    ("closed", "registering is over"),
    ("left", "left while waiting"),
    ("refused", "said no to the offer"),
]
WAITED = Q(
    status__in=["waiting", "left", "accepted", "canceled", "closed"], offered_at__isnull=True, expires_at__isnull=True
)
OFFERED = Q(status__in=["offered", "expired", "refused", "accepted", "canceled"], expires_at__gt=F("offered_at")) & Q(
    offered_at__isnull=False, expires_at__isnull=False
)
TOLD = Q(told_at__isnull=True) | Q(offered_at__isnull=False) | Q(status__in=["canceled", "closed"])
UNTOLD = models.Index(
    fields=["institution", "id"],
    condition=Q(told_at__isnull=True, status__in=["offered", "canceled", "closed"]),
    name="waitlist_untold",
)


class Migration(migrations.Migration):
    dependencies = [("academic", "0045_least_loads")]
    operations = [
        migrations.RemoveConstraint("waitlistentry", "waitlist_entry_offered_for_a_time"),
        migrations.RemoveConstraint("waitlistentry", "waitlist_entry_told_of_an_offer"),
        migrations.AlterField(
            "waitlistentry",
            "status",
            models.CharField(choices=STATUSES, default="waiting", editable=False, max_length=8),
        ),
        migrations.AddIndex("waitlistentry", UNTOLD),
        migrations.AddConstraint(
            "waitlistentry",
            models.CheckConstraint(condition=WAITED | OFFERED, name="waitlist_entry_offered_for_a_time"),
        ),
        migrations.AddConstraint(
            "waitlistentry", models.CheckConstraint(condition=TOLD, name="waitlist_entry_told_of_an_offer")
        ),
        migrations.RunSQL(seats.TEXT.read_text(), migrations.RunSQL.noop),
    ]
