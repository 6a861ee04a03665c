"""This file holds the command that lets the next signing key follow the one in use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from instauth.tokens.rotation import PUBLISHED_FIRST, rotate_signing_keys


class Command(BaseCommand):
    """Publish the next keys; run again after an hour, they sign. Once a month is usual."""

    help = "Take the keys that sign tokens one step further: publish the next ones, then let them sign."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at-once", action="store_true", help="a key was stolen: replace all now, and end every token they signed"
        )

    def handle(self, *args: Any, at_once: bool, **options: Any) -> None:
        moved = rotate_signing_keys(at_once=at_once)
        for key in moved:
            self.stdout.write(f"{key.algorithm} {key.kid} is {key.state}.")
        if not moved:
            minutes = int(PUBLISHED_FIRST.total_seconds() // 60)
            self.stdout.write(f"Nothing to do: the next keys sign {minutes} minutes after they were published.")
