"""This file holds the command that replaces keys."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError

from core.secrets.fields import Encrypted
from core.secrets.keyring import master_key_id
from core.secrets.rotation import reseal_column, rewrap_keys
from core.tenancy.roles import as_owner


class Command(BaseCommand):
    """`rotate_keys --kek` wraps every data key anew; `rotate_keys --dek --column app.Model.field` seals a column anew.

    Both may be broken off at any moment and run again.
    """

    help = "Replace the key that wraps data keys, or the data keys under one encrypted column."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--kek", action="store_true", help="wrap data keys by encryption.next.key")
        which.add_argument("--dek", action="store_true", help="seal a column under new data keys")
        parser.add_argument("--column", metavar="app.Model.field", help="the encrypted column, with --dek")

    def handle(self, *args: Any, kek: bool, column: str | None, **options: Any) -> None:
        if kek == bool(column):
            raise CommandError("Name a column with --dek, and none with --kek.")
        field = encrypted(column) if column else None
        with as_owner():
            if field is None:
                self.rotate_kek()
            else:
                self.rotate_dek(field)

    def rotate_kek(self) -> None:
        if not settings.ENCRYPTION_NEXT_KEY:
            raise CommandError(
                "There is no encryption.next.key beside encryption.key: make one, bring it to every host, start "
                "every process again, and repeat this."
            )
        old = master_key_id(settings.ENCRYPTION_KEY)
        remaining = rewrap_keys(lambda count: self.stdout.write(f"{count} data keys wrapped."))
        self.report(remaining)
        if others := sum(
            count for key, count in remaining.items() if key != master_key_id(settings.ENCRYPTION_NEXT_KEY)
        ):
            raise CommandError(f"{others} data keys are not wrapped by the next key: keep {old}, and repeat this.")
        self.stdout.write(f"No data key needs {old}: put encryption.next.key in the place of encryption.key.")

    def rotate_dek(self, field: Encrypted) -> None:
        remaining = reseal_column(field, lambda count: self.stdout.write(f"{count} values sealed."))
        self.report(remaining)

    def report(self, remaining: dict[Any, int]) -> None:
        for key, count in sorted(remaining.items()):
            self.stdout.write(f"{key}: {count}")


def encrypted(column: str) -> Encrypted:
    try:
        label, _, name = column.rpartition(".")
        field = apps.get_model(label)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        field = None
    if not isinstance(field, Encrypted):
        raise CommandError(f"{column} is no encrypted column: write it like students.Student.national_id.")
    return field
