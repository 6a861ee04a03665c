"""This file holds the command that seals the audit log now, as a worker does every few seconds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.ledger.checkpoints import LogAndFileDiffer
from core.ledger.sealer import CounterBehind, seal


class Command(BaseCommand):
    """Close the blocks that can be closed, and publish their checkpoints."""

    help = "Seal the audit log up to the oldest transaction that still runs."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(f"{seal()} sealed.")
        except (LogAndFileDiffer, CounterBehind) as refusal:
            raise CommandError(str(refusal)) from refusal
