"""This file holds the command that asks the database whether the walls between institutions stand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.tenancy.audit import exceptions, gaps


class Command(BaseCommand):
    """Fails, with one line for each gap, unless every table of an institution stands behind its wall."""

    help = "Check row security, composite keys, views and privileges in the database."

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        if found := gaps():
            raise CommandError("\n".join(["The walls between institutions have gaps:", *found]))
        if verbosity:
            for table, reason in sorted(exceptions().items()):
                self.stdout.write(f"{table} stands outside the walls: {reason}")
            self.stdout.write("The walls stand.")
