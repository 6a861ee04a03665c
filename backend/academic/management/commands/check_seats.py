"""This file holds the command that recounts the seats of all sections."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from academic.sections.recounts import miscounts
from core.tenancy.scope import reaching
from faculties.models import Institution


class Command(BaseCommand):
    """Fails, with one line for each section or reservation that counts other seats than there are rows, or too many."""

    help = (
        "Recount the seats of sections: those taken, offered and reserved. It changes nothing, and may run at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[str] = []
        for institution in Institution.objects.order_by("code"):
            with reaching(institution.pk):
                found += [f"{institution.code}: {words}" for words in miscounts(institution.pk)]
        if found:
            raise CommandError("\n".join(["Seats are miscounted:", *found]))
        self.stdout.write("The seats of all sections are as counted.")
