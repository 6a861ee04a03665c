"""With a seat of a section that has parts, one of each kind of these is offered, and held by an entry of its own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import core.tenancy.constraints
import core.tenancy.fields
from academic.waitlists.queries import TEXT

# Deferrable, so that whoever swaps has what they swap for before what they leave is offered.
OFFERS = """
CREATE CONSTRAINT TRIGGER section_offers_seats AFTER UPDATE ON academic_section
DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW
WHEN (NEW.seats_taken + NEW.seats_offered < OLD.seats_taken + OLD.seats_offered
  OR NEW.seats_taken + NEW.seats_offered + NEW.seats_reserved < OLD.seats_taken + OLD.seats_offered + OLD.seats_reserved
  OR NEW.capacity IS DISTINCT FROM OLD.capacity OR NEW.combined_capacity IS DISTINCT FROM OLD.combined_capacity
  OR NEW.meets_with_id IS DISTINCT FROM OLD.meets_with_id OR NEW.status <> OLD.status)
EXECUTE FUNCTION academic_offer_seats();
CREATE TRIGGER section_offers_its_first_seats AFTER INSERT ON academic_section FOR EACH ROW
WHEN (NEW.whole_id IS NOT NULL)
EXECUTE FUNCTION academic_offer_seats();
"""
OFFERED = "DROP TRIGGER section_offers_seats ON academic_section"


class Migration(migrations.Migration):
    dependencies = [("academic", "0056_drafts_for_planners")]

    operations = [
        migrations.RunSQL(OFFERED, migrations.RunSQL.noop),
        migrations.RunSQL(OFFERS, migrations.RunSQL.noop),
        migrations.RunSQL(TEXT.read_text(), migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION IF EXISTS academic_free_of_parts(uuid, uuid)", migrations.RunSQL.noop),
        migrations.AddField(
            "waitlistentry",
            "offered_with",
            core.tenancy.fields.TenantForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="held_parts",
                to="academic.waitlistentry",
            ),
        ),
        migrations.AddIndex(
            "waitlistentry",
            models.Index(
                fields=["institution", "offered_with"],
                condition=Q(offered_with__isnull=False),
                name="waitlist_by_whole",
            ),
        ),
        migrations.AddConstraint(
            "waitlistentry",
            models.CheckConstraint(
                condition=Q(offered_with__isnull=True) | Q(offered_at__isnull=False, told_at__isnull=False),
                name="waitlist_part_told_with_its_whole",
            ),
        ),
        migrations.AddConstraint(
            "waitlistentry",
            models.UniqueConstraint(fields=["institution", "id", "student"], name="waitlist_entry_with_its_student"),
        ),
        migrations.AddConstraint(
            "waitlistentry",
            core.tenancy.constraints.SameInstitution(
                fields=("offered_with", "student"), name="academic_waitlistentry_offered_with_same"
            ),
        ),
    ]
