from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import users.accounts.addresses


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Plain addresses are their own shape; the few others are reckoned one by one."""
    accounts = apps.get_model("users", "User")._base_manager
    accounts.update(email_shape=models.F("email"))
    for pk, email in accounts.filter(email__regex="[^ -~]").values_list("pk", "email").iterator():
        accounts.filter(pk=pk).update(email_shape=users.accounts.addresses.shape_of(email))


class Migration(migrations.Migration):
    dependencies = [("users", "0004_demo_accounts")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_shape",
            field=users.accounts.addresses.AddressShapeField(
                default="", editable=False, help_text="What the address looks like.", max_length=254, source="email"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                fields=("email_shape",),
                name="user_email_looks_unlike_others",
                violation_error_code="confusable_address",
                violation_error_message="This e-mail address looks like that of another account.",
            ),
        ),
    ]
