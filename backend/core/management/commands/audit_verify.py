"""This file holds the command that proves the audit log whole, or says what is wrong with it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.ledger.verifier import LogBroken, verify


class Command(BaseCommand):
    """Exit code 1, and the first bad block, unless every entry is as it was sealed."""

    help = "Compute every block of the audit log again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from-checkpoint", type=Path, metavar="FILE", help="checkpoints that were kept elsewhere")

    def handle(self, *args: Any, from_checkpoint: Path | None, **options: Any) -> None:
        try:
            blocks, entries = verify(from_checkpoint)
        except LogBroken as broken:
            raise CommandError(str(broken)) from broken
        except OSError as error:
            raise CommandError(f"{from_checkpoint} can't be read ({error.strerror}).") from error
        self.stdout.write(f"The audit log is whole: {entries} entries in {blocks} blocks.")
