"""This file holds Django's migrate, as TESC runs it: by the owner of the tables, with what must follow."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import transaction

from core.functions import drop_changed, load_functions
from core.ledger.sealer import keep_counting_ahead
from core.lists.triggers import watch_references
from core.migrating import LightExecutor
from core.tenancy.roles import as_owner, grant_privileges, prepare_national_role

migrate.MigrationExecutor = LightExecutor  # type: ignore[attr-defined]  # Django's command asks this module


class Command(migrate.Command):
    """Migrate as the owner; then load functions, watch reference tables, give each role its rights, and audit walls."""

    def handle(self, *args: Any, **options: Any) -> None:
        only_looks = options["plan"] or options["check_unapplied"]
        with as_owner():
            if not only_looks:
                prepare_national_role()  # the policies name it
                with transaction.atomic():
                    drop_changed()
            super().handle(*args, **options)
            if only_looks:
                return
            # At once: between a REVOKE and its GRANT, whoever is being served would be refused.
            with transaction.atomic():
                if not options["app_label"]:
                    load_functions()
                watch_references()
                grant_privileges()
                keep_counting_ahead()
            if not options["app_label"]:
                call_command("walls_audit", verbosity=0)
