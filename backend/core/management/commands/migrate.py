"""This file holds Django's migrate, as TESC runs it: by the owner of the tables, with what must follow every migration."""

from typing import Any

from django.core.management.commands import migrate

from core.lists.triggers import watch_references
from core.tenancy.roles import as_owner, grant_privileges


class Command(migrate.Command):
    """Migrate as the owner; then watch reference tables, and give each role exactly what each table allows."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
            if not options["plan"] and not options["check_unapplied"]:
                watch_references()
                grant_privileges()
