"""This file holds the command that proves that one entry is in the audit log."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.audit.models import AuditEntry
from core.errors import Conflict
from core.ledger.proofs import prove


class Command(BaseCommand):
    """Print the proof of an entry as JSON; `core.ledger.proofs.check_proof` checks it with the public key alone."""

    help = "Print the proof that an entry is in the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="the id of an entry")

    def handle(self, *args: Any, id: str, **options: Any) -> None:  # noqa: A002 (the argument's name)
        entry = AuditEntry.objects.filter(pk=as_id(id)).first()
        if entry is None:
            raise CommandError(f"The audit log has no entry {id}.")
        try:
            self.stdout.write(json.dumps(prove(entry), indent=2))
        except Conflict as refusal:
            raise CommandError(refusal.message) from refusal


def as_id(named: str) -> UUID:
    try:
        return UUID(named)
    except ValueError as error:
        raise CommandError(f"{named} is no id of an entry.") from error
