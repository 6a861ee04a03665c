"""This file holds the command that recounts the seats of all sections."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from academic.sections.recounts import faults
from core.tenancy.scope import reaching
from faculties.models import Institution


class Command(BaseCommand):
    """Fails, with one line for each fault."""

    help = (
        "Recount the seats of sections (taken, offered, reserved), and look for who waits where a seat is free,"
        " or is in two sections at once without a waiver. It changes nothing, and may run at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[str] = []
        for institution in Institution.objects.order_by("code"):
            with reaching(institution.pk):
                found += [f"{institution.code}: {words}" for words in faults(institution.pk)]
        if found:
            raise CommandError("\n".join(["Not as the rows say:", *found]))
        self.stdout.write("Seats, waitlists and clashes are as they should be.")
