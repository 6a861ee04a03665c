"""A section that has parts is offered to no more than find a seat in each kind of them."""

from django.db import migrations, models
from django.db.models import Q

from academic.sections import seats


class Migration(migrations.Migration):
    dependencies = [("academic", "0050_offers_to_who_is_active_again")]
    operations = [
        migrations.AddIndex(
            "section",
            models.Index(fields=["institution", "whole"], condition=Q(whole__isnull=False), name="section_by_whole"),
        ),
        migrations.RunSQL(seats.TEXT.read_text(), migrations.RunSQL.noop),
    ]
