"""An upload keeps how far the right of who sent it reaches, where that is less than the institution."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_files_never_altered_and_counted"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="reach",
            field=models.JSONField(
                editable=False,
                help_text="Of who has less than the institution: `units`, and whether what is `own`.",
                null=True,
            ),
        ),
    ]
